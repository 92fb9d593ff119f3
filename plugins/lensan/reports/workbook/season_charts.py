"""The charts of the sheet *Mùa vụ*: of each product with an alert what is harvested in the weeks ahead beside what can
be sold of it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lensan.domain.report_model import Report
from lensan.reports import styles, wording
from lensan.reports.styles import Styles

FONT = {"name": styles.FONT, "size": 10}
ROWS, ROW_PIXELS = 17, 20
BAND, HARVEST, DEMAND, SOLD, PEAK = "#DDEBF7", "#1F4E79", "#C55A11", "#70AD47", "#C00000"
COLUMNS = (
    ("Tuần từ", "week_on"),
    ("Thu hoạch, thấp", "harvested_low"),
    ("Khoảng 80%", "band"),
    ("Thu hoạch", "harvested"),
    ("Sức tiêu thụ", "demand"),
    ("Bán qua sàn", "sold"),
    ("Cao điểm", "peak"),
)
"""Header and key of the charts' numbers."""


def write(
    workbook: Workbook, sheet: Worksheet, style: Styles, report: Report, key: str, note: str, widths: list[float], at: int
) -> int:  # fmt: skip
    """Two charts beside one another, from a row on, their numbers beyond the printed area; returns the next free row."""
    if note:
        sheet.merge_range(at, 0, at, len(widths) - 1, note, style(italic=True, font_size=10))
        at += 1
    told = {
        (row["product"], row["unit"]): row for row in report.tables["season_forecast"].records()
    }
    column = len(widths) + 1
    pixels = [round(7 * width + 5) for width in widths]
    half = sum(pixels) // 2
    rows = report.tables[key].records()
    first = at
    for number, (of, weeks) in enumerate(groupby(rows, lambda row: (row["product"], row["unit"]))):
        row = at + number // 2 * ROWS
        lines = list(weeks)
        begin = first + number * (len(lines) + 2)
        _data(sheet, style, lines, begin, column)
        chart = _chart(workbook, sheet.get_name(), _title(report, told[of]), begin + 1, column, len(lines))  # fmt: skip
        chart.set_size({"width": half - 8, "height": ROWS * ROW_PIXELS - 8})
        left, offset = _place(pixels, number % 2 * half)
        sheet.insert_chart(row, left, chart, {"object_position": 3, "x_offset": offset + 2, "y_offset": 4})  # fmt: skip
        for each in range(row, row + ROWS):
            sheet.set_row_pixels(each, ROW_PIXELS)
    count = len({(row["product"], row["unit"]) for row in rows})
    return at + (count + 1) // 2 * ROWS


def _place(pixels: list[int], at: int) -> tuple[int, int]:
    """The column in which so many pixels from the left lie, and how far in it."""
    for column, wide in enumerate(pixels):
        if at < wide:
            return column, at
        at -= wide
    return len(pixels) - 1, at


def _title(report: Report, told: dict[str, Any]) -> str:
    """What, where, when, how sure."""
    where = dict(wording.places(report)).get(told["unit"], told["unit"])
    return (
        f"{told['product']} · {where}: cao điểm tuần từ {told['peak_on']:%d/%m}, "
        f"khả năng ùn ứ {told['chance_pct']:.0f}%, có thể dư {told['unsold_interval']} tấn"
    )


def _data(sheet: Worksheet, style: Styles, weeks: list[dict[str, Any]], at: int, column: int) -> None:  # fmt: skip
    number = style.cell(font_size=10, num_format=styles.PLAIN, align="right")
    for offset, (header, key) in enumerate(COLUMNS):
        sheet.write_string(at, column + offset, header, style.header(10))
        for row, week in enumerate(weeks, at + 1):
            match key:
                case "week_on":
                    sheet.write_string(row, column, f"{week[key]:%d/%m}", style.cell(font_size=10))
                    continue
                case "band":
                    value = week["harvested_high"] - week["harvested_low"]
                case "peak":
                    value = week["harvested"] if week["is_peak"] else None
                case _:
                    value = week[key]
            styles.write_value(sheet, row, column + offset, value, number)


def _chart(workbook: Workbook, sheet: str, title: str, first: int, column: int, size: int) -> Any:
    """Harvest with its interval, what can be sold, and the week of the peak."""
    last = first + size - 1

    def series(key: str, **how: Any) -> dict[str, Any]:
        at = column + [name for _, name in COLUMNS].index(key)
        return {
            "name": {k: h for h, k in COLUMNS}[key],
            "categories": [sheet, first, column, last, column],
            "values": [sheet, first, at, last, at],
            **how,
        }

    chart = workbook.add_chart({"type": "area", "subtype": "stacked"})
    none = {"fill": {"none": True}, "border": {"none": True}}
    chart.add_series(series("harvested_low", **none))
    chart.add_series(series("band", fill={"color": BAND}, border={"none": True}))
    lines = workbook.add_chart({"type": "line"})
    lines.add_series(series("harvested", line={"color": HARVEST, "width": 2.25}))
    lines.add_series(series("demand", line={"color": DEMAND, "width": 2, "dash_type": "dash"}))
    lines.add_series(series("sold", line={"color": SOLD, "width": 1.5}))
    mark = {"type": "diamond", "size": 10, "fill": {"color": PEAK}, "border": {"color": PEAK}}
    lines.add_series(series("peak", line={"none": True}, marker=mark))
    chart.combine(lines)
    chart.set_title({"name": title, "name_font": {**FONT, "size": 10, "bold": True}})
    chart.set_legend({"position": "bottom", "font": {**FONT, "size": 9}, "delete_series": [0]})
    chart.set_x_axis({"num_font": FONT})
    grid = {"visible": True, "line": {"color": "#D9D9D9"}}
    chart.set_y_axis(
        {"num_font": FONT, "min": 0, "num_format": styles.PLAIN, "major_gridlines": grid,
         "name": "tấn/tuần", "name_font": {**FONT, "bold": False}}
    )  # fmt: skip
    chart.show_blanks_as("gap")
    return chart
