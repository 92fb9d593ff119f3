"""Twice as much of anything hostile takes at most about twice the time: from the file to its tables.

Measured as processor time of one process, so that other work on the machine does not count.
"""

from __future__ import annotations

import base64
import contextlib
import email
import gc
import io
import json
import time
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import corpus
import in_process
import pytest

from lensan.domain.problems import Rejection
from lensan.intake.locations import attachments

MOST_GROWTH = 2.6
NOISE_S = 0.02
"""What a start, a collection of garbage or a slow page may cost."""

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PLAIN = "Chợ Mạo Khê"
MARKS = "\u0316\u0301\u0323"


def sheet(body: str) -> bytes:
    return f'<worksheet xmlns="{SPACE}"><sheetData>{body}</sheetData></worksheet>'.encode()


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def header(row: int) -> str:
    cells = "".join(text_cell(f"{'ABCD'[at]}{row}", each) for at, each in enumerate(corpus.HEADERS))
    return f'<row r="{row}">{cells}</row>'


def rows_of(cells: Callable[[int], str]) -> Callable[[int], bytes]:
    def build(size: int) -> bytes:
        return sheet("".join(f'<row r="{n}">{cells(n)}</row>' for n in range(1, size + 1)))

    return build


def merged(size: int) -> bytes:
    cells = "".join(f'<mergeCell ref="A{2 * n}:B{2 * n + 1}"/>' for n in range(1, size))
    rows = header(1) + "".join(
        f'<row r="{n}">{text_cell(f"A{n}", PLAIN)}</row>' for n in range(2, 2 * size)
    )
    found = sheet(rows).decode()
    return found.replace("</sheetData>", f"</sheetData><mergeCells>{cells}</mergeCells>").encode()


