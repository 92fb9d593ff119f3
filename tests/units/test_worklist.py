"""The worklist: what is open follows from what is known, and closes by itself."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from loading import ORDERS, PRODUCT, PRODUCTS, SELLER, SELLERS, put
from sqlalchemy import Engine
from taking_in import MOMENT, take_in

from lensan.domain import periods
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT
from lensan.reports import publishing
from lensan.units import unit_page, worklist

HA_LONG = "193"
FIRST = datetime(2021, 11, 11, 9, tzinfo=ICT)


def kinds(found: worklist.Worklist) -> Counter[str]:
    return Counter(each["kind"] for each in found.entries)


def test_an_entry_opens_and_closes_with_what_comes_in(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    def arrive(name: str, content: str, moment: datetime) -> None:
        take_in(warehouse_engine, put(tmp_path / "landing", {name: content}), tmp_path / "raw", moment=moment)  # fmt: skip

    def now(moment: datetime) -> worklist.Worklist:
        return worklist.at(warehouse_engine, moment=moment, since=timedelta(days=1))

    arrive("postmart/gian-hang_20211111.csv", SELLERS + SELLER, FIRST)
    assert kinds(now(FIRST)) == {"stall_without_products": 1, "no_payment_account": 1}
    second = FIRST + timedelta(days=1)
    arrive("postmart/san-pham_20211112.csv", PRODUCTS + PRODUCT, second)
    found = now(second)
    assert kinds(found) == {"no_payment_account": 1}
    assert found.done == {(HA_LONG, "stall_without_products"): 1} and found.gone == {}
    # Thirty days later the listing should have been sold; nothing was done in the day before.
    later = datetime(2021, 12, 8, 9, tzinfo=ICT)
    found = now(later)
    assert kinds(found) == {"no_payment_account": 1, "listing_without_sale": 1}
    assert found.done == {}
    order = ORDERS + "DH1,1,08/12/2021 08:00,09/12/2021 09:30,GH1,SP1,4,,Hà Nội,,Hoàn thành\n"
    arrive("postmart/don-hang_20211209.csv", order, later + timedelta(days=1, hours=3))
    found = now(later + timedelta(days=1, hours=4))
    assert kinds(found) == {"no_payment_account": 1}
    assert found.done == {(HA_LONG, "listing_without_sale"): 1}
    # As it was known then, it is still open.
    assert kinds(now(later)) == {"no_payment_account": 1, "listing_without_sale": 1}


def test_what_is_no_more_there_was_not_done(warehouse_engine: Engine, tmp_path: Path) -> None:
    take_in(warehouse_engine, put(tmp_path / "a", {"postmart/gian-hang_20211111.csv": SELLERS + SELLER}), tmp_path / "raw", moment=FIRST)  # fmt: skip
    closed = SELLERS + SELLER.replace("05/11/2021,", "05/11/2021,12/11/2021")
    later = FIRST + timedelta(days=2)
    take_in(warehouse_engine, put(tmp_path / "a", {"postmart/gian-hang_20211113.csv": closed}), tmp_path / "raw", moment=later)  # fmt: skip
    found = worklist.at(warehouse_engine, moment=later, since=timedelta(days=2))
    assert found.entries == () and found.done == {}
    assert found.gone == {
        (HA_LONG, "stall_without_products"): 1,
        (HA_LONG, "no_payment_account"): 1,
    }


@pytest.mark.parametrize(
    ("kind", "code"), [("ocop_not_listed", "I"), ("no_payment_account", "II.4")]
)
def test_what_is_open_and_what_is_done_are_what_the_figures_count(
    published_sample: Engine, kind: str, code: str
) -> None:
    period = periods.parse("week", "2021-12-09")
    report, _files = publishing.load(published_sample, period)
    with published_sample.begin() as connection:
        things = worklist._things(connection, period.end, MOMENT)
    mine = [each for each in things if each["kind"] == kind]
    assert any(not each["is_done"] for each in mine)
    if code == "I":
        figure = report.figure(PROVINCE, code)
        assert len(mine) == figure.base
        assert sum(each["is_done"] for each in mine) == figure.cumulative
    else:
        # Of those with a stall; an account may also be of who has none.
        assert len(mine) == report.figure(PROVINCE, "II.3").cumulative
        assert sum(e["is_done"] for e in mine) <= (report.figure(PROVINCE, code).cumulative or 0)


def test_a_certificate_is_open_from_sixty_days_before_its_end_until_it_is_renewed(
    published_sample: Engine,
) -> None:
    with published_sample.connect() as connection:
        rows = connection.exec_driver_sql("select ocop_code, valid_until from core.ocop").all()
        until = {code: day for code, day in rows}  # noqa: C416 - rows are no pairs to mypy
    for day in (date(2021, 12, 9), date(2023, 6, 1)):
        moment = datetime(day.year, day.month, day.day, 9, tzinfo=ICT)
        found = worklist.at(published_sample, moment=moment)
        opened = {e["thing"] for e in found.entries if e["kind"] == "certificate_ending"}
        assert opened == {c for c, u in until.items() if u <= day + timedelta(days=61)}
    assert opened


def test_the_workbook_of_a_unit_has_its_entries_and_the_counts_no_names(
    published_sample: Engine,
) -> None:
    found = worklist.at(published_sample, moment=MOMENT)
    entries = worklist.of_unit(found, HA_LONG)
    assert entries and {each["unit_code"] for each in entries} == {HA_LONG}
    content = worklist.to_workbook(entries, "Hạ Long", found.day)
    assert content == worklist.to_workbook(entries, "Hạ Long", found.day)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet.max_row == 4 + len(entries)
    assert sheet["B5"].value == entries[0]["name"]
    names = {name for each in found.entries for name in (each["name"], each["owner"]) if name}
    counts = str(found.counts())
    assert [name for name in names if name in counts] == []


def test_the_units_page_says_how_much_is_open(published_sample: Engine) -> None:
    period = periods.parse("week", "2021-12-09")
    to_do = unit_page.to_do_of(published_sample, period)
    assert len(to_do) > 5
    shown = unit_page.content(published_sample, period, HA_LONG)["to_do"]
    assert shown == to_do[HA_LONG] and all(": " in line for line in shown)
