"""The sheet *Tiến độ*: native charts of what is achieved against the year's target."""

from __future__ import annotations

from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lensan.figures import PROVINCE, Report
from lensan.reporting import fitting, styles, table_sheet, wording
from lensan.reporting.forms_spec import Form, Sheet
from lensan.reporting.styles import Styles

COLUMN_PIXELS = 110
CHART_COLUMNS = 4
CHART_ROWS = 13
ROW_PIXELS = 22
DONE, TARGET = "#2F75B5", "#C00000"
FONT = {"name": styles.FONT, "size": 10}


def write(
    workbook: Workbook, sheet: Worksheet, style: Styles, report: Report, form: Form, spec: Sheet
) -> None:
    """Per indicator with a target: the province by period, the units at the end; data below."""
    styles.set_up_page(sheet)
    styles.number_pages(sheet)
    width = 2 * CHART_COLUMNS
    sheet.set_column_pixels(0, width, COLUMN_PIXELS)
    sheet.set_default_row(ROW_PIXELS * 0.75)
    start = table_sheet.write_title(sheet, style, report, form, spec.title, width - 1)
    records = [r for r in table_sheet.records(report, "progress") if r["target"] is not None]
    charted = [row for row in form.lines if any(r["indicator"] == row.indicator for r in records)]
    data_at = start + len(charted) * (CHART_ROWS + 1) + 1
    sheet.merge_range(
        data_at - 1, 0, data_at - 1, width - 1, spec.tables[0].title,
        style(bold=True, font_size=13),
    )  # fmt: skip
    sheet.set_h_pagebreaks([start + i * (CHART_ROWS + 1) for i in range(2, len(charted), 2)] + [data_at - 1])
    for number, row in enumerate(charted):
        at = start + number * (CHART_ROWS + 1)
        own = [r for r in records if r["indicator"] == row.indicator]
        by_period = [r for r in own if r["unit"] == PROVINCE]
        now = {r["unit"]: r for r in own if r["period"] == report.period.name}
        by_unit = [(name, now[code]) for code, name in report.units if code in now]
        name = f"{row.indicator}. {row.short} ({row.unit_of_measure.split('/')[0]})"
        first = data_at
        data_at = _data(
            sheet, style, name, [(_short(r["period"]), r) for r in by_period], by_unit, data_at
        )
        for column, kind, title, size, offset in (
            (0, "line", f"{name}: toàn tỉnh theo {form.word}", len(by_period), 0),
            (CHART_COLUMNS, "column", f"{name}: theo địa phương", len(by_unit), 4),
        ):
            if size:
                chart = _chart(workbook, sheet.get_name(), kind, title, first + 2, offset, size)
                sheet.insert_chart(at, column, chart, {"object_position": 2})
    sheet.print_area(0, 0, data_at, width - 1)


def _short(period: str) -> str:
    """``18/11`` of a week, ``11/2021`` of a month."""
    parts = period.split("-")
    return f"{parts[2]}/{parts[1]}" if len(parts) == 3 else f"{parts[1]}/{parts[0]}"


def _data(
    sheet: Worksheet,
    style: Styles,
    name: str,
    by_period: list[tuple[str, dict[str, Any]]],
    by_unit: list[tuple[str, dict[str, Any]]],
    at: int,
) -> int:
    """The charts' numbers: by period in columns A-C, by unit in E-G."""
    sheet.write_string(at, 0, name, style(bold=True, font_size=11))
    for offset, heading, lines in ((0, "Kỳ", by_period), (4, "Địa phương", by_unit)):
        for column, text in enumerate((heading, "Đã đạt", "Chỉ tiêu năm")):
            sheet.write_string(at + 1, offset + column, text, style.header())
        for index, (label, record) in enumerate(lines, at + 2):
            sheet.write_string(index, offset, label, style.cell(font_size=11))
            for column, key in ((1, "achieved"), (2, "target")):
                cell = style.cell(font_size=11, num_format=styles.PLAIN, align="right")
                if record[key] is None:
                    sheet.write_blank(index, offset + column, None, cell)
                else:
                    sheet.write_number(index, offset + column, record[key], cell)
    return at + 3 + max(len(by_period), len(by_unit))


def _chart(
    workbook: Workbook, sheet: str, kind: str, title: str, first: int, column: int, size: int
) -> Any:
    """Achieved (a line or columns) and the target (a line) over ``size`` rows of data."""
    chart = workbook.add_chart({"type": kind})
    target = chart if kind == "line" else workbook.add_chart({"type": "line"})
    last = first + size - 1
    categories = [sheet, first, column, last, column]
    chart.add_series(
        {
            "name": "Đã đạt",
            "categories": categories,
            "values": [sheet, first, column + 1, last, column + 1],
            "line": {"color": DONE, "width": 2.25} if kind == "line" else {"none": True},
            "marker": {"type": "circle", "fill": {"color": DONE}, "border": {"color": DONE}},
            "fill": {"color": DONE},
        }
    )
    target.add_series(
        {
            "name": "Chỉ tiêu năm",
            "categories": categories,
            "values": [sheet, first, column + 2, last, column + 2],
            # Units are no sequence: their targets are marks, not a line from one to the next.
            "line": {"color": TARGET, "width": 1.75, "dash_type": "dash"}
            if kind == "line"
            else {"none": True},
            "marker": {"type": "none"}
            if kind == "line"
            else {"type": "long_dash", "size": 9, "fill": {"color": TARGET}, "border": {"color": TARGET}},
        }
    )
    if target is not chart:
        chart.combine(target)
    chart.set_title({"name": title, "name_font": {**FONT, "size": 12, "bold": True}, "overlay": False})
    chart.set_legend({"position": "bottom", "font": FONT})
    chart.set_x_axis({"num_font": {**FONT, "rotation": -45} if kind == "column" else FONT})
    chart.set_y_axis(
        {"num_font": FONT, "min": 0, "num_format": styles.PLAIN, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    )
    chart.set_size({"width": CHART_COLUMNS * COLUMN_PIXELS - 8, "height": CHART_ROWS * ROW_PIXELS})
    return chart
