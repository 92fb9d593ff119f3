"""Cells as people type them: for each kind of value a table of spellings, and what never changes."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensan.domain import dates, identifiers, problems, quantities, values

ICT = ZoneInfo("Asia/Ho_Chi_Minh")
Verdict = Enum("Verdict", "BAD")
BAD = Verdict.BAD


def outcome(parsed: values.Parsed) -> Any:
    return BAD if parsed.rule is not None else parsed.value


NUMBERS: list[tuple[Any, Any]] = [
    (12, 12), (12.5, "12.5"), (0.1, "0.1"), ("12", 12), (" 12 ", 12), ("\u00a012\u00a0", 12),
    ("1.234", 1234), ("1,234", 1234), ("12.253 tấn", 12253), ("11.120 tấn", 11120), ("1.234,5", "1234.5"),
    ("1,234.5", "1234.5"), ("1.234.567", 1234567), ("1,234,567", 1234567), ("1.234.567,89", "1234567.89"),
    ("1,234,567.89", "1234567.89"), ("1 234", 1234), ("1\u00a0234", 1234), ("16 397 000", 16397000),
    ("1'234", 1234), ("236,5", "236.5"), ("236,5 tấn", "236.5"), ("0,22", "0.22"), ("0.22", "0.22"),
    ("0,125", "0.125"), ("0.125", "0.125"), ("12,50", "12.50"), ("12.50", "12.50"), ("1234,567", "1234.567"),
    ("12%", 12), ("40,4%", "40.4"), ("12 %", 12), ("35.000đ", 35000), ("35.000 đồng", 35000),
    ("35.000 VNĐ", 35000), ("15 kg", 15), ("7 hộ", 7), ("-5", -5), ("−5", -5), ("+5", 5), ("-1.234,5", "-1234.5"),
    ("", None), ("-", None), ("–", None), ("—", None), ("...", None), ("…", None), (None, None), ("   ", None),
    ("\u200b", None), ("1E+05", 100000), ("1.5e3", 1500), ("007", 7), ("0", 0), ("0,0", "0.0"),
    ("khoảng năm mươi", BAD), ("12/5", BAD), ("1.23.456", BAD), ("1,23,456", BAD), ("12.345,67.8", BAD),
    ("1..5", BAD), ("12 34", BAD), ("x12", BAD), ("12 con gà trống", BAD), ("mười hai", BAD), (True, BAD),
    ("1-2", BAD), ("#REF!", BAD), (values.CellError("#REF!"), BAD), (values.FORMULA_WITHOUT_VALUE, BAD),
    (float("nan"), BAD), (float("inf"), BAD), (datetime(2021, 1, 1), BAD), ("10:30", BAD), ("١٢", BAD),
]  # fmt: skip
DATES: list[tuple[Any, Any]] = [
    ("18/11/2021", "2021-11-18"), ("8/1/2021", "2021-01-08"), ("08/01/2021", "2021-01-08"),
    ("8/1/21", "2021-01-08"), ("18-11-2021", "2021-11-18"), ("18.11.2021", "2021-11-18"),
    ("18/11/2021 08:30", "2021-11-18"), ("18/11/2021 08:30:15", "2021-11-18"), ("18-11-2021 8:30", "2021-11-18"),
    ("18/11/2021, 08:30", "2021-11-18"), ("2021-11-18", "2021-11-18"), ("2021-11-18 08:30", "2021-11-18"),
    ("2021-11-18T08:30", "2021-11-18"), ("2021-11-18T08:30:00", "2021-11-18"),
    ("2021-11-18T08:30:00+07:00", "2021-11-18"), ("2021-11-18T08:30:00+0700", "2021-11-18"),
    ("2021-11-17T20:30:00Z", "2021-11-18"), ("2021-11-17T20:30:00+00:00", "2021-11-18"),
    ("2021-11-18T01:30:00+09:00", "2021-11-17"), ("2021-11-18T08:30:00.123456", "2021-11-18"),
    ("2021-11-18T08:30:00.5Z", "2021-11-18"), ("2021/11/18", "2021-11-18"), ("2021/11/18 08:30", "2021-11-18"),
    (datetime(2021, 11, 18, 8, 30), "2021-11-18"), (date(2021, 11, 18), "2021-11-18"),
    (44518, "2021-11-18"), (44518.75, "2021-11-18"), ("44518", "2021-11-18"), ("44518.5", "2021-11-18"),
    (18264, "1950-01-01"), (2021, BAD), (11, BAD), (" 18/11/2021 ", "2021-11-18"),
    ("\u00a018/11/2021", "2021-11-18"), ("29/02/2020", "2020-02-29"), ("31/12/1999", "1999-12-31"),
    ("1/1/70", "1970-01-01"), ("1/1/69", "2069-01-01"), ("05/06/2021", "2021-06-05"), ("12/11/2021", "2021-11-12"),
    ("'18/11/2021", "2021-11-18"), ("30/04/2021", "2021-04-30"), ("2020-02-29", "2020-02-29"),
    (None, None), ("", None), ("-", None), (" ", None), ("–", None), ("\ufeff", None),
    ("32/13/2021", BAD), ("13/25/2021", BAD), ("11/18/2021", BAD), ("31/11/2021", BAD), ("29/02/2021", BAD),
    ("00/11/2021", BAD), ("18/11", BAD), ("11/2021", BAD), ("tháng 11", BAD), ("hôm qua", BAD), ("2021", BAD),
    ("18/11/202", BAD), ("18/11/2021 25:00", BAD), ("2021-13-01", BAD), (0, BAD), (-5, BAD), (3000000, BAD),
    (True, BAD), (values.FORMULA_WITHOUT_VALUE, BAD), (values.CellError("#N/A"), BAD), ("18//11//2021", BAD),
    (float("nan"), BAD), ("20211118", BAD),
]  # fmt: skip
PHONES: list[tuple[Any, Any]] = [
    ("0912345678", "0912345678"), ("0912 345 678", "0912345678"), ("0912.345.678", "0912345678"),
    ("0912-345-678", "0912345678"), ("(0912) 345678", "0912345678"), ("+84912345678", "0912345678"),
    ("+84 912 345 678", "0912345678"), ("84912345678", "0912345678"), ("0084912345678", "0912345678"),
    ("912345678", "0912345678"), (912345678, "0912345678"), (912345678.0, "0912345678"),
    (84912345678, "0912345678"), ("'0912345678", "0912345678"), (" 0912345678 ", "0912345678"),
    ("\u00a00912345678", "0912345678"), ("0912\u00a0345\u00a0678", "0912345678"), ("0312345678", "0312345678"),
    ("0512345678", "0512345678"), ("0712345678", "0712345678"), ("0812345678", "0812345678"),
    ("01681234567", "0381234567"), ("01201234567", "0701234567"), ("01231234567", "0831234567"),
    ("01991234567", "0591234567"), ("01861234567", "0561234567"), ("1681234567", "0381234567"),
    ("+841681234567", "0381234567"), ("02033825825", "02033825825"), ("0203 382 5825", "02033825825"),
    ("0243 825 5825", "02438255825"), ("2033825825", "02033825825"), ("0912345678/0987654321", "0912345678"),
    ("0912345678; 0987654321", "0912345678"), ("0912345678, 0987654321", "0912345678"),
    ("0912345678 - 0987654321", "0912345678"), ("0912345678 hoặc 0987654321", "0912345678"),
    ("12345/0912345678", "0912345678"), ("0903.123.456", "0903123456"), ("0936-111-222", "0936111222"),
    ("0 9 1 2 3 4 5 6 7 8", "0912345678"), ("84 203 382 5825", "02033825825"), ("0389999999", "0389999999"),
    ("0981 000 111", "0981000111"), (None, None), ("", None), ("-", None), ("–", None), ("   ", None),
    ("091234567", BAD), ("09123456789", BAD), ("0412345678", BAD), ("0112345678", BAD), ("không có", BAD),
    ("12345", BAD), ("0912345678a", BAD), ("abc", BAD), ("113", BAD), ("1900 1234", BAD), ("0000000000", BAD),
    ("(203)", BAD), (12, BAD), (values.FORMULA_WITHOUT_VALUE, BAD),
]  # fmt: skip
PAPERS: list[tuple[Any, Any]] = [
    ("022123456789", ("CCCD", "022123456789")), ("22123456789", ("CCCD", "022123456789")),
    (22123456789, ("CCCD", "022123456789")), (22123456789.0, ("CCCD", "022123456789")),
    ("'022123456789", ("CCCD", "022123456789")), ("022 123 456 789", ("CCCD", "022123456789")),
    ("022.123.456.789", ("CCCD", "022123456789")), ("022-123-456-789", ("CCCD", "022123456789")),
    (" 022123456789 ", ("CCCD", "022123456789")), ("\u00a0022123456789", ("CCCD", "022123456789")),
    ("CCCD 022123456789", ("CCCD", "022123456789")), ("CCCD: 022123456789", ("CCCD", "022123456789")),
    ("cccd:022123456789", ("CCCD", "022123456789")), ("001087654321", ("CCCD", "001087654321")),
    ("100123456", ("CMND", "100123456")), (100123456, ("CMND", "100123456")), ("100 123 456", ("CMND", "100123456")),
    ("100.123.456", ("CMND", "100123456")), ("CMND 100123456", ("CMND", "100123456")),
    ("CMT: 100123456", ("CMND", "100123456")), ("012345678", ("CMND", "012345678")),
    ("'012345678", ("CMND", "012345678")), ("5700123456", ("MST", "5700123456")), (5700123456, ("MST", "5700123456")),
    ("5700 123 456", ("MST", "5700123456")), ("MST 5700123456", ("MST", "5700123456")),
    ("MST: 5700123456", ("MST", "5700123456")), ("5700123456-001", ("MST", "5700123456001")),
    ("5700123456 001", ("MST", "5700123456001")), ("5700123456001", ("MST", "5700123456001")),
    ("0100109106", ("MST", "0100109106")), ("5700123456.0", ("MST", "5700123456")), (5700123456.0, ("MST", "5700123456")),
    ("036201001234", ("CCCD", "036201001234")), ("079099001234", ("CCCD", "079099001234")),
    ("022 0 99 001234", ("CCCD", "022099001234")), ("mst.5700123456", ("MST", "5700123456")),
    (22000000001, ("CCCD", "022000000001")), ("022000000001", ("CCCD", "022000000001")),
    ("5701234567", ("MST", "5701234567")), ("101234567", ("CMND", "101234567")), ("000000001", ("CMND", "000000001")),
    (None, None), ("", None), ("-", None), ("  ", None), ("–", None), ("…", None),
    ("122123456789", BAD), ("12345678", BAD), ("1234567", BAD), ("12345678901234", BAD), ("02212345678x", BAD),
    ("không có", BAD), ("chưa cấp", BAD), ("CCCD", BAD), ("0221234567890", ("MST", "0221234567890")),
    ("AB123456", BAD), ("1", BAD), ("022/123/456", BAD), ("٠٢٢١٢٣٤٥٦٧٨٩", BAD), (values.FORMULA_WITHOUT_VALUE, BAD),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), NUMBERS, ids=repr)
def test_numbers(cell: Any, expected: Any) -> None:
    found = outcome(quantities.parse_number(cell))
    assert found == (Decimal(str(expected)) if isinstance(expected, int | str) else expected)


@pytest.mark.parametrize(("cell", "expected"), DATES, ids=repr)
def test_dates(cell: Any, expected: Any) -> None:
    found = outcome(dates.parse_date(cell))
    assert (found.isoformat() if isinstance(found, date) else found) == expected


@pytest.mark.parametrize(("cell", "expected"), PHONES, ids=repr)
def test_phones(cell: Any, expected: Any) -> None:
    assert outcome(identifiers.parse_phone(cell)) == expected


@pytest.mark.parametrize(("cell", "expected"), PAPERS, ids=repr)
def test_paper_numbers(cell: Any, expected: Any) -> None:
    assert outcome(identifiers.parse_paper_number(cell)) == expected


def test_each_table_has_sixty_spellings() -> None:
    assert min(len(NUMBERS), len(DATES), len(PHONES), len(PAPERS)) >= 60


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("125/34", (125, 34)), ("125 / 34", (125, 34)), ("1.250/34", (1250, 34)), ("0/0", (0, 0)),
        ("125", (125, None)), (125, (125, None)), ("", None), ("-", None), (datetime(2021, 5, 12), BAD),
        ("12/5/2021", BAD), ("x/5", BAD), ("5/", BAD),
    ],
)  # fmt: skip
def test_two_part_values(cell: Any, expected: Any) -> None:
    assert outcome(quantities.parse_two_parts(cell)) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("15.000 - 20.000", (15000, 20000)), ("15.000–20.000", (15000, 20000)),
        ("từ 15.000 đến 20.000", (15000, 20000)), ("15.000 - 20.000 đồng/kg", (15000, 20000)),
        ("20.000 - 15.000", (15000, 20000)), ("15.000", (15000, 15000)), (15000, (15000, 15000)),
        ("15.000đ - 20.000đ", (15000, 20000)), ("", None), ("thỏa thuận", BAD),
    ],
)  # fmt: skip
def test_price_ranges(cell: Any, expected: Any) -> None:
    assert outcome(quantities.parse_price_range(cell)) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "11/2021",
        "tháng 11/2021",
        "Tháng 11 năm 2021",
        "2021-11",
        "11-2021",
        date(2021, 11, 9),
        "01/11/2021",
    ],
)
def test_months(cell: Any) -> None:
    assert dates.parse_month(cell).value == date(2021, 11, 1)


def test_an_event_lies_between_2015_and_the_export() -> None:
    limits = {"not_before": date(2015, 1, 1), "not_after": date(2021, 11, 18)}
    assert dates.parse_date("31/12/2014", **limits).rule == "too_early"
    assert dates.parse_date("19/11/2021", **limits).rule == "in_future"
    assert dates.parse_date("18/11/2021 23:59", **limits).value == date(2021, 11, 18)


def test_the_1904_system_counts_from_another_day() -> None:
    assert dates.parse_date(44518 - 1462, date1904=True).value == date(2021, 11, 18)
    assert dates.parse_date(44518.5 - 1462, date1904=True).value == date(2021, 11, 18)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("hoà", "hòa"),
        ("thuỷ", "thủy"),
        ("Hoà Bình", "HÒA BÌNH"),
        ("khoẻ", "khỏe"),
        ("uỷ", "ủy"),
        ("loè", "lòe"),
    ],
)
def test_tone_placement_is_unified(left: str, right: str) -> None:
    assert values.norm(left) == values.norm(right)


@pytest.mark.parametrize(
    ("left", "right"), [("Hùng", "Hưng"), ("quý", "quỳ"), ("ba", "bà"), ("hoàng", "hoang")]
)
def test_other_differences_stay(left: str, right: str) -> None:
    assert values.norm(left) != values.norm(right)


def test_names_are_compared_without_titles_and_forms() -> None:
    same = ["Nguyễn Văn An", "Ông Nguyễn Văn An", "Hộ Nguyễn Văn An", "HKD Nguyễn Văn An",
            "Hộ kinh doanh Nguyễn Văn An", "Cơ sở Nguyễn Văn An", "NGUYEN VAN AN"]  # fmt: skip
    assert {values.producer_name(name) for name in same} == {"nguyen van an"}
    assert values.producer_name("Hợp tác xã Đông Bắc") == values.producer_name("HTX Đông Bắc")
    assert values.producer_name("Tổ hợp tác số 1") == values.producer_name("THT số 1")
    assert values.producer_name("Hồ Văn Bình") == "ho van binh"


def test_diacritics_contradict_only_where_both_names_bear_them() -> None:
    assert values.diacritics_contradict("Nguyễn Văn Hùng", "Nguyễn Văn Hưng")
    assert not values.diacritics_contradict("Nguyễn Văn Hùng", "NGUYEN VAN HUNG")
    assert not values.diacritics_contradict("Lê Thị Hoà", "Lê Thị Hòa")


anything = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)


@given(anything)
def test_nothing_that_may_stand_in_a_cell_raises(cell: Any) -> None:
    for parse in (
        quantities.parse_number, quantities.parse_two_parts, dates.parse_date, dates.parse_moment, dates.parse_month,
        identifiers.parse_phone, identifiers.parse_paper_number, quantities.parse_price_range,
    ):  # fmt: skip
        parsed = parse(cell)
        assert parsed.rule is None or (parsed.value is None and parsed.rule in problems.rules())


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9
    )
)
def test_a_number_written_the_vietnamese_way_is_read_back(number: Decimal) -> None:
    text = f"{number:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    assert quantities.parse_number(text).value == number


@given(st.dates(date(1970, 1, 1), date(2068, 12, 31)))
def test_a_date_is_read_back_from_every_spelling(day: date) -> None:
    for pattern in ("%d/%m/%Y", "%d-%m-%Y", "%Y-%m-%d", "%d/%m/%y", "%Y-%m-%dT00:00:00+07:00"):
        assert dates.parse_date(day.strftime(pattern)).value == day


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = values.clean_text(text)
    assert values.clean_text(once) == once or (once or "").startswith("'")
    assert values.fold(values.fold(text)) == values.fold(text)


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặ ỳýỷỹỵ"))
def test_decomposed_text_means_the_same(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert values.norm(decomposed) == values.norm(text)
    assert values.fold(decomposed) == values.fold(text)


@pytest.mark.parametrize("text", ["\u0301", "a \u0301", "\u0301\u0323 b"])
def test_a_mark_that_no_letter_bears_is_kept_as_it_is(text: str) -> None:
    assert values.unify_tone(text) == unicodedata.normalize("NFC", text)
