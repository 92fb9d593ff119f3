"""Each unit's own page: what the report said of it, on one page, mailed once to those who asked for it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal

import pytest
from office import WEEKS, Office, thursday
from smtp_server import Scripted, free_port, serving
from sqlalchemy import Engine

from lensan.domain import periods
from lensan.domain.report_model import Report
from lensan.intake import locations
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations import obligations, watching
from lensan.reports import pace, pdf, publishing
from lensan.units import page_mails, unit_page

LAST = WEEKS[2]
HA_LONG = "193"


def report_of(engine: Engine) -> Report:
    return publishing.load(engine, LAST)[0]


def text_of(content: bytes) -> str:
    assert pdf.page_count(content) == 1
    said = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(said.stdout.decode().split())


def test_the_page_says_what_the_report_printed(settled_office: Office) -> None:
    report = report_of(settled_office.engine)
    facts = unit_page.content(settled_office.engine, LAST, HA_LONG)
    assert facts["title"] == "KẾT QUẢ CỦA TP HẠ LONG"
    printed = {f.indicator: f for f in report.figures if f.unit == HA_LONG}
    for row in facts["rows"]:
        figure = printed[row["code"]]
        if figure.cumulative is not None and "/" not in row["cumulative"]:
            said = Decimal(row["cumulative"].replace(".", "").replace(",", "."))
            assert said == figure.cumulative
        assert bool(row["rank"]) == (figure.completion_pct is not None)
        if figure.cumulative is not None:
            assert row["course"][-1] == float(figure.cumulative)


def test_a_rank_counts_who_is_ahead_and_equal_ones_share_it(settled_office: Office) -> None:
    report = report_of(settled_office.engine)
    codes = [code for code, _name in report.units]
    found = {
        unit: next(
            row["rank"]
            for row in unit_page.content(settled_office.engine, LAST, unit)["rows"]
            if row["code"] == "II.3"
        )
        for unit in codes
    }
    done = {unit: report.figure(unit, "II.3").completion_pct for unit in codes}
    known = {unit: pct for unit, pct in done.items() if pct is not None}
    assert len(known) > 5
    for unit in codes:
        if unit not in known:
            assert found[unit] == ""
            continue
        place = 1 + sum(pct > known[unit] for pct in known.values())
        assert found[unit] == f"{place}/{len(known)}"


def test_the_gaps_are_the_three_largest_shares_that_are_missing(settled_office: Office) -> None:
    rows = [
        row for row in pace.of_report(report_of(settled_office.engine)) if row["unit"] == HA_LONG
    ]
    missing = sorted(
        (row for row in rows if row["outlook"] != "met" and row["achieved"] is not None),
        key=lambda row: row["achieved"] / row["goal"],
    )
    gaps = unit_page.content(settled_office.engine, LAST, HA_LONG)["gaps"]
    assert [gap.split(" ", 1)[0] for gap in gaps] == [row["indicator"] for row in missing[:3]]
    assert gaps and all("còn thiếu" in gap for gap in gaps)


@pytest.mark.parametrize("period", [periods.parse("week", "2021-12-09")])
def test_every_page_is_one_page_and_the_same_bytes_again(
    published_sample: Engine, period: periods.Period
) -> None:
    report, _files = publishing.load(published_sample, period)
    has_remarks = 0
    for unit, name in report.units:
        content = unit_page.build(published_sample, period, unit)
        said = text_of(content)
        assert name.upper() in said and "Ba khoảng cách lớn nhất" in said
        has_remarks += bool(unit_page.content(published_sample, period, unit)["remarks"])
        if unit == HA_LONG:
            assert unit_page.build(published_sample, period, unit) == content
    assert has_remarks


def test_the_page_shows_nothing_that_people_wrote(published_sample: Engine) -> None:
    period = periods.parse("week", "2021-12-09")
    with published_sample.connect() as connection:
        names = {
            name
            for (name,) in connection.exec_driver_sql(
                "select name from core.registry union select phone from core.registry where phone is not null"
            )
        }
    report, _files = publishing.load(published_sample, period)
    for unit, _name in report.units:
        said = str(unit_page.content(published_sample, period, unit))
        assert [name for name in names if name and len(name) > 7 and name in said] == []


def test_who_is_no_unit_of_the_report_has_no_page(settled_office: Office) -> None:
    with pytest.raises(KeyError):
        unit_page.build(settled_office.engine, LAST, "999")
    with pytest.raises(LookupError):
        unit_page.build(settled_office.engine, WEEKS[4], HA_LONG)


# ---------------------------------------------------------------- mails


@pytest.fixture
def post() -> Iterator[tuple[Scripted, SmtpServer]]:
    mails, smtp = Scripted(), SmtpServer("127.0.0.1", free_port(), timeout_s=2, accept_timeout_s=5)
    with ExitStack() as stack:
        stack.enter_context(serving(mails, smtp.port))
        yield mails, smtp


def test_the_page_goes_once_to_who_asked_for_it_and_to_nobody_else(
    office: Office, post: tuple[Scripted, SmtpServer]
) -> None:
    mails, smtp = post
    moment = thursday(LAST, 14)
    for address, unit in (
        ("a@example.vn", HA_LONG),
        ("b@example.vn", HA_LONG),
        ("c@example.vn", "195"),
    ):
        locations.add_address(office.engine, address, unit, moment=moment)
    assert page_mails.send(office.engine, smtp, LAST, moment=moment) == {}
    assert locations.want_page(office.engine, "A@example.vn", True)
    assert not locations.want_page(office.engine, "x@example.vn", True)
    assert page_mails.send(office.engine, smtp, LAST, moment=moment) == {"sent": 1}
    assert page_mails.send(office.engine, smtp, LAST, moment=moment) == {}
    ((to, mail),) = mails.taken
    assert to == "a@example.vn"
    assert mail["Subject"] == "[Báo cáo tuần 04/11/2021] Kết quả của thành phố Hạ Long"
    (part,) = mail.iter_attachments()
    assert part.get_content() == unit_page.build(office.engine, LAST, HA_LONG)
    locations.want_page(office.engine, "a@example.vn", False)
    assert page_mails.send(office.engine, smtp, LAST, moment=moment) == {}


def test_a_page_that_waits_for_the_server_goes_out_later(office: Office) -> None:
    moment = thursday(LAST, 14)
    smtp = SmtpServer("127.0.0.1", free_port(), timeout_s=2, accept_timeout_s=5)
    locations.add_address(office.engine, "a@example.vn", HA_LONG, moment=moment)
    locations.want_page(office.engine, "a@example.vn", True)
    assert page_mails.send(office.engine, smtp, LAST, moment=moment) == {"pending": 1}
    mails = Scripted()
    with serving(mails, smtp.port):
        assert page_mails.send(office.engine, smtp, LAST, moment=moment) == {"sent": 1}
    assert mails.count("a@example.vn") == 1


def test_the_watchdog_sends_pages_of_what_was_released_to_be_mailed(
    office: Office, post: tuple[Scripted, SmtpServer]
) -> None:
    mails, smtp = post
    week = WEEKS[3]
    office.until(week.end)
    office.sweep(thursday(week))
    locations.add_address(office.engine, "a@example.vn", HA_LONG, moment=thursday(week))
    locations.want_page(office.engine, "a@example.vn", True)
    reports = office.folder / "reports"
    moment = thursday(week, 12)
    watching.watch(office.engine, "week", reports, smtp, moment=moment)
    assert mails.count("a@example.vn") == 0
    obligations.publish(office.engine, week, reports, how="officer", by="A", moment=moment)
    for minutes in (5, 10):
        watching.watch(
            office.engine, "week", reports, smtp, moment=moment + timedelta(minutes=minutes)
        )
    assert mails.count("a@example.vn") == 1