SHEETS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "beginnings of cells": (200_000, lambda n: sheet("").replace(b"</s", b"<c " * n + b"</s", 1)),
    "beginnings of prefixes": (200_000, lambda n: b"<x:" * n),
    "quotes": (200_000, lambda n: sheet("<c r='" * n)),
    "marks in a cell": (100_000, lambda n: sheet(f'<row r="1">{text_cell("A1", "a" + MARKS * n)}</row>')),
    "cells of marks": (2_000, rows_of(lambda n: text_cell(f"A{n}", "a" + MARKS * 9))),
    "rows without cells": (10_000, rows_of(lambda n: "")),
    "cells without a place": (1_200, rows_of(lambda n: "<c><v>1</v></c>" * 9)),
    "elements within one another": (12_000, lambda n: sheet("<a>" * n + "</a>" * n)),
    "attributes": (20_000, lambda n: sheet("<row " + " ".join(f'a{k}="1"' for k in range(n)) + "/>")),
    "a table on each second row": (400, rows_of(lambda n: header(n)[len(f'<row r="{n}">') : -6])),
    "rows that sound like a header": (300, rows_of(lambda n: "".join(
        text_cell(f"{c}{n}", f"Nông san {n}{c} Ngay Noi Gia") for c in "ABCDEFGH"))),
    "rows that sound like a form": (600, rows_of(lambda n: "".join(
        text_cell(f"{c}{n}", f"Chỉ tiêu trong tuần lũy kế {n}") for c in "ABCD"))),
    "merged cells": (700, merged),
    "texts of a legacy font's letters": (1_000, rows_of(lambda n: text_cell(f"A{n}", "Gian hµng " * 9 + str(n)))),
    "a long text": (8_000, lambda n: sheet(f'<row r="1">{text_cell("A1", "Ngày 10/11/2021 đến " * n)}</row>')),
    "blanks in a text": (400_000, lambda n: sheet(f'<row r="1">{text_cell("A1", "a" + " " * n + "b")}</row>')),
    "errors": (3_000, rows_of(lambda n: f'<c r="A{n}" t="e"><v>#REF!</v></c><c r="B{n}"><f>1</f></c>')),
}  # fmt: skip
TEXTS: dict[str, tuple[int, Callable[[int], str]]] = {
    "quotes": (400_000, lambda n: corpus.csv_text() + '"' * n),
    "open quotes": (100_000, lambda n: corpus.csv_text() + 'a,"b\n' * n),
    "delimiters": (1_000_000, lambda n: corpus.csv_text() + "," * n),
    "lines of delimiters": (800, lambda n: corpus.csv_text() + ("," * 400 + "\n") * n),
    "blank lines": (25_000, lambda n: corpus.csv_text() + "\n" * n),
    "a long line": (1_500_000, lambda n: corpus.csv_text() + "x" * n),
    "marks": (60_000, lambda n: corpus.csv_text() + "a" + MARKS * n),
    "lines of marks": (3_000, lambda n: corpus.csv_text() + ("a" + MARKS * 9 + ",b\n") * n),
    "legacy letters": (3_000, lambda n: corpus.csv_text() + "Gian hµng ¶¸,¨¬\n" * n),
    "letters encoded twice": (3_000, lambda n: corpus.csv_text() + "Cháº£ má»±c,1\n" * n),
    "backslashes": (12_000, lambda n: corpus.csv_text() + 'a\\",\\"b\n' * n),
    "carriage returns": (30_000, lambda n: corpus.csv_text() + "\r" * n),
    "headers": (2_000, lambda n: corpus.csv_text() * n),
}
JSON: dict[str, tuple[int, Callable[[int], str]]] = {
    "keys of each line": (400, lambda n: "\n".join(json.dumps({f"k{r}_{k}": 1 for k in range(50)}) for r in range(n))),
    "lines of all keys": (200, lambda n: (json.dumps({f"k{k}": 1 for k in range(400)}) + "\n") * n),
    "lists within lists": (50_000, lambda n: "[" * n),
    "objects within objects": (50_000, lambda n: '{"a":' * n),
    "escapes": (200_000, lambda n: '{"a":"' + "\\u0301" * n + '"}'),
    "halves of letters": (100_000, lambda n: '{"a":"' + "\\ud800" * n + '"}'),
    "an array": (10_000, lambda n: "[" + ",".join(['{"a":1,"b":"x"}'] * n) + "]"),
    "digits": (3_000, lambda n: '{"a":' + "9" * n + "}"),
    "lines that are none": (8_000, lambda n: '{"a":1}\n' + "{\n" * n),
}  # fmt: skip


def seconds(path: Path, source: str) -> float:
    started = time.process_time()
    with contextlib.suppress(Rejection):
        in_process.read(path, source)
    return time.process_time() - started


@pytest.fixture(autouse=True)
def in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    in_process.answer_here(monkeypatch.setattr)


def grows_in_proportion(once: Callable[[int], float], size: int) -> None:
    """The best of five, since only too much time is a fault, and without the collection of garbage, which
    looks at all that the other tests left."""
    tried = []
    for _ in range(5):
        gc.collect()
        gc.disable()
        try:
            small, large = once(size), once(2 * size)
        finally:
            gc.enable()
        tried.append((round(small, 3), round(large, 3)))
        if large <= MOST_GROWTH * small + NOISE_S:
            return
    raise AssertionError(f"twice the bytes: {tried} s")


@pytest.mark.parametrize("what", SHEETS)
def test_twice_a_workbook_takes_twice_the_time(what: str, tmp_path: Path) -> None:
    size, build = SHEETS[what]
    parts = corpus.parts_of(corpus.workbook(tmp_path / "a.xlsx"))

    def once(size: int) -> float:
        path = corpus.zipped(tmp_path / "b.xlsx", {**parts, corpus.SHEET: build(size)})
        return seconds(path, "prices")

    grows_in_proportion(once, size)


@pytest.mark.parametrize("what", TEXTS)
def test_twice_a_text_takes_twice_the_time(what: str, tmp_path: Path) -> None:
    size, build = TEXTS[what]

    def once(size: int) -> float:
        path = tmp_path / "a.csv"
        path.write_text(build(size), newline="")
        return seconds(path, "prices")

    grows_in_proportion(once, size)


