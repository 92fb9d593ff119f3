"""Periods as heads of reports write them, in one cell, in several, in several rows."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensan.domain import spans

WEEK = [
    "Từ ngày 11/11/2021 đến ngày 17/11/2021", "(Từ ngày 11/11/2021 đến ngày 17/11/2021)", "từ ngày 11 đến ngày 17/11/2021",
    "Tuần từ 11-17/11/2021", "từ 11/11 - 17/11/2021", "Tuần 3 tháng 11/2021 (11/11-17/11)", "Từ 11/11/21 đến 17/11/21",
    "từ ngày 11/11 đến ngày 17/11 năm 2021", "từ ngày 11 đến ngày 17 tháng 11 năm 2021", "Từ ngày 11/11/2021 đến hết ngày 17/11/2021; so với tuần trước",
    "Kỳ báo cáo: 11/11/2021 ~ 17/11/2021", "Từ 11/11/2021 - 17/11/2021", "11/11/2021-17/11/2021", "11/11/2021 – 17/11/2021", "11.11.2021 đến 17.11.2021",
    "11-11-2021 đến 17-11-2021", "Từ ngày 11 tháng 11 năm 2021 đến ngày 17 tháng 11 năm 2021", "TỪ NGÀY 11/11/2021 ĐẾN NGÀY 17/11/2021",
    "tu ngay 11/11/2021 den ngay 17/11/2021", "Tuần 46 (từ 11/11 đến 17/11/2021)", "BÁO CÁO TUẦN từ ngày 11/11/2021 đến ngày 17/11/2021",
    "Từ ngày 11/11/2021 tới ngày 17/11/2021", "Từ ngày: 11/11/2021 đến ngày: 17/11/2021", "từ thứ Năm 11/11/2021 đến thứ Tư 17/11/2021",
    "Từ ngày 11/11/2021 đến ngày 17/11/2021 (so với tuần từ 04/11/2021 đến 10/11/2021)", "từ 11 - 17/11/2021", "11–17/11/2021",
    "Từ ngày 11 / 11 / 2021 đến ngày 17 / 11 / 2021", "Thời gian: từ 11/11 đến hết 17/11/2021.", "Tuần 11/11 -> 17/11/2021", "11/11/21 – 17/11/21",
    "từ 0h00 ngày 11/11/2021 đến 24h00 ngày 17/11/2021", "từ 0 giờ ngày 11/11/2021 đến 24 giờ ngày 17/11/2021",
]  # fmt: skip
ROWS: list[list[list[Any]]] = [
    [["Từ ngày", date(2021, 11, 11), "đến ngày", date(2021, 11, 17)]],
    [["Từ ngày:", "11/11/2021", "đến ngày:", "17/11/2021"]],
    [["Từ ngày 11/11/2021"], ["Đến ngày 17/11/2021"]],
    [["Từ ngày", None, date(2021, 11, 11)], ["Đến ngày", None, date(2021, 11, 17)]],
    [["BÁO CÁO TUẦN"], ["Từ ngày 11/11/2021", None, "đến ngày 17/11/2021"]],
    [["BÁO CÁO TUẦN\nTừ ngày 11/11/2021 đến ngày 17/11/2021"]],
    [["UBND TP", "từ 11/11/2021 đến 17/11/2021"], ["Thực hiện Kế hoạch số 201/KH-UBND ngày 18/10/2021"]],
    [["Số: 12/BC-UBND", "Hạ Long, ngày 18 tháng 11 năm 2021"], ["từ ngày 11/11/2021 đến ngày 17/11/2021"]],
]  # fmt: skip
NONE = [
    "Thực hiện Kế hoạch số 201/KH-UBND ngày 18/10/2021", "Hạ Long, ngày 18 tháng 11 năm 2021", "Tháng 11/2021", "Tuần 46", "Từ 11/11 đến 17/11",
    "Số: 12/BC-UBND", "so với tuần từ 04/11/2021 đến 10/11/2021", "từ ngày 17/11/2021 đến ngày 11/11/2021", "từ 31/11/2021 đến 35/11/2021", "", "2021-2025",
    "Giai đoạn 2021 - 2025", "ĐT: 0203-3825825", "11/11/2021",
]  # fmt: skip


@pytest.mark.parametrize("text", WEEK)
def test_a_week_is_read_in_every_usual_writing(text: str) -> None:
    assert spans.spans_in([[text]]) == [spans.Span(date(2021, 11, 11), date(2021, 11, 17))]


@pytest.mark.parametrize("rows", ROWS)
def test_a_week_is_read_from_several_cells_and_rows(rows: list[list[Any]]) -> None:
    assert spans.spans_in(rows) == [spans.Span(date(2021, 11, 11), date(2021, 11, 17))]


@pytest.mark.parametrize("text", NONE)
def test_other_dates_are_no_period(text: str) -> None:
    assert spans.spans_in([[text]]) == []


def test_two_periods_are_told_and_a_week_may_cross_the_year() -> None:
    both = spans.spans_in([["Từ 11/11/2021 đến 17/11/2021"], ["Từ 18/11/2021 đến 24/11/2021"]])
    assert len(both) == 2
    assert spans.spans_in([["từ 30/12 đến 05/01/2022"]]) == [(date(2021, 12, 30), date(2022, 1, 5))]


def test_the_table_has_thirty_writings() -> None:
    assert len(WEEK) >= 30


@given(st.lists(st.lists(st.one_of(st.text(), st.dates(), st.none(), st.floats()))))
def test_nothing_raises(rows: list[list[Any]]) -> None:
    assert isinstance(spans.spans_in(rows), list)


@pytest.mark.parametrize("piece", ["1/1-", "11 ", "den ", "11/11/2021 - ", "nam ", "thang 1 "])  # fmt: skip
def test_long_lines_are_read_in_no_time(piece: str) -> None:
    started = time.process_time()
    spans.spans_in([[piece * 20_000]])
    assert time.process_time() - started < 1
