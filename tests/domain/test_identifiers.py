"""What names a thing: spoiled by spreadsheets, filled with words for none, written with look-alikes."""

from __future__ import annotations

import time
from datetime import date, datetime
from datetime import time as clock
from typing import Any

import pytest

from lensan.domain import identifiers, values
from lensan.domain.identifiers import IdentifierColumn

SPOILED = [
    "2.11118E+14", "2,11118E+14", "2.11E+14", "2E+14", "2.11118e+14", "2.11118E14", "1.23457E+15", "9.12E+08", "-2.1E+14",
    "211118000012345000", "2111180000123450000", "123456789012345000", 2.111180000123e17, 1e15, 10**16, 12.5, float("nan"),
    float("inf"), "=A1", "=B2&C2", "=VLOOKUP(A1;B:C;2;0)", "=1+2", True, False, "2.1E+014", "1E+20", "3.0E+1", "7E+10", 2.5e20,
    "100000000000000000",
]  # fmt: skip
DATED = [
    date(2021, 5, 12), datetime(2021, 5, 12), datetime(2021, 5, 12, 8, 30), clock(12, 5), "12-May", "5-Dec", "12-May-21", "12-May-2021",
    "May-12", "Dec-05", "12-Thg5", "12-Thg 5", "12-thg 5-2021", "2021-05-12", "2021-05-12 00:00:00", "12/05/2021", "1/5/2021", "1-Jan",
    "31-Aug", "Sep-01", "2-Mar", "10-Oct", "Oct-10", "Nov-21", "9-Jun", "Feb-28", "3-Apr", "4-Jul-21", "Jan-01", "2021-11-18 00:00",
]  # fmt: skip
KEPT = [
    ("GH1", "GH1"), ('="GH1"', "GH1"), ('="0123"', "0123"), ("'0123", "0123"), (" SP-01 ", "SP-01"), ("12-5", "12-5"), ("0001", "0001"),
    ("211118000012345", "211118000012345"), ("2111180000123456", "2111180000123456"), ("21111800001234567", "21111800001234567"),
    (211118, "211118"), (211118.0, "211118"), (123456789012345, "123456789012345"), ("OCOP-QN-017", "OCOP-QN-017"), ("E5", "E5"),
    ("ОСОР-QN-017", "OCOP-QN-017"), ("ОСОР-017", "OCOP-017"), ("ΟCOP-1", "OCOP-1"), ("ＯＣＯＰ－１７", "OCOP-17"), ("Ð1", "Đ1"), ("мир", "мир"),
    ("12-5-A", "12-5-A"), ("May12", "May12"), ("SP 12.50", "SP 12.50"), ("1.2.3", "1.2.3"), ("DH/2021/11", "DH/2021/11"), ("0", None),
    ("A-May-12", "A-May-12"), ("12MAY", "12MAY"), ("\u200bGH1", "GH1"), ("GH\u00a01", "GH 1"), ("dec-2021-01", "dec-2021-01"),
]  # fmt: skip
NONE = [
    "-", "–", "—", "...", "…", "_", "NULL", "null", "Null", "(NULL)", "\\N", "N/A", "n/a", "None", "NaN", "nan", "Không", "không", "KHÔNG",
    "Không có", "không có", "Chưa có", "chưa có", "CHƯA CÓ", "Chưa", "Chưa cấp", "chưa cập nhật", "khong co", "k có", "Không rõ", "0", "000",
    0, 0.0, "", " ", None, "--", "- -", "chưa đăng ký", "undefined", "nil",
]  # fmt: skip
PHONES = [
    "+84 (0)912 345 678", "ĐT: 0912345678", "0912345678 (Zalo)", "SĐT 0912.345.678", "0912345678 (a. An)", "(+84) 912345678", "0912_345_678",
    "84-0912345678", "0912345678#", "ĐT 0912345678", "SĐT:0912345678", "Tel: 0912 345 678", "tel.0912345678", "Zalo 0912345678",
    "Điện thoại: 0912-345-678", "DĐ: 0912345678", "Số 0912345678", "0912345678 - chị Hoa", "Chị Hoa 0912345678", "0912345678.", "Mobile: +84912345678",
    "+84.912.345.678", "0084 912 345 678", "84 912 345 678", "(0912) 345 678", "0912 34 56 78", "0912.34.56.78", "'0912345678", '="0912345678"',
    "０９１２３４５６７８", "0912345678, Zalo", "Hotline 0912345678", "SĐT0912345678",
]  # fmt: skip
NO_PHONES = [
    "000000000", "0000000000", "0999999999", "0911111111", "0", "không có", "chưa có SĐT", "NULL phone", "9.12E+08", "091234567", "12345", "0912345678a",
    "GH0912345678", "0412345678", "#N/A", "1900 1234", "022000000001", "dt",
]  # fmt: skip
PAPERS_DOUBTED = [
    ("000000000000", "bad_paper_number"), ("000000000", "bad_paper_number"), ("111111111", "bad_paper_number"), ("999999999999", "bad_paper_number"),
    ("123456789", "bad_paper_number"), ("2.2E+10", "bad_paper_number"), ("2,2E+10", "bad_paper_number"), ("1087654321", "two_papers"), (1087654321, "two_papers"),
    ("2099001234", "two_papers"), ("không", "bad_paper_number"), ("chưa có", "bad_paper_number"), ("22000000", "bad_paper_number"), ("0000000000", "bad_paper_number"),
    ("012345678912", "bad_paper_number"), ("CCCD", "bad_paper_number"),
]  # fmt: skip