@pytest.mark.parametrize("what", JSON)
def test_twice_as_much_json_takes_twice_the_time(what: str, tmp_path: Path) -> None:
    size, build = JSON[what]

    def once(size: int) -> float:
        path = tmp_path / "a.jsonl"
        path.write_text(build(size))
        return seconds(path, "voso")

    grows_in_proportion(once, size)


@pytest.mark.parametrize("what", ["sheets", "repeated rows of an .ods", "entries"])
def test_twice_as_many_sheets_rows_or_entries_take_twice_the_time(
    what: str, tmp_path: Path
) -> None:
    def once(size: int) -> float:
        if what == "repeated rows of an .ods":
            return seconds(corpus.ods(tmp_path / "a.ods", repeated=size * 400), "prices")
        parts = corpus.parts_of(corpus.workbook(tmp_path / "a.xlsx"))
        if what == "entries":
            parts |= {f"xl/media/{n}.bin": b"x" for n in range(size * 50)}
            return seconds(corpus.zipped(tmp_path / "b.xlsx", parts), "prices")
        return seconds(_sheets(tmp_path / "c.xlsx", size), "prices")

    grows_in_proportion(once, 40)


def _sheets(path: Path, count: int) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    for number in range(count):
        added = book.create_sheet(f"Trang {number}")
        for row in [corpus.HEADERS, *corpus.ROWS]:
            added.append(row)
    book.save(path)
    return path


# ---------------------------------------------------------------- mails


def _html(size: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = "a@example.vn"
    mail.set_content("x")
    mail.add_alternative("<p>" * size + "&" * size, subtype="html")
    return mail.as_bytes()


def _encoded(size: int) -> bytes:
    mail = EmailMessage()
    mail.add_attachment(
        b"x" * size, maintype="application", subtype="octet-stream", filename="a.csv"
    )
    return mail.as_bytes()


def _base64(size: int) -> bytes:
    inner = base64.b64encode(b"Subject: x\n\n" + b"x" * size)
    head = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
    return b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + head + inner + b"\n--b--\n"


def _multiparts(size: int) -> bytes:
    parts = b"--b\nContent-Disposition: attachment; filename=a.csv\n\nx\n" * size
    return b"Content-Type: multipart/mixed; boundary=b\n\n" + parts + b"--b--\n"


def _names(size: int) -> bytes:
    name = "".join(f"=?utf-8?q?a?= {n} " for n in range(size // 10))
    return f'Content-Disposition: attachment; filename="{name}"\n\nx'.encode()


def _packed(size: int) -> bytes:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.csv", b"x" * size)
    for level in range(2):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(20):
                archive.writestr(f"{level}{number}.zip", inner.getvalue())
        inner = outer
    mail = EmailMessage()
    mail.add_attachment(inner.getvalue(), maintype="application", subtype="zip", filename="a.zip")
    return mail.as_bytes()


MAILS = {
    "html": (200_000, _html), "an attachment": (2_000_000, _encoded), "a mail in base64": (2_000_000, _base64),
    "parts": (1_500, _multiparts), "a name in pieces": (2_000, _names),
}  # fmt: skip


@pytest.mark.parametrize("what", MAILS)
def test_twice_a_mail_takes_twice_the_time(what: str) -> None:
    size, build = MAILS[what]

    def once(size: int) -> float:
        raw = build(size)
        started = time.process_time()
        attachments.attachments(email.message_from_bytes(raw))
        return time.process_time() - started

    grows_in_proportion(once, size)


def test_packed_files_within_one_another_are_no_more_than_one_of_them() -> None:
    """8,000 files within three layers are one attachment, taken as it is."""
    started = time.process_time()
    found = attachments.attachments(email.message_from_bytes(_packed(1_000)))
    assert len(found) <= 101
    assert time.process_time() - started < 3
