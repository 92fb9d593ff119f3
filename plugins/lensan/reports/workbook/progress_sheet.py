"""The sheet *Tiến độ*: native charts of what is achieved against the year's target."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lensan.domain.office import PROVINCE
from lensan.domain.report_forms import ReportForm, ReportSheet
from lensan.domain.report_model import Report
from lensan.reports import styles
from lensan.reports.styles import Styles
from lensan.reports.workbook import table_sheet

COLUMN_PIXELS = 110
CHART_COLUMNS = 4
CHART_ROWS = 10
CHARTS_DOWN = 5
"""So many indicators stand on an upright page."""
ROW_PIXELS = 21
DATA_COLUMN = 2 * CHART_COLUMNS + 1
"""The charts' numbers stand to the right of them, beyond the printed area."""
CHARTED_UNITS, FARTHEST = 20, 12
"""Of more units than that a chart shows only the farthest from the target: nobody can read the names of all."""
DONE, TARGET = "#2F75B5", "#C00000"
FONT = {"name": styles.FONT, "size": 10}

Line = tuple[str, dict[str, Any]]


def write(
    workbook: Workbook,
    sheet: Worksheet,
    style: Styles,
    report: Report,
    form: ReportForm,
    spec: ReportSheet,
) -> None:
    """Per indicator with a target: the province by period, and the units in this period."""
    styles.set_up_further_page(sheet, 2 * CHART_COLUMNS * COLUMN_PIXELS / 7)
    last = 2 * CHART_COLUMNS - 1
    sheet.set_column_pixels(0, last, COLUMN_PIXELS)
    sheet.set_column_pixels(DATA_COLUMN, DATA_COLUMN, 170)
    sheet.set_column_pixels(DATA_COLUMN + 1, DATA_COLUMN + 2, 90)
    sheet.set_column_pixels(DATA_COLUMN + 4, DATA_COLUMN + 4, 170)
    sheet.set_column_pixels(DATA_COLUMN + 5, DATA_COLUMN + 6, 90)
    sheet.set_default_row(ROW_PIXELS * styles.POINTS_PER_PIXEL)
    start = table_sheet.write_title(sheet, style, report, form, spec.title, last)
    table = spec.tables[0]
    sheet.write_string(0, DATA_COLUMN, table.title, style(bold=True, font_size=13))
    records = [r for r in report.tables[table.key].records() if r["target"] is not None]
    charted = [row for row in form.lines if any(r["indicator"] == row.indicator for r in records)]
    data_at = start
    for number, row in enumerate(charted):
        own = [r for r in records if r["indicator"] == row.indicator]
        now = {r["unit"]: r for r in own if r["period"] == report.period.name}
        by_period = [(_short(r["period"]), r) for r in own if r["unit"] == PROVINCE]
        by_unit = [(place, now[code]) for code, place in report.units if code in now]
        which = "theo địa phương"
        if len(by_unit) > CHARTED_UNITS:
            by_unit = sorted(by_unit, key=_completion)
            which = f"{FARTHEST} nơi xa chỉ tiêu nhất"
        name = f"{row.indicator}. {row.short} ({row.unit_of_measure.split('/')[0]})"
        sheet.write_string(data_at, DATA_COLUMN, name, style(bold=True, font_size=11))
        at = start + number * (CHART_ROWS + 1)
        for kind, heading, title, lines, column, data_column in (
            ("line", "Kỳ", f"{name}: toàn tỉnh", by_period, 0, DATA_COLUMN),
            ("column", "Địa phương", f"{name}: {which}", by_unit, CHART_COLUMNS, DATA_COLUMN + 4),
        ):  # fmt: skip
            _data(sheet, style, heading, lines, data_at + 1, data_column)
            if lines:
                drawn = FARTHEST if len(lines) > CHARTED_UNITS and kind == "column" else len(lines)
                chart = _chart(
                    workbook, sheet.get_name(), kind, title, data_at + 2, data_column, drawn
                )
                sheet.insert_chart(
                    at, column, chart, {"object_position": 2, "x_offset": 4, "y_offset": 4}
                )
        data_at += 3 + max(len(by_period), len(by_unit))
    end = start + len(charted) * (CHART_ROWS + 1)
    page = CHARTS_DOWN * (CHART_ROWS + 1)
    sheet.set_h_pagebreaks(range(start + page, end, page))
    sheet.repeat_rows(0, 1)
    sheet.print_area(0, 0, end - 1, last)


