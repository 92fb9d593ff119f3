"""Days, moments and months in all usual writings, and what a column proves of its order."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensan.domain import dates
from lensan.domain.dates import DateOrder

HELD = "held"
MOMENTS = [
    ("10/11/2021 8:00:00 SA", "10 08:00"), ("12/11/2021 2:15:00 CH", "12 14:15"), ("10/11/2021 08:00 SA", "10 08:00"),
    ("12/11/2021 11:59 CH", "12 23:59"), ("10/11/2021 8:00 AM", "10 08:00"), ("12/11/2021 2:15 PM", "12 14:15"),
    ("8h30 10/11/2021", "10 08:30"), ("14h15 12/11/2021", "12 14:15"), ("10/11/2021 8h30", "10 08:30"), ("10/11/2021 14h", "10 14:00"),
    ("10/11/2021 12:05 SA", "10 00:05"), ("12/11/2021 12:05 CH", "12 12:05"), ("08:00 10/11/2021", "10 08:00"),
    ("14:15:20 12-11-2021", "12 14:15"), ("10/11/2021 lúc 8h30", "10 08:30"), ("8 giờ 30 ngày 10/11/2021", "10 08:30"),
    ("8 giờ 30 phút ngày 10 tháng 11 năm 2021", "10 08:30"), ("10/11/2021 8:00 sáng", "10 08:00"), ("10/11/2021 2:15 chiều", "10 14:15"),
    ("10/11/2021 7h tối", "10 19:00"), ("Thứ Tư, 10/11/2021 8:00", "10 08:00"), ("10/11/2021, 08:00", "10 08:00"),
    ("10/11/2021T08:00", "10 08:00"), ("10-Nov-21 8:00 AM", "10 08:00"), ("10/11/2021 8g30", "10 08:30"), ("10/11/2021 14:15 CH", "10 14:15"),
    ("2021-11-10 8:00 SA", "10 08:00"), ("10/11/2021 08:00:00.123", "10 08:00"), ("10/11/2021 8:5", HELD), ("10/11/2021 25:00", HELD),
    ("14:15 SA 10/11/2021", HELD), ("10/11/2021 8:61", HELD), ("8h30", HELD), ("10/11/2021 10/11/2021", HELD), ("10/11/2021 8h30 9h30", HELD),
]  # fmt: skip
DAYS = [
    "10-Nov-21", "10-Nov-2021", "10 Nov 2021", "10 November 2021", "Nov 10, 2021", "November 10 2021", "10 Thg 11 2021",
    "10-thg 11-21", "10-Thg11-2021", "ngày 10/11/2021", "Ngày 10 tháng 11 năm 2021", "10 tháng 11 năm 2021", "10 tháng 11, 2021",
    "Thứ Tư, 10/11/2021", "Thứ tư ngày 10/11/2021", "T4, 10/11/2021", "Wed, 10 Nov 2021", "10/11/2021.", "2021年11月10日", "10-11-21",
    "10/11/'21", "10.11.21", "10 / 11 / 2021", "10/11/2021 ", "(10/11/2021)", "10 Tháng Mười Một 2021", "10 tháng mười một năm 2021",
    "2021/11/10", "10-11-2021", "10.11.2021", "'10/11/2021", "2021-11-10", "44510",
]  # fmt: skip
NO_DAYS = [
    "11/18/2021", "10/11-2021", "10-12/11/2021", "10/11/2021 - 12/11/2021", "10,11/2021", "10/11", "11/2021", "tháng 11/2021", "2021",
    2021, 11, 11.2021, 1905, 0, date(1905, 7, 13), datetime(1899, 12, 31), "13/7/1905", "Nov-21", "32-Nov-21", "hôm nay", "10 thg 13 2021",
    "10//11/2021", "ngày", "30/02/2021", "10/11/20211", "1e5", "10/11/202", "Quý IV/2021", "đầu tháng 11", "10:30",
]  # fmt: skip
MONTHS = [
    ("11/2021", 11), ("T11/2021", 11), ("t11/2021", 11), ("Tháng 11/2021", 11), ("tháng 11 - 2021", 11), ("11 / 2021", 11),
    ("Tháng 11 năm 2021", 11), ("2021-11", 11), ("2021/11", 11), ("11-2021", 11), ("11.2021", 11), (11.2021, 11), ("Thg 11 2021", 11),
    ("Nov-2021", 11), ("November 2021", 11), ("Tháng Mười Một 2021", 11), ("tháng chạp 2021", 12), ("tháng giêng năm 2022", 1),
    (date(2021, 11, 9), 11), (datetime(2021, 11, 1), 11), ("01/11/2021", 11), ("15/11/2021", 11), ("2021-11-01", 11), ("T1/2022", 1),
    (44501, 11), ("11-12/2021", HELD), ("11, 12/2021", HELD), ("T11, T12/2021", HELD), ("tháng 11 và 12/2021", HELD),
    ("11+12/2021", HELD), ("tháng 11 đến 12/2021", HELD), ("11/12/2021", HELD), ("Tháng 11", HELD), (11, HELD), ("Quý IV/2021", HELD),
    (1.202, HELD), ("13/2021", HELD), ("11/21/2021", HELD), ("10-11-12/2021", HELD), ("-", None), ("NULL", None), ("Không", None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), MOMENTS)
def test_moments_bear_their_half_of_the_day(cell: str, expected: str) -> None:
    parsed = dates.parse_moment(cell)
    assert (f"{parsed.value:%d %H:%M}" if parsed.value else HELD) == expected


@pytest.mark.parametrize("cell", DAYS)
def test_a_day_is_read_in_every_usual_writing(cell: str) -> None:
    assert dates.parse_date(cell).value == date(2021, 11, 10)


@pytest.mark.parametrize("cell", NO_DAYS, ids=repr)
def test_what_may_be_another_thing_is_no_day(cell: Any) -> None:
    assert dates.parse_date(cell).value is None


@pytest.mark.parametrize(("cell", "expected"), MONTHS, ids=repr)
def test_a_cell_names_one_month_or_is_held(cell: Any, expected: Any) -> None:
    parsed = dates.parse_month(cell)
    assert (HELD if parsed.rule else parsed.value and parsed.value.month) == expected


@pytest.mark.parametrize("cell", ["NULL", "\\N", "Không", "Chưa", "chưa có", "0000-00-00", "0000-00-00 00:00:00", "N/A", "-"])  # fmt: skip
def test_words_for_no_date_are_none(cell: str) -> None:
    assert dates.parse_date(cell) == (None, None, None)


def test_each_table_has_thirty_spellings() -> None:
    assert min(len(MOMENTS), len(DAYS), len(NO_DAYS), len(MONTHS)) >= 30


def d(day: int, month: int) -> date:
    return date(2021, month, day)


COLUMNS: list[tuple[list[Any], Any, str | None]] = [
    # What the column holds, a cell of it, the doubt. d(11, 5) is what a spreadsheet made of 05/11.
    ([d(11, 5), d(11, 8), d(11, 10), "13/11/2021", "16/11/2021"], d(11, 5), "swapped_date"),
    ([d(11, 5), d(11, 8), d(11, 11), "13/11/2021"], d(11, 11), None),
    ([d(11, 5), d(11, 8), d(11, 10), "13/11/2021"], "13/11/2021", None),
    ([d(11, 5), d(11, 8), d(11, 10), "13-11-2021"], d(11, 8), "swapped_date"),
    ([d(11, 5), d(11, 8), d(25, 11), "13/11/2021"], d(11, 5), None),
    ([d(11, 5), d(11, 8), d(11, 10), "05/11/2021", "13/11/2021"], d(11, 5), None),
    ([d(11, 5), d(11, 8), d(11, 10)], d(11, 5), None),
    ([d(5, 11), d(8, 11), d(10, 11), "13/11/2021"], d(5, 11), None),
    ([d(5, 11), "13/11/2021"], d(5, 11), None),
    ([d(11, 5), "13/11/2021"], d(11, 5), "maybe_swapped"),
    ([d(11, 5), "13/11/2021"], "13/11/2021", None),
    ([d(11, 5), "11/18/2021"], d(11, 5), "swapped_date"),
    ([d(11, 5), d(11, 8), "13/11/2021", "14/11/2021"], d(11, 5), "swapped_date"),
    ([d(11, 5)] + [f"{n}/11/2021" for n in range(13, 20)], d(11, 5), "swapped_date"),
    ([d(n, n % 12 + 1) for n in range(1, 12)] + ["13/11/2021"], d(5, 6), "swapped_date"),
    ([d(11, 5), "hôm qua", None], d(11, 5), None),
    (["11/05/2021", "11/18/2021"], "11/05/2021", "month_first"),
    (["11/05/2021", "11/18/2021"], "11/11/2021", None),
    (["11/05/2021", "18/11/2021"], "11/05/2021", None),
    (["11/05/2021", "11/18/2021", "18/11/2021"], "11/05/2021", "month_first"),
    (["11/5/21 8:00", "11/18/21 9:00"], "11/5/21 8:00", "month_first"),
    (["11-05-2021", "11-18-2021"], "11-05-2021", "month_first"),
    (["2021-11-05", "11/18/2021"], "2021-11-05", None),
    (["05/11/2021", "12/11/2021"], "05/11/2021", None),
    (["05/11/2021 8:00 AM", "11/18/2021 9:00 AM"], "05/11/2021 8:00 AM", "month_first"),
    ([44510, "13/11/2021"], 44510, None),
    (
        [datetime(2021, 5, 11, 8), datetime(2021, 8, 11, 9), d(11, 10), "13/11/2021 08:00"],
        datetime(2021, 5, 11, 8),
        "swapped_date",
    ),
    ([datetime(2021, 11, 25, 8), "13/11/2021 08:00"], datetime(2021, 11, 25, 8), None),
    ([d(11, 5), d(11, 8), d(11, 9), "13/11/21"], d(11, 9), "swapped_date"),
    ([d(11, 5), d(11, 8), d(11, 9), "13.11.2021"], d(11, 9), "swapped_date"),
    ([d(11, 5), d(11, 8), d(11, 9), "tháng 11"], d(11, 9), None),
    ([d(11, 5), d(11, 8), d(11, 9), "2021-11-13"], d(11, 9), None),
    ([], "05/11/2021", None),
    (["13/11/2021"], "13/11/2021", None),
    (["30/02/2021", d(11, 5)], d(11, 5), None),
]


@pytest.mark.parametrize(("column", "cell", "doubt"), COLUMNS)
def test_a_column_tells_which_dates_were_swapped(
    column: list[Any], cell: Any, doubt: str | None
) -> None:
    order = DateOrder(column)
    assert order.doubt(cell) == doubt
    assert doubt is None or order.has_doubts


@given(st.lists(st.one_of(st.text(), st.dates(), st.datetimes(), st.floats(), st.none())))
def test_no_column_raises(cells: list[Any]) -> None:
    order = DateOrder(cells)
    for cell in cells:
        assert order.doubt(cell) in (None, "swapped_date", "maybe_swapped", "month_first")


@pytest.mark.parametrize("piece", ["1/", "10/11", "8h ", "thứ ", "1 ", "tháng 1", "11-", "'", "ngày "])  # fmt: skip
def test_long_cells_are_read_in_no_time(piece: str) -> None:
    started = time.process_time()
    for parse in (dates.parse_moment, dates.parse_month):
        assert parse(piece * 20_000).rule in (None, "no_such_date", "several_months")
    assert time.process_time() - started < 1
