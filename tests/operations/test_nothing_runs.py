"""Nothing that somebody wrote into a name runs anywhere: each product says it as it is, letter by letter."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import reporting_case
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import contracts, csv_text, report_forms
from lensan.domain.periods import Period
from lensan.domain.report_model import Report
from lensan.intake import sweep
from lensan.mail import letter, report_mail
from lensan.reports import figures_json, pdf, workbook
from lensan.units import phrases

PAYLOADS = {
    "formula": "=cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "plus": '+HYPERLINK("http://example.vn","x")',
    "typst": '#panic("run") #read("/etc/passwd") ]#eval("1")[ $x$ \\u{41} *b* @x <l> //c',
    "html": '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;',
    "header": "x\r\nBcc: evil@example.vn\r\n\r\n<b>x</b>",
    "encoded word": "=?utf-8?q?x=0d=0aBcc:_evil=40example.vn?=",
    "template": "{{ 7 * 7 }}{% raw %}{0.__class__}%s%(x)s${HOME}`id`",
    "control": "x\x1b]0;x\x07\x00\u202e\u200b",
    "sql": "'); drop table ops.mail; --",
    "csv": 'x",\n=1+1,"',
}
FORM = report_forms.form("week")
HEADERS = ["Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]  # fmt: skip


def spoiled(value: Any, payload: str) -> Any:
    """Every name, note and text of a report with the payload before it."""
    if isinstance(value, Period):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            each.name: spoiled(getattr(value, each.name), payload)
            for each in fields(value)
            if each.name not in ("unit", "indicator", "channel", "columns", "period")
        }
        return replace(value, **changed)
    if isinstance(value, dict):
        return {key: spoiled(each, payload) for key, each in value.items()}
    if isinstance(value, tuple):
        return tuple(spoiled(each, payload) for each in value)
    return payload + value if isinstance(value, str) else value


def report(payload: str) -> Report:
    plain = reporting_case.make()
    named = tuple((code, payload + name) for code, name in plain.units)
    tables = {}
    for key, table in plain.tables.items():
        codes = [
            at
            for at, column in enumerate(table.columns)
            if column.endswith("_code") or column in KEYS
        ]
        rows = tuple(
            tuple(each if at in codes else spoiled(each, payload) for at, each in enumerate(row))
            for row in table.rows
        )
        tables[key] = replace(table, rows=rows)
    figures = tuple(spoiled(each, payload) for each in plain.figures)
    return replace(plain, figures=figures, units=named, tables=tables)


KEYS = ("indicator", "part", "severity", "status", "channel", "kind", "rule")
"""Columns of ours, which name no foreign thing."""


def workbook_is_text(payload: str) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook.build(report(payload), FORM))) as archive:
        for name in archive.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            root = ElementTree.fromstring(archive.read(name))
            tags = {each.tag.rpartition("}")[2] for each in root.iter()}
            if "/worksheets/" in name:
                assert not tags & {"hyperlink", "oleObject"}, name
                formulas = [e.text or "" for e in root.iter() if e.tag.endswith("}f")]
                assert not any("cmd" in each or "HYPERLINK" in each for each in formulas), name
            for each in root.iter():
                assert each.get("TargetMode") != "External", name


def pdf_is_text(payload: str) -> None:
    plain = reporting_case.make()
    built = pdf.build(report(payload), FORM)
    assert pdf.page_count(built) >= pdf.page_count(pdf.build(plain, FORM))
    assert b"/JavaScript" not in built
    assert b"/Launch" not in built
    assert pdf.chart(report(payload), FORM).startswith(b"\x89PNG")


def json_is_text(payload: str) -> None:
    content = figures_json.dump(report(payload))
    assert json.loads(content)
    assert b"\x1b" not in content


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(f"{tag} {sorted(name for name, _ in attrs)}")


def mail_is_text(payload: str) -> None:
    def made(said: Report, files: Mapping[str, bytes]) -> Any:
        mail = report_mail.message(said, files)
        return message_from_bytes(mail.as_bytes(), policy=policy.default)

    plain = made(reporting_case.make(), {"bao-cao.pdf": b"%PDF"})
    named = made(
        report(payload),
        {phrases.attachment_name("Cần sửa", payload).replace(".xlsx", ".pdf"): b"%PDF"},
    )
    assert set(named.keys()) == set(plain.keys())
    assert named["Bcc"] is None
    parts = [part.get_content_type() for part in named.walk()]
    assert parts == [part.get_content_type() for part in plain.walk()]
    tags = [_Tags(m.get_body(("html",)).get_content()).found for m in (named, plain)]
    assert tags[0] <= tags[1] | {"br []", "li []", "ul []"}


def csv_is_text(payload: str) -> None:
    rows = [{"name": payload, "n": -1}, {"name": f"x{payload}", "n": 2}]
    read = list(csv.reader(io.StringIO(csv_text.as_csv(rows))))
    assert [row[1] for row in read] == ["n", "-1", "2"]
    assert not read[1][0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert read[1][0].lstrip("'") == payload.lstrip("'")


PRODUCTS: dict[str, Callable[[str], None]] = {
    "workbook": workbook_is_text,
    "pdf": pdf_is_text,
    "figures.json": json_is_text,
    "mail": mail_is_text,
    "csv": csv_is_text,
}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_no_product_runs_a_name(product: str, payload: str) -> None:
    PRODUCTS[product](payload)


@pytest.mark.parametrize(
    "payload", [PAYLOADS["control"], PAYLOADS["header"]], ids=["control", "header"]
)
def test_the_name_of_a_file_controls_no_terminal(
    payload: str, tmp_path: Path, warehouse_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "prices" / payload.replace("\0", "").replace("/", "")
    folder.mkdir(parents=True)
    (folder / "a\x1b[2Jb\r\nINFO c.csv").write_text("x")
    (folder / "d\x1b[2Je.csv").symlink_to("/etc/passwd")
    said: list[str] = []
    unread: list[str] = []
    with caplog.at_level(logging.DEBUG):
        sweep.sweep(
            warehouse_engine, contracts.contract("prices"), tmp_path / "prices", tmp_path / "raw",
            moment=MOMENT, progress=said.append, unread=unread,
        )  # fmt: skip
    assert len(said) == len(unread) == 1
    for line in (*said, *unread, *caplog.messages):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", line), line


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("where", ["subject", "address", "sender"])
def test_no_subject_and_no_address_adds_a_header(where: str, payload: str) -> None:
    mail = EmailMessage()
    mail.set_content("x")
    said = {"sender": "a@example.vn", "address": "b@example.vn", "subject": "x"}
    said[where] = payload if where == "subject" else f"{payload}@example.vn"
    try:
        mail["Subject"] = said["subject"]
        mail = letter.addressed(
            mail, said["sender"], to=[said["address"]], message_id="<1@example.vn>", moment=MOMENT
        )
        read = message_from_bytes(mail.as_bytes(), policy=policy.default)
    except (ValueError, HeaderParseError):
        return  # refused aloud
    assert sorted(read.keys()) == HEADERS
    assert read.get_content() == "x\n"
