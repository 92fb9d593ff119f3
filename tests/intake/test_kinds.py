"""The kinds of wrong files: K6, the same key twice in one file; and that no kind's table shrinks."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from loading import put, rows, workbook
from sqlalchemy import Engine
from taking_in import take_in

# K6. What two or more rows of a file say of one thing (name, kind, paper, phone, commune), and what stands of
# it then: how many records, how many rows held back. "|" begins another sheet of the workbook.
PAPER, PHONE = "0220000{:05}", "09120{:05}"
Cells = tuple[str | int | None, ...]
AN: Cells = ("Nguyễn Văn An", "Hộ SXNN", PAPER, PHONE, "Hồng Gai")


def but(**changes: Any) -> Cells:
    """The first row with other cells."""
    return tuple(changes.get(name, cell) for name, cell in zip(("name", "kind", "paper", "phone", "commune"), AN, strict=True))  # fmt: skip


TWICE: list[tuple[list[Cells | str], int, int]] = [
    ([AN, AN], 1, 0),
    ([AN, AN, AN], 1, 0),
    ([AN, but(name="Trần Thị Bình")], 0, 2),
    ([AN, but(kind="HTX")], 0, 2),
    ([AN, but(commune="Hà Tu")], 0, 2),
    ([AN, but(phone="09130{:05}")], 0, 2),
    ([AN, but(phone=None)], 1, 0),
    ([but(phone=None), AN], 1, 0),
    ([but(phone=None), AN, but(phone="")], 1, 0),
    ([AN, but(kind=None)], 1, 0),
    ([AN, but(phone=None, kind=None)], 1, 0),
    ([but(phone=None), but(kind=None)], 0, 2),
    ([AN, AN, but(name="Trần Thị Bình")], 0, 2),  # one of the equal two gives way
    ([AN, but(name="Trần Thị Bình"), but(name="Lê Văn Cường")], 0, 3),
    ([but(phone=None), AN, but(name="Trần Thị Bình")], 0, 3),
    ([AN, but(paper="'" + PAPER)], 1, 0),
    ([AN, but(paper="022 0000 {:05}")], 1, 0),
    ([AN, but(paper="22 0000 {:05}".replace(" ", ""))], 1, 0),
    ([AN, but(paper="22 0000 {:05}".replace(" ", ""), name="Trần Thị Bình")], 0, 2),
    ([AN, but(phone="+8491 20{:05}".replace(" ", ""))], 1, 0),
    ([AN, but(name=" Nguyễn  Văn An ")], 1, 0),
    ([but(paper=None), but(paper=None)], 1, 0),
    ([but(paper=None), but(paper=None, name="Trần Thị Bình")], 0, 2),
    ([but(paper=None), but(paper=None, phone="+84 9120{:05}")], 1, 0),
    ([but(paper=None), but(paper=None, commune="Hà Tu")], 0, 2),
    ([AN, but(paper=None)], 2, 0),
    ([AN, but(paper="022111{:06}", phone="09140{:05}")], 2, 0),
    ([AN, "|", AN], 1, 0),
    ([AN, "|", but(name="Trần Thị Bình")], 0, 2),
    ([AN, "|", but(phone=None)], 1, 0),
    ([but(phone=None), "|", AN], 1, 0),
    ([AN, "|", AN, but(kind="HTX")], 0, 2),
]


def test_rows_of_one_key_in_a_file_are_one_or_are_all_held_back(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    head = ["Họ tên", "Loại hình", "Số giấy tờ", "Số điện thoại", "Xã/Phường", "Chứng nhận"]
    sheets: list[list[list[Any]]] = [[head], [head]]
    for number, (said, _, _) in enumerate(TWICE, 1):
        sheet = 0
        for row in said:
            if isinstance(row, str):
                sheet = 1
            else:
                cells = [c.format(number) if isinstance(c, str) else c for c in row]
                sheets[sheet].append([*cells, f"case {number}"])
    root = put(
        tmp_path / "landing",
        {"districts/ha-long/ds_20211118.xlsx": workbook([("A", sheets[0]), ("B", sheets[1])])},
    )
    take_in(warehouse_engine, root, tmp_path / "raw")
    stands = rows(warehouse_engine, "select certificate as of_case, count(*) as n from core.registry group by 1")  # fmt: skip
    held = rows(
        warehouse_engine,
        "select cells[6] as of_case, count(*) as n from ops.row_verdict join raw.source_row using (record_id)"
        " where verdict = 'quarantined' group by 1",
    )
    found = [{row["of_case"]: row["n"] for row in each} for each in (stands, held)]
    wrong = {
        number: tuple(each.get(f"case {number}", 0) for each in found)
        for number, (_, records, back) in enumerate(TWICE, 1)
        if tuple(each.get(f"case {number}", 0) for each in found) != (records, back)
    }
    assert wrong == {}


# ---------------------------------------------------------------- no table shrinks

KINDS: dict[str, list[str]] = {
    "K1 units of measure": [
        "test_quantities.test_what_is_weighed_is_converted_to_the_columns_unit",
        "test_quantities.test_a_header_says_its_unit",
    ],
    "K2 three decimals": [
        "test_quantities.test_a_column_proves_its_decimal_mark_or_nothing",
        "test_quantities.test_three_decimals_are_read_as_the_column_proves",
    ],
    "K3 rows wider or narrower": [
        "test_odd_tables.test_a_row_wider_than_its_header_is_held_back_where_something_stands_there",
        "test_odd_tables.test_a_cut_row_is_held_back_where_the_file_writes_blanks_and_else_doubted",
    ],
    "K4 spoiled identifiers": [
        "test_identifiers.test_what_a_spreadsheet_rounded_or_left_as_a_formula_is_no_key",
        "test_identifiers.test_what_a_spreadsheet_dated_is_no_key",
    ],
    "K5 placeholders": ["test_identifiers.test_words_for_none_are_no_key"],
    "K6 a key twice": ["test_kinds.TWICE"],
    "K7 dates": [
        "test_dates.test_a_column_tells_which_dates_were_swapped",
        "test_dates.test_a_cell_names_one_month_or_is_held",
    ],
    "K8 exports of the future": ["test_odd_files.test_no_export_is_younger_than_its_arrival"],
    "K9 text": [
        "test_legacy_fonts.test_the_bytes_of_a_file_tell_how_they_are_written",
        "test_legacy_fonts.test_text_encoded_twice_is_read_once",
        "test_odd_containers.test_letters_that_were_lost_hold_a_text_back",
    ],
    "K10 the wrong column, row or period": [
        "test_odd_tables.test_a_form_header_says_one_thing_or_another",
        "test_odd_tables.test_a_header_is_read_with_a_slip_a_translation_or_a_note",
        "test_odd_tables.test_a_label_with_a_word_more_or_less_is_no_indicators",
    ],
    "K11 totals, merged cells, places": [
        "test_odd_tables.test_a_row_of_this_name_is_a_total_however_full_it_is",
        "test_odd_tables.test_the_places_of_a_note_are_found_however_they_are_listed",
    ],
    "K12 errors and formulas": [
        "test_odd_containers.test_an_error_of_an_xlsx_is_an_error",
        "test_odd_containers.test_an_error_of_an_ods_is_an_error_however_it_is_marked",
        "test_odd_containers.test_a_formula_that_a_program_never_calculated_has_no_value_in_an_xls",
        "test_odd_containers.test_a_formula_of_an_xls_that_may_give_an_empty_text_has_given_it",
    ],
    "K13 what should be read": [
        "test_spans.test_a_week_is_read_in_every_usual_writing",
        "test_quantities.test_amounts_bear_their_currency_on_either_side",
        "test_dates.test_moments_bear_their_half_of_the_day",
        "test_identifiers.test_words_beside_a_phone_number_do_not_unmake_it",
        "test_places.test_a_province_is_found_by_name_and_alias",
    ],
    "K14 workbooks that Excel opens": ["test_odd_containers.OPENED", "test_odd_containers.FORMATS"],
    "K15 mail": [
        "test_locations.ATTACHED",
        "test_locations.UNOPENED",
        "test_locations.test_a_zip_that_cannot_be_opened_is_taken_as_it_is",
    ],
    "K16 sent again": ["test_sent_again.LANDED", "test_sent_again.FETCHED"],
}


def _length(name: str) -> int:
    """Rows of a table, or cases of a test."""
    module, _, what = name.partition(".")
    found = getattr(importlib.import_module(module), what)
    if not callable(found):
        return len(found)
    marks: Iterable[Any] = getattr(found, "pytestmark", ())
    return math.prod(len(list(mark.args[1])) for mark in marks if mark.name == "parametrize")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_shown_by_thirty_spellings_or_layouts(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "domain")
    assert sum(map(_length, KINDS[kind])) >= 30