def _completion(line: Line) -> Decimal:
    """How far a unit is, as its chart's order; whoever has no completion stands last."""
    done = line[1]["completion_pct"]
    return Decimal("Infinity") if done is None else Decimal(done)


def _short(period: str) -> str:
    """``18/11`` of a week, ``11/2021`` of a month."""
    parts = period.split("-")
    return f"{parts[2]}/{parts[1]}" if len(parts) == 3 else f"{parts[1]}/{parts[0]}"


def _data(
    sheet: Worksheet, style: Styles, heading: str, lines: list[Line], at: int, column: int
) -> None:
    """A header, then label, achieved and target, from row and column on."""
    for offset, text in enumerate((heading, "Đã đạt", "Chỉ tiêu năm")):
        sheet.write_string(at, column + offset, text, style.header())
    for row, (label, record) in enumerate(lines, at + 1):
        sheet.write_string(row, column, label, style.cell(font_size=11))
        for offset, key in ((1, "achieved"), (2, "target")):
            number = style.cell(
                font_size=11, num_format=styles.as_it_is(record[key]), align="right"
            )
            styles.write_value(sheet, row, column + offset, record[key], number)


def _chart(
    workbook: Workbook, sheet: str, kind: str, title: str, first: int, column: int, size: int
) -> Any:
    """Achieved (a line, or columns) and the target over ``size`` rows of data."""
    chart = workbook.add_chart({"type": kind})
    target = chart if kind == "line" else workbook.add_chart({"type": "line"})
    last = first + size - 1
    categories = [sheet, first, column, last, column]
    done: dict[str, Any] = {
        "name": "Đã đạt",
        "categories": categories,
        "values": [sheet, first, column + 1, last, column + 1],
    }
    aim: dict[str, Any] = {
        "name": "Chỉ tiêu năm",
        "categories": categories,
        "values": [sheet, first, column + 2, last, column + 2],
    }
    paint = {"fill": {"color": DONE}, "border": {"color": DONE}}
    red = {"fill": {"color": TARGET}, "border": {"color": TARGET}}
    mark = {"type": "long_dash", "size": 9, **red}
    if kind == "line":
        done |= {"line": {"color": DONE, "width": 2.25}, "marker": {"type": "circle", **paint}}
        aim |= {"line": {"color": TARGET, "width": 1.75, "dash_type": "dash"}}
        if size == 1:  # of one point no line is drawn
            aim["marker"] = mark
    else:
        # Units are no sequence: their targets are marks, not a line from one to the next.
        done["fill"] = {"color": DONE}
        aim |= {"line": {"none": True}, "marker": mark}
    chart.add_series(done)
    target.add_series(aim)
    if target is not chart:
        chart.combine(target)
    chart.set_title({"name": title, "name_font": {**FONT, "size": 11, "bold": True}})
    chart.set_legend({"position": "bottom", "font": FONT})
    chart.set_x_axis({"num_font": {**FONT, "rotation": -45} if kind == "column" else FONT})
    grid = {"visible": True, "line": {"color": "#D9D9D9"}}
    chart.set_y_axis(
        {"num_font": FONT, "min": 0, "num_format": styles.PLAIN, "major_gridlines": grid}
    )
    chart.set_size(
        {"width": CHART_COLUMNS * COLUMN_PIXELS - 8, "height": CHART_ROWS * ROW_PIXELS - 6}
    )
    return chart
