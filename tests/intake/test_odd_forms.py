"""Forms as offices really write them: letterheads with dates, headers of many rows, periods in words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from loading import HEADER, declared, form, held, rows, send, workbook
from sqlalchemy import Engine
from taking_in import MOMENT

from lensan.domain import periods
from lensan.figures import measuring

VALUES = {
    "I": (2, None, 9, None),
    "II.1": (7, None, 35, None),
    "II.3": (4, None, 40, None),
    "III.1": (5, 1, 125, 34),
    "III.4": (1, None, 3, None),
    "III.6": (2, None, 6, None),
}


def month_form(lines: Sequence[Any]) -> tuple[str, list[list[Any]]]:
    name, table = form()
    table = [
        [cell.replace("tuần", "tháng") if isinstance(cell, str) else cell for cell in row]
        for row in table
    ]
    table[3:5] = [[line] for line in lines]
    return name, table


def submission(engine: Engine) -> tuple[Any, ...]:
    (row,) = rows(
        engine, "select unit_code, report_kind, period_start, period_end from core.submission"
    )
    return tuple(row.values())


@pytest.mark.parametrize(
    "span",
    [
        "Từ ngày 11/11/2021 đến ngày 17/11/2021",
        "từ 11/11 đến 17/11/2021",
        "Từ ngày 11 tháng 11 năm 2021 đến ngày 17 tháng 11 năm 2021",
        "Từ ngày 11 tháng 11 đến ngày 17 tháng 11 năm 2021",
        "từ 0h00 ngày 11/11/2021 đến 24h00 ngày 17/11/2021",
        "Từ thứ Năm ngày 11/11/2021 đến hết thứ Tư ngày 17/11/2021",
        "Tuần từ 11-11-2021 đến 17-11-2021",
        "Thời gian: 11.11.2021 – 17.11.2021",
        "(Từ ngày 11/11/2021\nđến ngày 17/11/2021)",
        "Tõ ngµy 11/11/2021 ®Õn ngµy 17/11/2021",
    ],
)
def test_a_week_is_read_however_it_is_written(
    span: str, tmp_path: Path, warehouse_engine: Engine
) -> None:
    outcome = send(
        warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([form(span=span)])
    )
    assert (outcome.status, outcome.reason) == ("loaded", None)
    assert submission(warehouse_engine) == ("193", "week", date(2021, 11, 11), date(2021, 11, 18))


def test_a_week_over_new_year_may_say_the_year_once(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = workbook([form(span="Từ ngày 30/12 đến ngày 05/01/2022")])
    outcome = send(warehouse_engine, tmp_path, "ha-long/bc_20220106.xlsx", book)
    assert (outcome.status, outcome.reason) == ("loaded", None)
    assert submission(warehouse_engine) == ("193", "week", date(2021, 12, 30), date(2022, 1, 6))


@pytest.mark.parametrize(
    "lines",
    [
        ["BÁO CÁO THÁNG", "(Tháng 11/2021)"],
        ["Hạ Long, ngày 02 tháng 12 năm 2021", "BÁO CÁO THÁNG 11 NĂM 2021"],
        ["Hạ Long, ngày 02/12/2021", "BÁO CÁO THÁNG 11/2021"],
        ["BÁO CÁO", "từ ngày 01/11/2021 đến ngày 30/11/2021"],
        ["(Kèm theo Công văn số 12 ngày 02 tháng 12 năm 2021)", "Kết quả tháng 11-2021"],
    ],
)
def test_a_month_is_the_reports_not_the_letters(
    lines: list[str], tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = workbook([month_form(lines)])
    outcome = send(warehouse_engine, tmp_path, "ha-long/bc-thang_20211202.xlsx", book)
    assert (outcome.status, outcome.reason) == ("loaded", None)
    assert submission(warehouse_engine) == ("193", "month", date(2021, 11, 1), date(2021, 12, 1))


@pytest.mark.parametrize(
    "line",
    [
        "Tháng 10 và tháng 11/2021",
        "BÁO CÁO THÁNG 10 - THÁNG 11 NĂM 2021",
        "Tháng 10/2021, tháng 11/2021",
    ],
)
def test_a_heading_of_two_months_names_neither(
    line: str, tmp_path: Path, warehouse_engine: Engine
) -> None:
    book = workbook([month_form(["BÁO CÁO", line])])
    outcome = send(warehouse_engine, tmp_path, "ha-long/bc-thang_20211202.xlsx", book)
    assert outcome.status == "rejected"
    assert "Không tìm thấy tháng báo cáo" in (outcome.reason or "")


@pytest.mark.parametrize(("unit", "tonnes"), [("kg", 1.5), ("Tạ", 150), ("Nghìn tấn", 1_500_000)])
def test_the_forms_own_column_of_units_converts_and_says_so(
    unit: str, tonnes: float, tmp_path: Path, warehouse_engine: Engine
) -> None:
    name, table = form()
    table.insert(-5, ["2", "Sản lượng nông sản tiêu thụ qua sàn", unit, 1500, None, 2500])
    outcome = send(
        warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([(name, table)])
    )
    assert outcome.status == "loaded"
    assert float(declared(warehouse_engine)["III.2"][0]) == tonnes
    told = rows(warehouse_engine, "select field from ops.row_warning where rule = 'unit_converted'")
    assert len(told) == 2


def test_half_a_month_is_no_month(tmp_path: Path, warehouse_engine: Engine) -> None:
    book = workbook([month_form(["BÁO CÁO", "từ ngày 01/11/2021 đến ngày 15/11/2021"])])
    outcome = send(warehouse_engine, tmp_path, "ha-long/bc-thang_20211202.xlsx", book)
    assert outcome.status == "rejected"
    assert "01/11/2021 đến ngày 30/11/2021" in (outcome.reason or "")


def test_the_place_of_a_letters_date_is_no_sender(tmp_path: Path, warehouse_engine: Engine) -> None:
    name, table = form(unit="BƯU ĐIỆN TỈNH QUẢNG NINH")
    table[2] = [None, None, None, None, "Hạ Long, ngày 18 tháng 11 năm 2021"]
    outcome = send(
        warehouse_engine, tmp_path, "buu-dien-tinh/bc_20211118.xlsx", workbook([(name, table)])
    )
    assert (outcome.status, outcome.reason) == ("loaded", None)


def header_variants() -> dict[str, tuple[list[list[Any]], int]]:
    one = list(HEADER)
    under = [None, None, None, "(Số lượng)", "(%)", "(Số lượng)", "(%)", None]
    upper = ["TT", "Chỉ tiêu", "Đơn vị tính", "Kết quả", None, "Kết quả", None, "Ghi chú"]
    lower = [
        None,
        None,
        None,
        "Chỉ tiêu đạt được trong tuần",
        "Tăng trưởng so với tuần trước (%)",
        "Lũy kế đến hiện tại",
        "Tỉ lệ hoàn thành",
        None,
    ]
    three = [
        ["TT", "Chỉ tiêu", "Đơn vị tính", "Kết quả thực hiện", None, None, None, "Ghi chú"],
        [None, None, None, "Số lượng", "Số lượng", "Tỷ lệ", "Tỷ lệ", None],
        [None, None, None, "Trong tuần", "Tăng trưởng", "Lũy kế đến nay", "Tỷ lệ hoàn thành", None],
    ]
    return {
        "quantity below": [one, under],
        "quantity below and numbered": [
            one,
            under,
            ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
        ],
        "upper and lower": [upper, lower],
        "three rows": three,
        "letters and numbers": [one, ["A", "B", "C", 1, 2, 3, 4, 5]],
        "capitals and slips": [
            [c.upper().replace("Ũ", "Ư") if isinstance(c, str) else c for c in one]
        ],
        "repeated": [one, one],
    }


@pytest.mark.parametrize("variant", header_variants())
def test_a_header_may_have_many_rows(
    variant: str, tmp_path: Path, warehouse_engine: Engine
) -> None:
    name, table = form()
    table[6:7] = header_variants()[variant]
    outcome = send(
        warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([(name, table)])
    )
    assert (outcome.status, outcome.reason, held(warehouse_engine)) == ("loaded", None, [])
    assert declared(warehouse_engine) == VALUES


def test_blank_columns_and_repeated_texts_of_merged_cells_change_nothing(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    name, table = form()
    wide = []
    for row in table:
        filled = [cell for cell in row if cell is not None]
        if len(filled) == 1:
            row = [None] + filled * 8
        elif len(row) > 1 and row[0] == "II":
            row = ["II"] + [row[1]] * 7
        spread: list[Any] = [None, None]
        for cell in row:
            spread += [cell, None]
        wide += [spread, []]
    outcome = send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([(name, wide)]))
    assert (outcome.status, outcome.reason, held(warehouse_engine)) == ("loaded", None, [])
    assert declared(warehouse_engine) == VALUES


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("1. Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn", "II.3"),
        ("II.3 Số hộ SXNN có tài khoản bán hàng, gian hàng trên sàn:", "II.3"),
        ("- Số hộ SXNN có tài khoản bán hàng / gian hàng trên sàn (*)", "II.3"),
        ("Số hộ SXNN có tài khoản/gian hàng trên sàn", "II.3"),
        ("SỐ HỘ SXNN CÓ TÀI KHOẢN BÁN HÀNG/GIAN HÀNG TRÊN SÀN", "II.3"),
        ("Sè hé SXNN cã tµi kho¶n b¸n hµng/gian hµng trªn sµn", "II.3"),
        ("Soá hoä SXNN coù taøi khoaûn baùn haøng/gian haøng treân saøn", "II.3"),
        ("Số hộ SXNN có tài khoản trên sàn", None),
        ("Số hộ SXNN", None),
        ("Số thị trường đã tiêu thụ", None),
    ],
)
def test_a_label_is_its_indicators_or_nobodys(
    label: str, code: str | None, tmp_path: Path, warehouse_engine: Engine
) -> None:
    name, table = form()
    table[10][1] = label
    send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([(name, table)]))
    found = declared(warehouse_engine)
    assert ("II.3" in found) == (code == "II.3")
    assert [h[3] for h in held(warehouse_engine)] == ([] if code else ["unknown_label"])


def test_what_a_note_says_of_all_time_is_not_of_this_week(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    note = (
        "Danh sách các tỉnh thành:\n- Miền Bắc: Hà Nội\n- Miền Trung:\n- Miền Nam:\n"
        "(Lũy kế: Miền Bắc: Hà Nội, Hải Phòng; Miền Nam: Cần Thơ)"
    )
    send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([form(note=note)]))
    (row,) = rows(
        warehouse_engine, "select places from core.submission_value where indicator_code = 'III.6'"
    )
    assert row["places"] == ["01"]


def test_the_lists_of_a_months_weekly_forms_stand_in_its_note(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", workbook([form()]))
    figures = {
        (f.unit, f.indicator): f
        for f in measuring.compute(
            warehouse_engine, periods.parse("month", "2021-11"), moment=MOMENT
        )
    }
    for unit in ("22", "193"):
        note = figures[unit, "III.6"].note or ""
        assert "- Miền Bắc: Hà Nội, Hải Phòng" in note
        assert "- Miền Nam: Hồ Chí Minh" in note
    assert figures["22", "III.6"].in_period == 3


def test_one_workbook_may_hold_all_an_office_has(tmp_path: Path, warehouse_engine: Engine) -> None:
    """Two forms and two lists on one sheet, one below the other, and a copy of the last week hidden."""
    name, table = form()
    _, before = form(span="Từ ngày 04/11/2021 đến ngày 10/11/2021", values=((1, 7), (None, None), (5, 28), (3, 36), ("4", "120"), (0, 2), (1, 4)))  # fmt: skip
    people = [
        ["STT", "Họ tên", "Số giấy tờ", "Xã/Phường", "Nội dung", "Ngày", "Đơn vị tổ chức"],
        [1, "Nguyễn Văn An", "022000000001", "Hồng Gai", "Kỹ năng số", "12/11/2021", "Bưu điện"],
    ]
    base = [["Chỉ tiêu nền", "Năm", "Giá trị"], ["Tổng số hộ SXNN", 2021, "1.489"]]
    book = workbook([(name, [*table, [], *before, [], *people, [], *base])])
    outcome = send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", book)
    assert (outcome.status, outcome.reason, held(warehouse_engine)) == ("loaded", None, [])
    found = rows(
        warehouse_engine,
        "select period_start::text, count(*) as values from core.submission "
        "join core.submission_value using (submission_id) group by 1 order by 1",
    )
    assert [tuple(row.values()) for row in found] == [("2021-11-04", 6), ("2021-11-11", 6)]
    assert len(rows(warehouse_engine, "select * from core.training")) == 1
    assert len(rows(warehouse_engine, "select * from core.base")) == 1


def test_of_two_forms_of_a_week_the_one_in_sight_stands(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    old = form(values=((1, 8), (None, None), (7, 35), (4, 40), ("5/1", "125/34"), (1, 3), (2, 6)))
    book = openpyxl.load_workbook(io.BytesIO(workbook([form(), ("Bản cũ", old[1])])))
    book["Bản cũ"].sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    send(warehouse_engine, tmp_path, "ha-long/bc_20211118.xlsx", buffer.getvalue())
    assert declared(warehouse_engine) == VALUES


def test_a_form_of_another_unit_below_is_refused(tmp_path: Path, warehouse_engine: Engine) -> None:
    name, table = form()
    other = form(unit="UBND THÀNH PHỐ UÔNG BÍ")[1]
    outcome = send(
        warehouse_engine,
        tmp_path,
        "ha-long/bc_20211118.xlsx",
        workbook([(name, [*table, [], *other])]),
    )
    assert outcome.status == "rejected"
    assert "TP Uông Bí" in (outcome.reason or "")


def test_lists_alone_are_their_folders(tmp_path: Path, warehouse_engine: Engine) -> None:
    header = [
        ["STT", "Họ và tên", None, "Loại hinh", "Giấy tờ, liên hệ", None, "Xã /Phường"],
        [None, None, None, None, "Số giấy tờ", "Số điện thoai", None],
    ]
    header[0][1] = "Họ tên/ Tên cơ sở"
    people = [
        [
            1,
            "Nguyễn Văn An",
            None,
            "Hộ sản xuất nông nghiệp",
            "'022000000001",
            "0912.345.678",
            "P. Hồng Gai",
        ]
    ]
    book = workbook([("Danh sách", [["DANH SÁCH HỘ SXNN"], *header, *people])])
    outcome = send(warehouse_engine, tmp_path, "ha-long/danh-sach_20211118.xlsx", book)
    assert (outcome.status, outcome.reason, held(warehouse_engine)) == ("loaded", None, [])
    (row,) = rows(
        warehouse_engine, "select name, paper_number, phone, unit_code from core.registry"
    )
    assert tuple(row.values()) == ("Nguyễn Văn An", "022000000001", "0912345678", "193")
