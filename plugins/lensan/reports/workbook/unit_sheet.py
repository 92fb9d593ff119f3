"""The sheet *Theo địa phương*: units by indicators, three tables below one another; where the province keeps regions,
each with its units below it."""

from __future__ import annotations

from decimal import Decimal

from xlsxwriter.worksheet import Worksheet

from lensan.domain.report_forms import ReportForm, ReportSheet
from lensan.domain.report_model import Report
from lensan.reports import fitting, styles, wording
from lensan.reports.styles import Styles
from lensan.reports.workbook import official_form

# From: colour, and a sign that tells the same in black and white. All signs are in Times New Roman.
BANDS = (
    (Decimal(100), "#A9D08E", "▲", "từ 100% chỉ tiêu năm trở lên"),
    (Decimal(80), "#E2EFDA", "●", "từ 80% đến dưới 100%"),
    (Decimal(50), "#FFE699", "○", "từ 50% đến dưới 80%"),
    (Decimal("-Infinity"), "#F8CBAD", "▼", "dưới 50%"),
)
MEASURES = ("in_period", "cumulative", "completion_pct")
NAME_WIDTH, WIDEST_NAME = 18, 26
"""Of the column of names: what most provinces need, and what the longest of them gets."""
WIDTH = 9
SIZE = 10
ROW_POINTS = 13.5
LEAST_SCALE = 0.75
"""Of more than a hundred units every page is full of numbers: smaller, nobody reads them."""
REGION = "#F2F2F2"
"""Behind the sums of a region, which its units follow."""
ONE_PAGE_OF_UNITS = 20
"""Of more the three tables together could not be read on one page."""


def write(
    sheet: Worksheet, style: Styles, report: Report, form: ReportForm, spec: ReportSheet
) -> None:
    """Write the sheet with every indicator of every unit."""
    lines = form.lines
    last = len(lines)
    longest = max(len(name) for _, name, _ in wording.by_level(report))
    # Below a region its units are indented once more.
    beside = 4 if report.regions else 1
    name_width = min(max(NAME_WIDTH, longest + beside), WIDEST_NAME)
    whole_width = name_width + last * WIDTH
    styles.set_up_further_page(sheet, whole_width)
    sheet.set_column(0, 0, name_width)
    sheet.set_column(1, last, WIDTH)
    sheet.merge_range(0, 0, 0, last, spec.title, style(bold=True, align="center", font_size=14))
    sheet.merge_range(
        1, 0, 1, last, wording.fill(form.span, report.period), style(italic=True, align="center")
    )
    sheet.set_row(0, 22)
    sheet.set_row(1, 18)
    sheet.merge_range(2, 0, 3, 0, "Địa phương", style.header())
    for index, row in enumerate(lines, 1):
        sheet.write_string(2, index, row.indicator or "", style.header())
        label = f"{row.short}\n({row.unit_of_measure})"
        sheet.write_string(
            3, index, label, style.cell(font_size=10, align="center", bg_color="#D9E2F3")
        )
    sheet.set_row(
        3, max(fitting.height(f"{r.short}\n({r.unit_of_measure})", WIDTH, 10) for r in lines)
    )
    sheet.freeze_panes(4, 1)
    sheet.repeat_rows(2, 3)
    headers = {column.key: column.header for column in form.columns}
    at, starts = 4, []
    for name in MEASURES:
        starts.append(at)
        sheet.merge_range(at, 0, at, last, headers[name], style.cell(bold=True, bg_color="#F2F2F2"))
        sheet.set_row(at, 16)
        at = _block(sheet, style, report, form, name, at + 1)
        if name != MEASURES[-1]:
            sheet.set_row(at, 6)
            at += 1
    if len(report.units) <= ONE_PAGE_OF_UNITS:
        sheet.fit_to_pages(1, 1)
    else:
        styles.fit_tables(
            sheet, starts, at + len(BANDS) - 1, width=whole_width, head=(2, 3), least=LEAST_SCALE
        )
    for band, (_, colour, sign, meaning) in enumerate(BANDS):
        sheet.write_string(at + band, 0, sign, style(align="center", bg_color=colour, border=1))
        sheet.write_string(at + band, 1, meaning, style(font_size=SIZE, indent=1))
    sheet.print_area(0, 0, at + len(BANDS) - 1, last)


def _block(
    sheet: Worksheet, style: Styles, report: Report, form: ReportForm, name: str, at: int
) -> int:
    for code, place, level in wording.by_level(report):
        whole = level != "unit"
        indent = 2 if report.regions and level == "unit" else 1
        ground = {"bg_color": REGION} if level == "region" else {}
        sheet.set_row(at, ROW_POINTS)
        name_format = style.cell(bold=whole, font_size=SIZE, indent=indent, **ground)
        sheet.write_string(at, 0, place, name_format)
        for index, row in enumerate(form.lines, 1):
            figure = report.figure(code, row.indicator or "")
            if name != "completion_pct":
                value, number_format = official_form.measure(row, figure, name)
                cell_format = style.cell(
                    bold=whole,
                    align="center",
                    font_size=SIZE,
                    num_format=number_format,
                    **ground,
                )
            else:
                value, cell_format = figure.completion_pct, style.cell(bg_color="#EDEDED")
                if value is not None:
                    _, colour, sign, _ = next(band for band in BANDS if value >= band[0])
                    cell_format = style.cell(
                        bold=whole,
                        align="right",
                        bg_color=colour,
                        font_size=SIZE,
                        num_format=f'{styles.LOCALE}"{sign}" #,##0.0',
                    )
            styles.write_value(sheet, at, index, value, cell_format)
        at += 1
    return at
