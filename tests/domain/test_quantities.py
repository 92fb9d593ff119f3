"""A value carries its unit and its writing: what is certain is converted, what is doubtful is held."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensan.domain import quantities, units_of_measure
from lensan.domain.quantities import DecimalMarks

HELD = "held"


def unit(text: str) -> units_of_measure.Unit:
    found = units_of_measure.unit(text)
    assert found is not None
    return found


def outcome(parsed: Any) -> Any:
    return HELD if parsed.rule is not None else parsed.value


IN_TONNES = [
    ("500 kg", "0.5"), ("500kg", "0.5"), ("500 Kg.", "0.5"), ("500 ký", "0.5"), ("2 tạ", "0.2"), ("2,5 tạ", "0.25"),
    ("3 yến", "0.03"), ("1,5 tấn", "1.5"), ("1,5 TẤN", "1.5"), ("1.200 tạ", "120"), ("12 tan", "12"), ("1.500 kg", "1.5"),
    ("2 t", HELD), ("250000 g", "0.25"), ("250000 gam", "0.25"), ("5 lạng", "0.0005"), ("12", "12"), ("0", "0"),
    ("300 con", HELD), ("12%", HELD), ("2,5 nghìn tấn", HELD), ("3 ngàn kg", HELD), ("1 triệu", HELD), ("5 ha", HELD),
    ("20 lít", HELD), ("40 hộ", HELD), ("500.000 đ", HELD), ("2 ta", HELD), ("5 thùng", HELD), ("khoảng 5 tấn", HELD),
    ("1 tấn 200 kg", HELD), ("5 tấn/ha", HELD), ("~5 tấn", HELD), ("500 kg/ngày", HELD), ("-2 tấn", "-2"),
    ("500 kilogram", "0.5"), ("2 tấn.", "2"), ("2 tonnes", "2"), ("7 tons", "7"), ("5 kg khô", HELD),
]  # fmt: skip
HOUSEHOLDS = [
    ("70%", HELD), ("70 %", HELD), ("100 phần trăm", HELD), ("7 hộ", 7), ("7 hộ dân", 7), ("7 Hộ SXNN", 7), ("0 hộ", 0),
    ("1.250 hộ", 1250), ("1,250", 1250), ("12 người", HELD), ("12 con", HELD), ("12 kg", HELD), ("2 tấn", HELD), ("1,5", HELD),
    ("1 nghìn hộ", HELD), ("3k", HELD), ("O", HELD), ("4 (tăng 1)", HELD), ("3 hộ (mới)", HELD), ("7 ho", 7), ("+3", 3),
    ("mười", HELD), ("5-7", HELD), ("5/7", HELD), ("12 sản phẩm", HELD), ("12 đồng", HELD), ("x", HELD), ("Không", HELD),
    ("-", None), ("NULL", None), (12.0, 12), (12.5, HELD),
]  # fmt: skip
MONEY = [
    ("200.000₫", 200000), ("₫200.000", 200000), ("VND 200,000", 200000), ("200.000 VND", 200000), ("200000 đồng", 200000),
    ("200.000,00 ₫", 200000), ("200,000đ", 200000), ("đ 200.000", 200000), ("200.000 vnđ", 200000), ("VNĐ 200.000", 200000),
    ("200.000 Đ", 200000), ("₫ 200.000", 200000), ("vnd200000", 200000), ("200 000 đ", 200000), ("200k", 200000),
    ("200 nghìn", 200000), ("200 nghìn đồng", 200000), ("200 ngàn đ", 200000), ("0,2 triệu", 200000), ("0.2 tr", 200000),
    ("1,2 triệu đồng", 1200000), ("1 tỷ", 1000000000), ("$200", HELD), ("200 USD", HELD), ("200 tệ", HELD), ("200 kg", HELD),
    ("200%", HELD), ("~200.000", HELD), ("200.000-250.000", HELD), ("200", 200), ("200.000", 200000), ("-200.000₫", -200000),
    ("200.000 đồng chẵn", HELD), ("đồng", HELD), ("₫", HELD),
]  # fmt: skip
PRICES = [
    ("31.000 đ/kg", 31000), ("31.000 đồng/kg", 31000), ("31.000/kg", HELD), ("31 nghìn đồng/kg", 31000), ("31k/kg", HELD),
    ("3.100 đ/100g", 31000), ("310.000 đ/yến", 31000), ("3.100.000 đ/tạ", 31000), ("31.000.000 đồng/tấn", 31000),
    ("31.000 đ/con", HELD), ("31.000", 31000), ("31.000 đ", 31000), ("31k", 31000), ("12,5 nghìn", 12500), ("31 000đ/kg", 31000),
    ("31.000 đ/thùng", HELD), ("31 USD/kg", HELD), ("31.000 VNĐ/KG", 31000), ("31,000 vnd/kg", 31000), ("31 đ/g", 31000),
]  # fmt: skip
HEADERS = [
    ("Khối lượng (g)", "Khối lượng", "g"), ("Khối lượng tịnh (gam)", "Khối lượng tịnh", "g"), ("net_weight_g", "net_weight", "g"),
    ("weight_kg", "weight", "kg"), ("Khối lượng (kg)", "Khối lượng", "kg"), ("Sản lượng (tấn)", "Sản lượng", "tấn"),
    ("Sản lượng dự kiến (tạ)", "Sản lượng dự kiến", "tạ"), ("Sản lượng dự kiến (Tấn)", "Sản lượng dự kiến", "tấn"),
    ("Sản lượng (ĐVT: kg)", "Sản lượng", "kg"), ("Sản lượng, ĐVT: tạ", "Sản lượng", "tạ"), ("Sản lượng [kg]", "Sản lượng", "kg"),
    ("Sản lượng (nghìn tấn)", "Sản lượng", "nghìn tấn"), ("Giá (đồng/kg)", "Giá", "đồng/kg"), ("Giá (nghìn đồng/kg)", "Giá", "nghìn đồng/kg"),
    ("Giá bán (đồng)", "Giá bán", "đồng"), ("Giá bán (1.000 đồng)", "Giá bán", "1.000 đồng"), ("price_vnd", "price", "đồng"),
    ("Thành tiền (VNĐ)", "Thành tiền", "đồng"), ("Thành tiền (triệu đồng)", "Thành tiền", "triệu đồng"), ("Ưu đãi (%)", "Ưu đãi", "%"),
    ("farmer_discount_pct", "farmer_discount", "%"), ("Khối lượng - kg", "Khối lượng", "kg"), ("Khối lượng kg", "Khối lượng", "kg"),
    ("Khối lượng: kg", "Khối lượng", "kg"), ("Sản lượng tính bằng tạ", "Sản lượng", "tạ"), ("Sản lượng (con)", "Sản lượng", "con"),
    ("Giá (đồng/con)", "Giá", "đồng/con"), ("Khung giá (đồng/kg)", "Khung giá", "đồng/kg"), ("Danh sách hộ", "Danh sách hộ", None),
    ("Chỉ tiêu đạt được trong tuần (Số lượng)", "Chỉ tiêu đạt được trong tuần (Số lượng)", None), ("Số lượng", "Số lượng", None),
    ("Huyện/Thị xã/Thành phố", "Huyện/Thị xã/Thành phố", None), ("Tháng 1", "Tháng 1", None), ("Ngày", "Ngày", None),
    ("Sản\nlượng\n(yến)", "Sản lượng", "yến"), ("(kg)", "", "kg"), ("Loại sản phẩm", "Loại sản phẩm", None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), IN_TONNES)
def test_what_is_weighed_is_converted_to_the_columns_unit(cell: str, expected: str) -> None:
    found = outcome(quantities.parse_number(cell, unit=unit("tấn")))
    assert found == (expected if expected == HELD else Decimal(expected))


@pytest.mark.parametrize(("cell", "expected"), HOUSEHOLDS)
def test_a_share_or_another_thing_is_no_count_of_households(cell: Any, expected: Any) -> None:
    assert outcome(quantities.parse_number(cell, unit=unit("Hộ"), whole=True)) == expected


@pytest.mark.parametrize(("cell", "expected"), MONEY)
def test_amounts_bear_their_currency_on_either_side(cell: str, expected: Any) -> None:
    assert outcome(quantities.parse_number(cell, unit=unit("đồng"))) == expected


@pytest.mark.parametrize(("cell", "expected"), PRICES)
def test_a_price_is_of_a_weight(cell: str, expected: Any) -> None:
    assert outcome(quantities.parse_number(cell, unit=unit("đồng/kg"))) == expected


@pytest.mark.parametrize(("header", "name", "said"), HEADERS)
def test_a_header_says_its_unit(header: str, name: str, said: str | None) -> None:
    found = units_of_measure.in_header(header)
    assert (found.name, found.unit.name if found.unit else None) == (name, said)


def test_each_table_has_thirty_spellings() -> None:
    assert min(len(IN_TONNES), len(HOUSEHOLDS), len(MONEY), len(HEADERS)) >= 30


def test_a_headers_unit_converts_plain_numbers_and_a_cells_own_goes_before_it() -> None:
    kg, gram = unit("kg"), unit("g")
    assert quantities.parse_number("500", unit=kg, stated=gram).value == Decimal("0.5")
    assert quantities.parse_number(500, unit=kg, stated=gram).value == Decimal("0.5")
    assert quantities.parse_number("2 kg", unit=kg, stated=gram).value == 2
    thousand = unit("nghìn đồng/kg")
    assert quantities.parse_number("31,5", unit=unit("đồng/kg"), stated=thousand).value == 31500
    assert (
        quantities.parse_number("31 nghìn", unit=unit("đồng/kg"), stated=thousand).rule
        == "wrong_unit"
    )
    assert quantities.parse_number(5, unit=kg, stated=unit("con")).rule == "wrong_unit"


def test_a_conversion_in_a_cell_is_told() -> None:
    assert quantities.parse_number("500 kg", unit=unit("tấn")).warning == "unit_converted"
    assert quantities.parse_number("5 tấn", unit=unit("tấn")).warning is None


@pytest.mark.parametrize(
    ("column", "marks"),
    [
        (["0.500", "1.250", "12.000", "2.000"], "."), (["1,250", "0,5"], ","), (["1.250", "12,5"], ","),
        (["1,250", "12.5"], "."), (["1.250", "1.234.567"], ","), (["1,250", "1,234,567"], "."), (["1.250", "1.234,5"], ","),
        (["1.250"], None), (["1,250", "2,500"], None), (["1.250", "12.5", "7,25"], None), (["1.250", "1.234.567", "12.5"], None),
        (["1.250", 350, 420, 510], ""), (["1.250", "350", "420", "510"], ""), (["1,250", "2", "3", "5", "1"], ".,"),
        (["1.250", "25", "30", "20"], None), (["1.250", "12,5 kg"], ","), (["1.250 kg", "0.5 kg"], "."), ([1.25, 2.5], None),
        (["1.250", "1"], None), (["12.000", "-"], None), (["12.000", "chưa có", "0,75"], ","), ([], None), (["1234,567"], ","),
        (["1.250", "1234.5"], "."), (["1.250", "100.25"], "."), (["1.250", "0.125"], "."), (["1.250", "00.5"], "."),
        (["1.250", None, "", "2,5"], ","), (["1.250", True, "2,5"], ","), (["1.250", "12.5%"], "."), (["1 250,5", "1.250"], ","),
    ],
)  # fmt: skip
def test_a_column_proves_its_decimal_mark_or_nothing(column: list[Any], marks: str | None) -> None:
    assert DecimalMarks(column).decimal_marks() == marks


@pytest.mark.parametrize(
    ("cell", "marks", "expected", "doubt"),
    [
        ("1.250", ".", "1.25", False), ("1.250", ",", "1250", False), ("1,250", ",", "1.25", False), ("1,250", ".", "1250", False),
        ("1.250", "", "1250", False), ("1.250", ".,", "1.25", False), ("1.250", None, "1250", True), ("35,475", None, "35475", True),
        ("0.500", None, "0.5", False), ("12.000", ".", "12", False), ("12.253 tấn", None, "12253", True), ("12.253 tấn", ",", "12253", False),
    ],
)  # fmt: skip
def test_three_decimals_are_read_as_the_column_proves(
    cell: str, marks: str | None, expected: str, doubt: bool
) -> None:
    parsed = quantities.parse_number(cell, decimal_marks=marks)
    assert parsed.value == Decimal(expected)
    assert (parsed.warning == "thousands_or_decimal") is doubt


def test_neither_counts_nor_money_have_thousandths() -> None:
    assert quantities.parse_number("1.250", whole=True).warning is None
    assert quantities.parse_number("31.500", unit=unit("đồng")).warning is None
    assert quantities.parse_number("31.500", unit=unit("đồng"), decimal_marks=".").value == 31500


@given(st.lists(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans())))
def test_no_column_raises(cells: list[Any]) -> None:
    assert DecimalMarks(cells).decimal_marks() in (None, "", ".", ",", ".,")
    for cell in cells:
        if isinstance(cell, str):
            units_of_measure.in_header(cell)
            units_of_measure.unit(cell)


@pytest.mark.parametrize("piece", ["1.", "1,", "đ/", "1 ", "'1", "nghìn ", "₫", "1-", "(", "_"])  # fmt: skip
def test_long_cells_are_read_in_no_time(piece: str) -> None:
    started = time.process_time()
    text = piece * 20_000
    quantities.parse_number(text, unit=unit("kg"))
    quantities.parse_price_range(text)
    quantities.parse_two_parts(text)
    units_of_measure.in_header(text)
    assert time.process_time() - started < 1
