"""Blank forms: what is typed into them goes in without a single warning."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from loading import put, rows
from sqlalchemy import Engine
from taking_in import take_in

from lensan.domain import contracts, periods, report_forms
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.intake import file_load, readers, recognise, recognise_form, sections
from lensan.intake.heading import period_of, read_heading, sender_in_path
from lensan.units import blank_forms, blank_lists, sent_file
from lensan.units.blank_forms import LastValue

WEEK = periods.week(date(2021, 11, 18))
NOVEMBER = periods.month(date(2021, 11, 1))
MOMENT = datetime(2021, 11, 17, 15, tzinfo=ICT)
LAST = {
    "II.3": LastValue(Decimal(35), None, date(2021, 11, 10)),
    "III.1": LastValue(Decimal(120), Decimal(33), date(2021, 11, 10)),
    "III.2": LastValue(Decimal("50.9"), None, date(2021, 11, 10)),
}
DECLARED: dict[str, tuple[Any, Any]] = {
    "I": (2, 9),
    "II.1": (7, 1042),
    "II.2": (0, 0),
    "II.3": (4, 39),
    "III.1": ("12/5", "132/38"),
    "III.2": (1.25, 52.15),
    "III.5": ("1/0", "2/1"),
    "III.6": (2, 6),
}
LISTS: dict[str, list[list[Any]]] = {
    "Danh sách tập huấn": [
        ["Nguyễn Văn An", "022000000001", "0912345678", "Hồng Gai", "Kỹ năng số", date(2021, 11, 12), "Phòng Kinh tế"],
        ["Trần Thị Bé", "022000000002", None, "Hồng Gai", "Đóng gói - kết nối - giao nhận", "12/11/2021", None],
    ],
    "Danh sách hộ SXNN": [
        ["Nguyễn Văn An", "Hộ SXNN", "022000000001", "0912345678", "Hồng Gai", "Chả mực", None],
        ["HTX Một", "HTX", "5700000001", None, "Hà Phong", "Rau", "VietGAP"],
    ],
    "Sản phẩm OCOP": [
        ["OCOP-QN-001", "Chả mực Hạ Long", "HTX Một", "5700000001", 4, date(2020, 12, 1), date(2023, 12, 1)],
    ],
    "Sản phẩm chủ lực": [["Chả mực", 2021, 12.5, None], ["Rươi", 2021, 1200, "VietGAP"]],
    "Số liệu nền": [["Tổng số hộ SXNN", 2021, 1489]],
}  # fmt: skip


def opened(book: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(book))


def row_of(sheet: Any, code: str) -> int:
    form = report_forms.form("month" if "III" in sheet.title and sheet.title.endswith("III") else "week")  # fmt: skip
    label = form.row(code).label
    return next(cell.row for cell in sheet["B"] if cell.value == label)


def fill(
    book: bytes,
    declared: dict[str, tuple[Any, Any]],
    lists: dict[str, list[list[Any]]] | None = None,
) -> bytes:
    """Type into the unlocked cells, as an officer can."""
    read = opened(book)
    sheet = read.worksheets[0]

    def put_in(cell: Any, value: Any) -> None:
        assert not cell.protection.locked, cell.coordinate
        cell.value = value

    for code, (now, total) in declared.items():
        put_in(sheet.cell(row_of(sheet, code), 4), now)
        put_in(sheet.cell(row_of(sheet, code), 6), total)
    if "III.6" in declared:
        put_in(
            sheet.cell(row_of(sheet, "III.6"), 8),
            "Danh sách các tỉnh thành: - Miền Bắc: Hà Nội, Hải Phòng",
        )
    for name, lines in (lists or {}).items():
        for at, line in enumerate(lines, blank_lists.LIST_HEAD + 2):
            for column, value in enumerate(line, 1):
                if value is not None:
                    put_in(read[name].cell(at, column), value)
    stream = io.BytesIO()
    read.save(stream)
    return stream.getvalue()


def send(
    engine: Engine, folder: Path, name: str, book: bytes, moment: datetime = MOMENT
) -> file_load.Outcome:
    root = put(folder / "landing", {f"districts/{name}": book})
    return take_in(engine, root, folder / "raw", moment=moment)[-1]


def assert_taken_in_without_a_word(engine: Engine, outcome: file_load.Outcome) -> None:
    assert (outcome.status, outcome.rows_quarantined) == ("loaded", 0), outcome
    assert rows(engine, "select * from ops.quarantine") == []
    assert rows(engine, "select * from ops.row_warning") == []


def declared_in(engine: Engine) -> dict[str, tuple[str | None, str | None]]:
    def shown(first: Any, second: Any) -> str | None:
        parts = [f"{part.normalize():f}" for part in (first, second) if part is not None]
        return "/".join(parts) or None

    return {
        r["indicator_code"]: (
            shown(r["in_period"], r["in_period_2"]),
            shown(r["cumulative"], r["cumulative_2"]),
        )
        for r in rows(
            engine,
            "select value.* from core.submission join core.submission_value as value using (submission_id)",
        )
    }


# ---------------------------------------------------------------- there and back


def test_a_filled_form_with_all_its_lists_goes_in_without_a_warning(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = fill(blank_forms.build("193", WEEK, LAST), DECLARED, LISTS)
    outcome = send(warehouse_engine, tmp_path, blank_forms.file_name("193", WEEK), book)
    assert_taken_in_without_a_word(warehouse_engine, outcome)
    assert_the_values_are_right(warehouse_engine)


def assert_the_values_are_right(engine: Engine) -> None:
    found = declared_in(engine)
    assert {code: found[code] for code in DECLARED} == {
        code: (str(now), str(total)) for code, (now, total) in DECLARED.items()
    }
    assert {found[code] for code in found if code not in DECLARED} == {(None, None)}
    (form,) = rows(engine, "select unit_code, period_start::text, period_end::text from core.submission")  # fmt: skip
    assert form == {"unit_code": "193", "period_start": "2021-11-11", "period_end": "2021-11-18"}
    assert rows(engine, "select places from core.submission_value where places is not null") == [
        {"places": ["01", "31"]}
    ]
    assert rows(engine, "select name, paper_number, phone from core.registry order by name") == [
        {"name": "HTX Một", "paper_number": "5700000001", "phone": None},
        {"name": "Nguyễn Văn An", "paper_number": "022000000001", "phone": "0912345678"},
    ]
    assert rows(engine, "select topic, held_on::text from core.training order by topic") == [
        {"topic": "digital_skills", "held_on": "2021-11-12"},
        {"topic": "packing", "held_on": "2021-11-12"},
    ]
    assert rows(engine, "select stars, expires_on::text from core.ocop") == [
        {"stars": 4, "expires_on": "2023-12-01"}
    ]
    planned = rows(engine, "select planned_tonnes from core.key_product order by 1")
    assert [float(row["planned_tonnes"]) for row in planned] == [12.5, 1200.0]
    assert rows(engine, "select value from core.base") == [{"value": 1489}]


def test_the_months_form_goes_in_with_section_iv(tmp_path: Path, warehouse_engine: Engine) -> None:
    book = fill(blank_forms.build("206", NOVEMBER, {}), {"II.3": (4, 39), "IV.1": ("5/1", "9/2")})
    name = blank_forms.file_name("206", NOVEMBER)
    outcome = send(warehouse_engine, tmp_path, name, book)
    assert_taken_in_without_a_word(warehouse_engine, outcome)
    found = declared_in(warehouse_engine)
    assert (found["II.3"], found["IV.1"]) == (("4", "39"), ("5/1", "9/2"))


def test_an_untouched_form_goes_in_and_declares_nothing(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = blank_forms.build("193", WEEK, LAST)
    outcome = send(warehouse_engine, tmp_path, blank_forms.file_name("193", WEEK), book)
    assert_taken_in_without_a_word(warehouse_engine, outcome)
    assert set(declared_in(warehouse_engine).values()) == {(None, None)}


@pytest.mark.parametrize("period", [WEEK, NOVEMBER], ids=str)
def test_each_units_form_is_recognised_as_its_own(period: periods.Period, tmp_path: Path) -> None:
    contract = contracts.contract("districts")
    codes = blank_forms.unit_codes(period)
    assert len(codes) == 13
    for code in codes:
        name = blank_forms.file_name(code, period)
        assert sender_in_path(name, places(), contract) == [code]
        path = tmp_path / name
        path.write_bytes(blank_forms.build(code, period, LAST))
        first, *lists = readers.open_document(path, name=name).tables
        found = recognise_form.find(list(first.rows))
        assert found is not None
        heading = read_heading(
            recognise_form.heading_lines(list(first.rows)[: found[0]]), places(), contract
        )
        assert heading.senders == (code,)
        assert period_of(heading, found[1].kind) == period
        entities = []
        for table in lists:
            layouts = [recognise.list_layout(contract, row.cells) for row in table.rows]
            entities += [layout.entity.name for layout in layouts if layout]
        assert sorted(entities) == sorted(entity.name for entity in contract.entities)


# ---------------------------------------------------------------- what the officer sees


def test_the_last_accepted_cumulative_stands_beside_the_form(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    before = WEEK.previous()
    book = fill(blank_forms.build("193", before, {}), DECLARED)
    send(warehouse_engine, tmp_path, blank_forms.file_name("193", before), book)
    (name, made), *more = blank_forms.build_all(warehouse_engine, WEEK, ["193"]).items()
    assert (name, more) == ("bieu-mau-tuan-2021-11-18-ha-long.xlsx", [])
    sheet = opened(made).worksheets[0]
    at = {code: row_of(sheet, code) for code in DECLARED}
    assert {code: sheet.cell(at[code], 10).value for code in DECLARED} == {
        code: total for code, (_, total) in DECLARED.items()
    }
    assert sheet.cell(at["II.3"], 11).value == f"=J{at['II.3']}+IF(ISNUMBER(D{at['II.3']}),D{at['II.3']},0)"  # fmt: skip
    assert not str(sheet.cell(at["III.6"], 11).value).startswith("="), (
        "distinct markets have no sum"
    )
    assert str(sheet.cell(at["III.1"], 11).value).startswith("=IFERROR(")
    assert "đến hết ngày 10/11/2021" in sheet.cell(at["I"] - 1, 10).value
    assert sheet.cell(at["II.3"], 10).protection.locked


def test_another_units_or_kinds_cumulative_is_not_taken(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = fill(blank_forms.build("193", WEEK, {}), DECLARED)
    send(warehouse_engine, tmp_path, blank_forms.file_name("193", WEEK), book)
    assert blank_forms.last_values(warehouse_engine, "194", WEEK.next()) == {}
    assert blank_forms.last_values(warehouse_engine, "193", WEEK) == {}
    assert blank_forms.last_values(warehouse_engine, "193", NOVEMBER.next()) == {}
    assert blank_forms.last_values(warehouse_engine, "193", WEEK.next())["II.3"] == LastValue(
        Decimal(39), None, date(2021, 11, 17)
    )


def test_what_must_not_be_typed_over_is_protected_without_a_password() -> None:
    read = opened(blank_forms.build("193", WEEK, LAST))
    for sheet in read.worksheets:
        assert sheet.protection.sheet
        assert not sheet.protection.password
    form = read.worksheets[0]
    for row in form.iter_rows(max_row=8, max_col=8):
        assert all(cell.protection.locked for cell in row)
    for code in DECLARED:
        at = row_of(form, code)
        locked = [form.cell(at, column).protection.locked for column in range(1, 9)]
        assert locked == [True, True, True, False, False, False, False, False]
    for sheet in read.worksheets[1:-1]:
        header = sheet[blank_lists.LIST_HEAD + 1]
        assert all(cell.protection.locked for cell in header)


def test_an_empty_list_prints_no_lines_and_a_filled_row_does() -> None:
    read = opened(blank_forms.build("193", WEEK, LAST))
    for sheet in read.worksheets[1:-1]:
        below = sheet.iter_rows(min_row=blank_lists.LIST_HEAD + 2)
        assert {cell.border.bottom.style for row in below for cell in row} == {None}
        assert not sheet.print_options.gridLines and sheet.sheet_view.showGridLines is None
        ((rule,),) = [each.rules for each in sheet.conditional_formatting]
        assert rule.formula[0].startswith("COUNTA($A5:") and rule.dxf.border.bottom.style == "thin"


def test_the_guide_tells_how_and_what_somebody_adds_to_it_is_not_passed_over_in_silence(
    tmp_path: Path,
) -> None:
    book = opened(blank_forms.build("193", WEEK, LAST))
    guide = book.worksheets[-1]
    assert guide["A1"].value == "HƯỚNG DẪN GHI BIỂU"
    told = " ".join(str(row[0].value) for row in guide.iter_rows())
    assert "Để trống cột tăng trưởng và cột tỉ lệ hoàn thành" in told
    computed = [
        rule.prompt
        for rule in book.worksheets[0].data_validations.dataValidation
        if rule.promptTitle == "Không cần ghi"
    ]
    assert set(computed) == {"Sở tính từ số trong kỳ, lũy kế và số liệu nền."}

    def passed_over(name: str) -> tuple[str, ...]:
        book.save(tmp_path / name)
        document = readers.open_document(tmp_path / name, name=name)
        return sections.of_document(document, sent_file.contract()).ignored_sheets

    assert passed_over("untouched.xlsx") == ()
    guide["A20"] = "Xã chúng tôi chưa có máy tính."
    assert passed_over("written-on.xlsx") == ("Hướng dẫn",)


def test_numbers_dates_and_words_are_validated_in_vietnamese() -> None:
    read = opened(blank_forms.build("193", WEEK, LAST))
    form, training = read.worksheets[0], read["Danh sách tập huấn"]
    kinds = {}
    for rule in form.data_validations.dataValidation:
        for area in rule.sqref.ranges:
            kinds[area.coord] = rule
    assert kinds[f"D{row_of(form, 'II.3')}"].type == "whole"
    assert kinds[f"D{row_of(form, 'II.3')}"].operator == "greaterThanOrEqual"
    assert kinds[f"F{row_of(form, 'III.2')}"].type == "decimal"
    assert kinds[f"D{row_of(form, 'III.1')}"].type == "custom"
    assert "số nguyên" in kinds[f"D{row_of(form, 'II.3')}"].error
    choices = {rule.formula1 for rule in training.data_validations.dataValidation}
    assert '"Kỹ năng số,Đóng gói - kết nối - giao nhận"' in choices
    registry = {r.formula1 for r in read["Danh sách hộ SXNN"].data_validations.dataValidation}
    assert '"Hộ SXNN,Hộ kinh doanh,HTX,THT,Doanh nghiệp"' in registry
    stars = {r.formula1 for r in read["Sản phẩm OCOP"].data_validations.dataValidation}
    assert '"1,2,3,4,5"' in stars


def test_the_same_form_has_the_same_bytes_on_another_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import time

    first = blank_forms.build("193", WEEK, LAST)
    honest = time.time
    monkeypatch.setattr(time, "time", lambda: honest() + timedelta(days=400).total_seconds())
    assert blank_forms.build("193", WEEK, LAST) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert b"2021-11-1" in archive.read("docProps/core.xml")


def test_a_unit_that_does_not_report_then_is_refused(warehouse_engine: Engine) -> None:
    with pytest.raises(KeyError, match="no unit 999"):
        blank_forms.build_all(warehouse_engine, WEEK, ["999"])
    week = periods.week(date(2025, 7, 3))
    assert len(blank_forms.unit_codes(week)) == 54
    with pytest.raises(KeyError, match="no unit 193"):
        blank_forms.build_all(warehouse_engine, week, ["193"])


@pytest.mark.parametrize(
    ("unit", "week", "code"),
    [
        ("UBND phường Hạ Long", "từ ngày 26/06/2025 đến ngày 02/07/2025", "06688"),
        ("Đơn vị báo cáo: Hạ Long", "từ ngày 26/06/2025 đến ngày 02/07/2025", "06688"),
        ("Đơn vị báo cáo: Hạ Long", "từ ngày 19/06/2025 đến ngày 25/06/2025", "193"),
        ("ĐẶC KHU CÔ TÔ", "từ ngày 19/11/2026 đến ngày 25/11/2026", "07192"),
        ("Huyện Cô Tô", "từ ngày 19/11/2026 đến ngày 25/11/2026", "207"),
    ],
)
def test_a_form_is_of_the_unit_so_called_in_its_period(unit: str, week: str, code: str) -> None:
    assert read_heading([unit, week], places(), sent_file.contract()).senders == (code,)


def test_the_command_writes_a_form_a_unit(
    tmp_path: Path, warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from lensan.cli import app

    monkeypatch.setenv("WAREHOUSE_URL", warehouse_engine.url.render_as_string(hide_password=False))
    run: Callable[..., Any] = CliRunner().invoke
    result = run(app, ["forms", "2021-11-18", "--out", str(tmp_path / "forms")])
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "forms").glob("*.xlsx"))) == 13
    result = run(app, ["forms", "--month", "2021-11", "--unit", "193", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "bieu-mau-thang-2021-11-ha-long.xlsx").exists()
    assert run(app, ["forms", "2021-11-17"]).exit_code == 2