@pytest.mark.parametrize("cell", SPOILED, ids=repr)
def test_what_a_spreadsheet_rounded_or_left_as_a_formula_is_no_key(cell: Any) -> None:
    assert identifiers.parse_identifier(cell) == (None, "spoiled_code", None)


@pytest.mark.parametrize("cell", DATED, ids=repr)
def test_what_a_spreadsheet_dated_is_no_key(cell: Any) -> None:
    assert identifiers.parse_identifier(cell) == (None, "date_in_code", None)


@pytest.mark.parametrize(("cell", "expected"), KEPT)
def test_an_identifier_is_kept_as_written(cell: Any, expected: str | None) -> None:
    assert identifiers.parse_identifier(cell) == (expected, None, None)


@pytest.mark.parametrize("cell", NONE, ids=repr)
def test_words_for_none_are_no_key(cell: Any) -> None:
    assert identifiers.parse_identifier(cell) == identifiers.parse_code(cell) == (None, None, None)


@pytest.mark.parametrize("cell", NONE, ids=repr)
def test_nor_are_they_text(cell: Any) -> None:
    if cell not in ("0", "000", 0, 0.0):
        assert values.parse_text(cell) == (None, None, None)


@pytest.mark.parametrize("cell", PHONES)
def test_words_beside_a_phone_number_do_not_unmake_it(cell: str) -> None:
    assert identifiers.parse_phone(cell) == ("0912345678", None, None)


@pytest.mark.parametrize("cell", NO_PHONES)
def test_what_is_no_phone_number_is_told(cell: str) -> None:
    assert identifiers.parse_phone(cell).rule in ("bad_phone", None)
    assert identifiers.parse_phone(cell).value is None


@pytest.mark.parametrize("cell", ["0912345678 và 0987654321", "0912345678/0987654321", "ĐT: 0912345678; 0987654321", "0912345678 (12345)"])  # fmt: skip
def test_of_several_numbers_the_first_is_taken_and_told(cell: str) -> None:
    assert identifiers.parse_phone(cell) == ("0912345678", None, "several_phones")


@pytest.mark.parametrize("cell", ["0312345678", "0912345678", "0203 3835 678", "+84 70 212 3456"])
def test_a_number_of_the_plan_is_not_doubted(cell: str) -> None:
    assert identifiers.parse_phone(cell).warning is None


@pytest.mark.parametrize("cell", ["0532345678", "ĐT: 0803456789", "0201 234 5678"])
def test_a_number_that_no_operator_gives_out_is_taken_and_told(cell: str) -> None:
    parsed = identifiers.parse_phone(cell)
    assert (len(parsed.value), parsed.rule, parsed.warning) == (
        len("".join(c for c in cell if c.isdigit())), None, "unassigned_phone"
    )  # fmt: skip


@pytest.mark.parametrize(("cell", "rule"), PAPERS_DOUBTED)
def test_placeholders_and_papers_that_lost_zeros_are_no_papers(cell: Any, rule: str) -> None:
    assert identifiers.parse_paper_number(cell) == (None, rule, None)


def test_a_tax_code_with_its_check_digit_is_one() -> None:
    assert identifiers.parse_paper_number("0100109106").value == ("MST", "0100109106")
    assert identifiers.parse_paper_number("2001000001").rule == "two_papers"


def test_each_table_has_thirty_spellings() -> None:
    assert min(len(SPOILED), len(DATED), len(KEPT), len(NONE), len(PHONES)) >= 30


@pytest.mark.parametrize(
    ("column", "cell", "doubt"),
    [
        (["2111180001234560", "2111180001234570", "2111180001234580"], "2111180001234560", "spoiled_code"),
        (["2111180001234560", "2111180001234571", "2111180001234580"], "2111180001234560", None),
        (["2111180001234560", "2111180001234570"], "2111180001234560", None),
        (["21111800012345600", "21111800012345700", "21111800012345800"], "21111800012345700", "spoiled_code"),
        (["000123", "000124", 125], 125, "lost_zeros"), (["000123", "000124", 125], "000123", None),
        (["000123", 125000], 125000, None), (["0123", "00124", 125], 125, None), (["GH1", 125], 125, None), ([125, 126], 125, None),
        (["007", 8.0], 8.0, "lost_zeros"), ([], 5, None), (["007", True], True, None),
    ],
)  # fmt: skip
def test_a_column_tells_what_a_spreadsheet_took_from_its_numbers(
    column: list[Any], cell: Any, doubt: str | None
) -> None:
    found = IdentifierColumn(column)
    assert found.doubt(cell) == doubt
    assert doubt is None or found.has_doubts


@pytest.mark.parametrize("piece", ["0", "09", "0 ", "1E", "ĐT: ", "(", "=", "+84", "/", "0912345678 "])  # fmt: skip
def test_long_cells_are_read_in_no_time(piece: str) -> None:
    started = time.process_time()
    for parse in (identifiers.parse_identifier, identifiers.parse_phone, identifiers.parse_paper_number):  # fmt: skip
        assert parse(piece * 20_000) is not None
    assert time.process_time() - started < 1
