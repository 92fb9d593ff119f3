"""Workbook, PDF, mail and figures.json say what the report says, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from typing import Any

import openpyxl
import pytest
import reporting_case
from openpyxl.worksheet.worksheet import Worksheet

from lensan.domain import periods, report_forms
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT
from lensan.domain.report_model import Report, SheetTable
from lensan.mail import report_mail
from lensan.reports import (
    figures_json,
    fitting,
    rendering,
    weighing,
    wording,
    workbook,
)
from lensan.reports import (
    pdf as document,
)

COLUMNS = [
    "TT",
    "Chỉ tiêu",
    "Đơn vị tính",
    "Chỉ tiêu đạt được trong tuần (Số lượng)",
    "Tăng trưởng so với tuần trước (%)",
    "Chỉ tiêu đạt được lũy kế đến hiện tại (Số lượng)",
    "Tỉ lệ hoàn thành chỉ tiêu đến thời điểm hiện tại (%)",
    "Ghi chú thông tin bổ sung",
]
WEEK_TT = ["I", "II", 1, 2, 3, 4, "III", 1, 2, 3, 4, 5, 6, 7]
KINDS = ("week", "month")


def opened(report: Report) -> openpyxl.Workbook:
    content = workbook.build(report, report_forms.form(report.period.kind))
    return openpyxl.load_workbook(io.BytesIO(content))


def header_row(sheet: Worksheet) -> int:
    return next(row for row in range(1, 30) if sheet.cell(row, 1).value == "TT")


def form_lines(report: Report) -> dict[str, list[Any]]:
    """Indicator → the eight cells of its row on the first sheet."""
    sheet = opened(report).worksheets[0]
    codes, section = {}, ""
    for row in range(header_row(sheet) + 1, sheet.max_row + 1):
        if sheet.cell(row, 1).value == "Nơi nhận:":
            break
        cells = [sheet.cell(row, column).value for column in range(1, 9)]
        if isinstance(cells[0], str):
            section = cells[0]
        if cells[2] is not None:
            codes[section if isinstance(cells[0], str) else f"{section}.{cells[0]}"] = cells
    return codes


def texts(sheet: Worksheet) -> str:
    return "\n".join(
        str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    )


# ---------------------------------------------------------------- the official form


def test_the_weekly_form_has_the_plans_columns_and_rows_letter_for_letter() -> None:
    sheet = opened(reporting_case.make()).worksheets[0]
    at = header_row(sheet)
    assert sheet.title == "Phụ lục II"
    assert [sheet.cell(at, column).value for column in range(1, 9)] == COLUMNS
    assert [sheet.cell(at + i, 1).value for i in range(1, 15)] == WEEK_TT
    assert sheet.cell(at + 2, 2).value == "Chỉ tiêu hỗ trợ đưa hộ SXNN lên sàn TMĐT"
    assert sheet.cell(at + 15, 1).value is None


def test_the_monthly_form_says_month_and_carries_section_iv() -> None:
    sheet = opened(reporting_case.make("month")).worksheets[0]
    at = header_row(sheet)
    headers = [sheet.cell(at, column).value for column in range(1, 9)]
    assert sheet.title == "Phụ lục III"
    assert headers == [text.replace("tuần", "tháng") for text in COLUMNS]
    assert [sheet.cell(at + i, 1).value for i in range(1, 21)] == [*WEEK_TT, "IV", 1, 2, 3, 4, 5]
    assert "(Tháng 11/2021)" in texts(sheet)


@pytest.mark.parametrize("kind", KINDS)
def test_each_cell_of_the_form_is_the_figure_of_the_province(kind: str) -> None:
    report = reporting_case.make(kind)
    lines = form_lines(report)
    assert list(lines) == list(report_forms.form(kind).indicator_codes)
    for row in report_forms.form(kind).lines:
        figure = report.figure(PROVINCE, str(row.indicator))
        _, label, unit, in_period, growth, cumulative, completion, note = lines[str(row.indicator)]
        assert (label, unit, note) == (row.label, row.unit_of_measure, figure.note)
        if row.parts == 2:
            assert in_period == f"{figure.in_period}/{figure.in_period_2}"
            assert cumulative == f"{figure.cumulative}/{figure.cumulative_2}"
        else:
            assert in_period == pytest.approx(float(figure.in_period or 0))
            assert cumulative == pytest.approx(float(figure.cumulative or 0))
        for cell, value in ((growth, figure.growth_pct), (completion, figure.completion_pct)):
            assert cell is None if value is None else cell == pytest.approx(float(value))


def test_numbers_are_numbers_with_their_decimals() -> None:
    sheet = opened(reporting_case.make()).worksheets[0]
    at = header_row(sheet)
    tonnes, growth, count = sheet.cell(at + 9, 4), sheet.cell(at + 9, 5), sheet.cell(at + 3, 6)
    assert [cell.data_type for cell in (tonnes, growth, count)] == ["n", "n", "n"]
    assert not any(cell.is_date for cell in (tonnes, growth, count))
    assert [cell.number_format.partition("]")[2] for cell in (tonnes, growth, count)] == [
        "#,##0.000",
        "#,##0.0",
        "#,##0",
    ]


def test_what_is_not_known_is_blank_and_not_zero() -> None:
    report = reporting_case.make()
    blank = [
        replace(
            figure,
            in_period=None,
            in_period_2=None,
            growth_pct=None,
            completion_pct=None,
            note=None,
        )
        for figure in report.figures
    ]
    for cells in form_lines(replace(report, figures=tuple(blank))).values():
        assert [cells[3], cells[4], cells[6], cells[7]] == [None, None, None, None]


def test_an_unknown_second_part_prints_a_dash() -> None:
    assert wording.parts(Decimal(125), Decimal(34)) == "125/34"
    assert wording.parts(Decimal(125), None) == "125/-"
    assert wording.parts(None, None) == ""
    assert wording.parts(Decimal("1E+2"), Decimal("34.00")) == "100/34"


def test_numbers_as_text_have_vietnamese_separators() -> None:
    assert wording.number(Decimal("1234567.8"), 3) == "1.234.567,800"
    assert wording.number(Decimal("-14.65"), 1) == "-14,7"
    assert wording.number(None, 1) == ""


def test_the_span_names_the_first_and_the_last_day() -> None:
    assert "(Từ ngày 11/11/2021 đến ngày 17/11/2021)" in texts(
        opened(reporting_case.make()).worksheets[0]
    )


def test_letterhead_title_and_signatures_stand_around_the_table() -> None:
    sheet = opened(reporting_case.make()).worksheets[0]
    at = header_row(sheet)
    head = [cell.value for row in sheet.iter_rows(max_row=at - 1) for cell in row if cell.value]
    assert head[:7] == [
        "UBND TỈNH QUẢNG NINH",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "SỞ THÔNG TIN VÀ TRUYỀN THÔNG",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: ……/BC-STTTT",
        "Quảng Ninh, ngày 18 tháng 11 năm 2021",
        "BÁO CÁO TUẦN",
    ]
    foot = [cell.value for row in sheet.iter_rows(min_row=at + 15) for cell in row if cell.value]
    assert foot == [
        "Nơi nhận:",
        "NGƯỜI LẬP BIỂU",
        "GIÁM ĐỐC",
        "- Ủy ban nhân dân tỉnh (b/c);",
        "(Ký, ghi rõ họ tên)",
        "(Ký tên, đóng dấu)",
        "- Các sở, ngành thực hiện Kế hoạch;",
        "- UBND các huyện, thị xã, thành phố;",
        "- Lưu: VT.",
    ]


def test_a_correction_says_so_and_leaves_its_date_open() -> None:
    printed = texts(opened(reporting_case.make(revision=2)).worksheets[0])
    assert "BÁO CÁO TUẦN (ĐIỀU CHỈNH LẦN 2)" in printed
    assert "ngày 18 tháng 11" not in printed


def test_a_day_below_ten_and_a_month_below_three_bear_a_zero() -> None:
    report = Report(periods.week(date(2022, 2, 3)), 0, (), ())
    assert wording.place_and_date(report) == "Quảng Ninh, ngày 03 tháng 02 năm 2022"
    report = Report(periods.week(date(2022, 3, 3)), 0, (), ())
    assert wording.place_and_date(report) == "Quảng Ninh, ngày 03 tháng 3 năm 2022"


@pytest.mark.parametrize("kind", KINDS)
def test_every_sheet_prints_on_a4_one_page_wide_and_the_form_as_it_is_signed(kind: str) -> None:
    form, *others = opened(reporting_case.make(kind))
    assert form.page_setup.orientation == "landscape"
    assert form.page_margins.left * 25.4 == pytest.approx(30, abs=0.1)
    for sheet in (form, *others):
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        # A width that is not given is one page.
        assert (sheet.page_setup.fitToWidth or 1) == 1
        assert sheet.print_area
    assert all(sheet.print_title_rows for sheet in others)


def test_the_header_row_repeats_on_every_page() -> None:
    sheet = opened(reporting_case.make()).worksheets[0]
    assert sheet.print_title_rows == f"${header_row(sheet)}:${header_row(sheet)}"


def test_every_written_cell_of_the_form_is_in_times_new_roman() -> None:
    sheet = opened(reporting_case.make()).worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 100
    assert {cell.font.name for cell in cells} == {"Times New Roman"}


@pytest.mark.parametrize("notes", [reporting_case.LONG_NOTE, reporting_case.LONG_NOTE * 4])
def test_a_long_note_has_room_however_long_it_is(notes: str) -> None:
    sheet = opened(reporting_case.make(notes={"II.3": notes})).worksheets[0]
    row = header_row(sheet) + 5
    merged = [
        area for area in sheet.merged_cells.ranges if (row, 8) in area.top and area.size["rows"] > 1
    ]
    rows = range(row, row + (merged[0].size["rows"] if merged else 1))
    heights = [sheet.row_dimensions[number].height for number in rows]
    # Ten points, no more than 1.3 letters to a unit of the column's width.
    width = sheet.column_dimensions["H"].width
    lines = sum(math.ceil(len(line) / width / 1.3) for line in notes.split("\n"))
    assert sum(heights) > lines * 11.5
    assert max(heights) <= 409.5
    assert sheet.cell(row, 8).value == notes


def test_a_wider_text_needs_more_lines() -> None:
    assert fitting.line_count("một hai ba", 200, 12) == 1
    assert fitting.line_count("một hai ba", 30, 12) == 3
    assert fitting.line_count("một\nhai", 200, 12) == 2
    assert fitting.line_count("W" * 100, 100, 12) >= 11


@pytest.mark.parametrize("case", [reporting_case.fullest, reporting_case.emptiest])
@pytest.mark.parametrize("kind", KINDS)
def test_the_form_is_signed_on_two_pages_however_much_its_notes_say(
    kind: str, case: Callable[[str], Report]
) -> None:
    report = case(kind)
    form = report_forms.form(kind)
    assert document.page_count(document.build(report, form)) == 2
    sheet = opened(report).worksheets[0]
    # One break, made by us, and the two pages as far as can be foreseen: LibreOffice has the last word.
    assert len(sheet.row_breaks.brk) == 1


def test_no_heading_is_the_last_row_of_a_page() -> None:
    rows, headings = [30.0] * 6, [False, True, False, True, False, False]
    ends = [
        weighing.page_end(rows, headings, head=0, header=0, foot=10, page=page)
        for page in (200.0, 151.0, 121.0, 100.0, 50.0)
    ]
    assert ends == [0, 5, 3, 3, None]


def test_the_wider_column_is_that_of_the_longer_texts() -> None:
    def share(label: str, note: str) -> float:
        row = weighing.Weighed(label, note)
        return weighing.label_share([row], 300, label_size=12, note_size=10)

    assert share("một hai " * 30, "x") > 0.5 > share("x", "một hai " * 30)


# ---------------------------------------------------------------- the sheets behind the form


def test_the_sheets_stand_in_the_order_of_the_spec() -> None:
    assert opened(reporting_case.make()).sheetnames == [
        "Phụ lục II",
        "Theo địa phương",
        "Tiến độ",
        "Nhịp độ",
        "Mùa vụ",
        "Đối chiếu",
        "Chất lượng dữ liệu",
        "Điều chỉnh",
        "Nguồn gốc",
    ]


def test_a_sheet_without_its_table_is_left_out() -> None:
    report = reporting_case.make()
    assert opened(replace(report, tables={})).sheetnames == ["Phụ lục II", "Theo địa phương"]


def test_a_table_without_rows_says_that_there_is_nothing() -> None:
    assert "Không có." in texts(opened(reporting_case.make())["Điều chỉnh"])


def test_the_units_sheet_shows_the_province_first_and_every_unit_three_times() -> None:
    report = reporting_case.make()
    sheet = opened(report)["Theo địa phương"]
    places = [sheet.cell(row, 1).value for row in range(6, sheet.max_row + 1)]
    expected = ["Toàn tỉnh", *(name for _, name in reporting_case.UNITS)]
    assert [place for place in places if place in expected] == expected * 3
    codes = [sheet.cell(3, column).value for column in range(2, 14)]
    assert codes == list(report_forms.form("week").indicator_codes)
    column = 2 + codes.index("II.3")
    ha_long = [
        row
        for row in range(6, sheet.max_row + 1)
        if sheet.cell(row, 1).value == "Thành phố Hạ Long"
    ]
    figure = report.figure("193", "II.3")
    assert [sheet.cell(row, column).value for row in ha_long] == [
        pytest.approx(float(value or 0))
        for value in (figure.in_period, figure.cumulative, figure.completion_pct)
    ]
    assert sheet.freeze_panes == "B5"


@pytest.mark.parametrize(
    ("completion", "sign"),
    [("100.0", "▲"), ("99.9", "●"), ("79.9", "○"), ("49.9", "▼"), ("0", "▼")],
)
def test_the_distance_to_the_target_is_readable_without_colours(completion: str, sign: str) -> None:
    report = reporting_case.make()
    figures = tuple(replace(f, completion_pct=Decimal(completion)) for f in report.figures)
    sheet = opened(replace(report, figures=figures))["Theo địa phương"]
    cell = next(
        sheet.cell(row, 2)
        for row in range(sheet.max_row, 1, -1)
        if sheet.cell(row, 1).value == "Toàn tỉnh"
    )
    assert cell.number_format == f'[$-42A]"{sign}" #,##0.0'
    assert cell.value == float(completion)


def test_progress_has_two_native_charts_for_each_indicator_with_a_target() -> None:
    report = reporting_case.make()
    content = workbook.build(report, report_forms.form("week"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 2 * 10 + 1  # and of the one product with an alert


def test_a_product_with_an_alert_has_a_chart_of_its_weeks_ahead() -> None:
    report = reporting_case.make()
    sheet = opened(report)["Mùa vụ"]
    (chart,) = sheet._charts
    assert chart.title.tx.rich.p[0].r[0].t == (
        "Na dai · Thị xã Đông Triều: cao điểm tuần từ 16/12, khả năng ùn ứ 72%, có thể dư 12,0 - 96,4 tấn"
    )
    drawn = {}
    for series in (*chart.series, *chart._charts[1].series):
        first, last = (sheet[cell] for cell in series.val.numRef.f.split("!")[1].split(":"))
        column, begin = first.column, first.row
        drawn[sheet.cell(begin - 1, column).value] = [
            sheet.cell(row, column).value for row in range(begin, last.row + 1)
        ]
    weeks = report.tables["season_weeks"].records()
    assert drawn["Thu hoạch"] == [float(week["harvested"]) for week in weeks]
    assert drawn["Sức tiêu thụ"] == [float(week["demand"]) for week in weeks]
    assert drawn["Bán qua sàn"] == [float(week["sold"]) for week in weeks]
    both = zip(drawn["Thu hoạch, thấp"], drawn["Khoảng 80%"], strict=True)
    assert [low + band for low, band in both] == [float(week["harvested_high"]) for week in weeks]
    assert [value for value in drawn["Cao điểm"] if value] == [40]
    assert len(weeks) == 8


def test_without_an_alert_there_is_no_chart_of_weeks() -> None:
    report = reporting_case.make()
    tables = {key: table for key, table in report.tables.items() if key != "season_weeks"}
    assert not opened(replace(report, tables=tables))["Mùa vụ"]._charts


@pytest.mark.parametrize("count", [13, 54, 130])
def test_the_reconciliation_has_a_line_for_each_unit_however_many_they_are(count: int) -> None:
    report = reporting_case.of_units(count)
    sheet = opened(report)["Đối chiếu"]
    names = [name for _, name in report.units]
    column = [sheet.cell(row, 1).value for row in range(4, sheet.max_row + 1)]
    whole = ["Toàn tỉnh", "Bưu điện tỉnh"]
    assert column == ["Địa phương", None, "Trong tuần", *whole, *names, "Lũy kế", *whole, *names]
    at = 4 + column.index(names[-1])
    # Indicator I: the platform's, what was declared, the difference; the platform's is official.
    assert [sheet.cell(at, c).value for c in (2, 3, 4)] == [3, 5, -2]
    assert [sheet.cell(at, c).font.bold for c in (2, 3, 4)] == [True, False, False]
    assert sheet.cell(4, 2).value == "I. Sản phẩm OCOP"
    assert [sheet.cell(5, c).value for c in (2, 3, 4)] == ["Sàn", "Báo cáo", "Lệch"]
    # One page is not written.
    assert (sheet.page_setup.fitToHeight or 1) <= {13: 1, 54: 2, 130: 5}[count]


def test_who_says_nothing_has_no_line_and_what_nobody_declares_no_column() -> None:
    sheet = opened(reporting_case.make())["Đối chiếu"]
    said = texts(sheet)
    assert "TP Hạ Long" not in said and said.count("Thành phố Hạ Long") == 2
    assert "Huyện Ba Chẽ" not in said
    assert [sheet.cell(4, column).value for column in range(2, 8)] == [
        "II.3. Gian hàng", None, None, "III.1. Sản phẩm trên sàn", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("count", [54, 130])
def test_many_units_are_read_measure_by_measure_and_only_the_farthest_drawn(count: int) -> None:
    book = opened(reporting_case.of_units(count))
    sheet = book["Theo địa phương"]
    breaks = [each.id for each in sheet.row_breaks.brk]
    titles = [
        row
        for row in range(1, sheet.max_row + 1)
        if str(sheet.cell(row, 1).value).startswith(("Chỉ tiêu đạt", "Tỉ lệ"))
    ]
    assert titles[0] == 5 and (count > 54 or breaks == [row - 1 for row in titles[1:]])
    assert sheet.page_setup.fitToHeight in (0, None)
    charts = book["Tiến độ"]._charts
    drawn = charts[1].series[0].val.numRef.f
    first, last = re.findall(r"\$(\d+)", drawn)
    assert int(last) - int(first) + 1 == 12
    title = charts[1].title.tx.rich.p[0].r[0].t
    assert title.endswith("12 nơi xa chỉ tiêu nhất")


def test_text_that_looks_like_a_formula_or_a_link_stays_text() -> None:
    report = reporting_case.make(notes={"II.3": '=cmd|" /C calc"!A0', "II.4": "http://example.vn"})
    content = workbook.build(report, report_forms.form("week"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [
            archive.read(name).decode() for name in archive.namelist() if "/worksheets/" in name
        ]
    assert not any(
        "<f>" in sheet or "<hyperlink" in sheet or "TargetMode" in sheet for sheet in sheets
    )
    assert form_lines(report)["II.3"][7] == '=cmd|" /C calc"!A0'


def test_codes_moments_and_two_part_values_are_written_for_readers() -> None:
    sheets = opened(reporting_case.make())
    assert "141/47" in texts(sheets["Đối chiếu"])
    assert "II.3. Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn" in texts(sheets["Nguồn gốc"])
    received = [
        cell.value
        for row in sheets["Chất lượng dữ liệu"].iter_rows()
        for cell in row
        if isinstance(cell.value, datetime)
    ]
    assert received[0] == datetime(2021, 11, 17, 15, 40)


def test_every_table_of_the_sheets_can_be_rendered_empty() -> None:
    report = reporting_case.make()
    empty = {key: SheetTable(table.columns, ()) for key, table in report.tables.items()}
    assert len(opened(replace(report, tables=empty)).sheetnames) == 9


# ---------------------------------------------------------------- the same bytes


def digests(kind: str) -> dict[str, str]:
    files = rendering.render(reporting_case.make(kind))
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def test_files_are_named_by_period_and_revision() -> None:
    assert list(rendering.render(reporting_case.make())) == [
        "bao-cao-tuan-2021-11-18.xlsx",
        "bao-cao-tuan-2021-11-18.pdf",
        "figures.json",
    ]
    assert list(rendering.render(reporting_case.make("month", revision=1))) == [
        "bao-cao-thang-2021-11-dc1.xlsx",
        "bao-cao-thang-2021-11-dc1.pdf",
        "figures-dc1.json",
    ]


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "4242"},
    ],
)
def test_a_report_has_the_same_bytes_in_another_zone_locale_and_hash_seed(
    elsewhere: dict[str, str],
) -> None:
    script = "import json, test_rendering as t; print(json.dumps([t.digests('week'), t.digests('month')]))"
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **elsewhere, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [digests("week"), digests("month")]


# ---------------------------------------------------------------- figures.json


def test_figures_json_lists_each_indicator_with_the_province_first() -> None:
    report = reporting_case.make()
    loaded = json.loads(figures_json.dump(report))
    assert (loaded["kind"], loaded["period"], loaded["revision"]) == ("week", "2021-11-18", 0)
    units = [PROVINCE, *(code for code, _ in reporting_case.UNITS)]
    assert [(f["indicator"], f["unit"]) for f in loaded["figures"]] == [
        (code, unit) for code in report_forms.form("week").indicator_codes for unit in units
    ]


def test_figures_json_writes_whole_numbers_without_a_point_and_null_where_blank() -> None:
    text = figures_json.dump(reporting_case.make()).decode()
    assert '"in_period": 91.018' in text
    assert '"in_period": 26,' in text
    assert '"in_period": null' in text
    assert "chưa báo cáo" in text
    assert not re.search(r"\d\.0[,\s]|NaN|Infinity|E\+", text)


def test_figures_json_gives_back_every_figure() -> None:
    report = reporting_case.make("month")
    loaded = figures_json.load(figures_json.dump(report))["figures"]
    assert len(loaded) == len(report.figures)
    for read in loaded:
        figure = report.figure(read["unit"], read["indicator"])
        assert read == {key: getattr(figure, key) for key in read}


# ---------------------------------------------------------------- PDF and mail


def test_the_pdf_prints_what_the_workbook_prints() -> None:
    report = reporting_case.make()
    rows = {}
    section = ""
    for row in document.content(report, report_forms.form("week"))["rows"]:
        section = row["tt"] if "heading" in row or row["is_section"] else section
        if "heading" not in row:
            rows[section if row["is_section"] else f"{section}.{row['tt']}"] = row
    assert rows["III.2"]["in_period"] == "91,018"
    assert rows["III.1"]["in_period"] == "78/13"
    assert rows["II.3"]["cumulative"] == "5.044"
    assert rows["III.6"]["completion"] == ""
    assert rows["III.6"]["note"] == reporting_case.LONG_NOTE
    assert list(rows) == list(report_forms.form("week").indicator_codes)


def test_every_letter_of_the_pdf_comes_from_the_fonts_shipped_with_the_project() -> None:
    pdf = document.build(reporting_case.make(), report_forms.form("week"))
    fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([A-Za-z-]+)", pdf))
    assert fonts == {b"LiberationSerif", b"LiberationSerif-Bold", b"LiberationSerif-Italic"}
    assert re.search(rb"/MediaBox\s*\[0 0 841\.\d+ 595\.\d+\]", pdf)


def mail() -> tuple[Any, dict[str, bytes]]:
    report = reporting_case.make()
    files = rendering.render(report)
    sent = report_mail.message(report, files).as_bytes(policy=policy.SMTP)
    return message_from_bytes(sent, policy=policy.default), files


def test_the_subject_names_the_last_day() -> None:
    assert mail()[0]["subject"] == (
        "[Báo cáo tuần] Kết quả đưa hộ SXNN lên sàn TMĐT – tuần đến hết ngày 17/11/2021"
    )


def test_attachments_arrive_with_their_names_types_and_bytes() -> None:
    received, files = mail()
    attached = {part.get_filename(): part for part in received.iter_attachments()}
    assert {name: part.get_content_type() for name, part in attached.items()} == {
        "bao-cao-tuan-2021-11-18.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "bao-cao-tuan-2021-11-18.pdf": "application/pdf",
    }
    assert all(part.get_content() == files[name] for name, part in attached.items())


def test_a_vietnamese_attachment_name_survives_the_way() -> None:
    report = reporting_case.make()
    name = "Báo cáo tuần của Sở – Quảng Ninh (điều chỉnh lần 1).xlsx"
    sent = report_mail.message(report, {name: b"x"}).as_bytes(policy=policy.SMTP)
    assert sent.isascii()
    received: Any = message_from_bytes(sent, policy=policy.default)
    assert [part.get_filename() for part in received.iter_attachments()] == [name]


def test_the_mail_has_a_plain_alternative_and_an_inline_chart() -> None:
    received, _ = mail()
    html = received.get_body(("html",)).get_content()
    plain = received.get_body(("plain",)).get_content()
    image = next(part for part in received.walk() if part.get_content_type() == "image/png")
    assert f"cid:{image['content-id'].strip('<>')}" in html
    assert image.get_content().startswith(b"\x89PNG")
    assert image.get_filename() is None  # what has a name is listed as an attachment
    for text in (html, plain):
        assert "Địa phương chưa gửi báo cáo tuần này:" in text
        assert "Huyện Ba Chẽ, Huyện Cô Tô." in text
        assert "91,018" in text
        assert "Từ ngày 11/11/2021 đến ngày 17/11/2021" in text


def test_what_grew_and_what_is_behind_are_named() -> None:
    report = reporting_case.make()
    figures = tuple(
        replace(
            f,
            growth_pct=Decimal("55.5") if f.indicator == "II.3" else Decimal("-1.0"),
            completion_pct=Decimal("12.5") if f.indicator == "III.4" else Decimal("100.0"),
        )
        for f in report.figures
    )
    facts = report_mail.content(replace(report, figures=figures), report_forms.form("week"))
    assert [row["code"] for row in facts["grew"]] == ["II.3"]
    assert len(facts["fell"]) == report_mail.MOST
    assert [row["code"] for row in facts["behind"]] == ["III.4"]


def test_a_mail_of_fifty_four_units_says_how_many_are_missing_and_names_few() -> None:
    report = reporting_case.make()
    form = report_forms.form("week")
    silent = [f for f in report.figures if f.unit == "193"]
    units = tuple((f"{number}", f"Xã {number}") for number in range(100, 154))
    every = replace(
        report,
        units=units,
        figures=tuple(f for f in report.figures if f.unit == report.whole)
        + tuple(
            replace(f, unit=code, in_period=None, cumulative=None, channel=None)
            for code, _ in units
            for f in silent
        ),
    )
    assert len(report_mail.missing_units(every, form)) == 54
    body = report_mail.message(every, {}).get_body(("plain",))
    assert body is not None
    said = "Địa phương chưa gửi báo cáo tuần này: 54/54 địa phương (xem sheet Theo địa phương)."
    assert said in body.get_content()


def test_the_mail_says_who_will_miss_which_target_and_where_too_little_is_known() -> None:
    report = reporting_case.make()
    body = report_mail.message(report, {}).get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "NHỊP ĐỘ ĐẾN HẠN 31/12/2021" in text
    line = next(each for each in text.splitlines() if each.startswith("- Sản phẩm OCOP: toàn"))
    assert "toàn tỉnh sẽ không kịp, mỗi tuần cần 120,3, gần đây 12,5; sẽ không kịp: " in line
    assert line.endswith("Thành phố Uông Bí, Huyện Bình Liêu, Huyện Ba Chẽ, Huyện Vân Đồn")
    assert "Chưa đủ dữ liệu để dự báo toàn tỉnh: Gian hàng, Hộ gắn mark." in text
    told = [line for line in text.splitlines() if "sẽ không kịp" in line]
    assert len(told) == report_mail.MOST - 2 + 1  # two that are missed already, and how many more
    bare = replace(report, tables={k: t for k, t in report.tables.items() if k != "pace"})
    old = report_mail.message(bare, {}).get_body(("plain",))
    assert old is not None and "NHỊP ĐỘ" not in old.get_content()


def test_the_pace_sheet_says_what_is_needed_above_what_came_with_a_sign_for_black_and_white() -> (
    None
):
    report = reporting_case.make()
    sheet = opened(report)["Nhịp độ"]
    places = [sheet.cell(row, 1).value for row in range(1, sheet.max_row + 1)]
    assert places.count("Toàn tỉnh") == places.count("Huyện Cô Tô") == 2
    first, second = (row for row, place in enumerate(places, 1) if place == "Toàn tỉnh")
    rows = {r["indicator"]: r for r in report.tables["pace"].records() if r["unit"] == PROVINCE}
    signs = {"behind": "▼", "on_pace": "●", "met": "▲", "missed": "■"}
    for column, row in enumerate(rows.values(), 2):
        needed, recent = sheet.cell(first, column), sheet.cell(second, column)
        assert needed.value == (
            None if row["needed_weekly"] is None else float(row["needed_weekly"])
        )
        if row["outlook"] == "too_short":
            assert recent.value == "○"
        else:
            assert recent.value == float(row["recent_weekly"])
            assert f'"{signs[row["outlook"]]}"' in recent.number_format
    assert "Từ nay mỗi tuần cần thêm để đạt chỉ tiêu đến hết ngày 31/12/2021" in places


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    report = replace(reporting_case.make(), units=(("202", "<b>Ba Chẽ</b>"), ("207", "Cô Tô")))
    built = report_mail.message(report, {})
    html = built.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Ba Chẽ&lt;/b&gt;" in html.get_content()


def test_the_due_moment_is_that_of_the_plan() -> None:
    week, month = periods.week(date(2021, 11, 18)), periods.month(date(2021, 11, 1))
    assert week.due_at == datetime(2021, 11, 18, 14, tzinfo=ICT)
    assert month.due_at == datetime(2021, 12, 3, 14, tzinfo=ICT)
    assert (week.due_at, month.due_at) == (
        week.due_at,
        month.due_at,
    )
