"""The sheet *Nhịp độ*: places by indicators, what a week must bring above what a week brought of late."""

from __future__ import annotations

from typing import Any

from xlsxwriter.worksheet import Worksheet

from lensan.domain.report_forms import FormRow, ReportForm, ReportSheet
from lensan.domain.report_model import Report
from lensan.reports import fitting, pace, styles, wording
from lensan.reports.styles import Styles
from lensan.reports.workbook import table_sheet

# Colour, and a sign that tells the same in black and white.
SIGNS = {
    "met": ("#A9D08E", "▲"),
    "on_pace": ("#E2EFDA", "●"),
    "too_short": ("#EDEDED", "○"),
    "behind": ("#F8CBAD", "▼"),
    "missed": ("#F8CBAD", "■"),
}
NAME_WIDTH = 18
WIDTH = 12
SIZE = 10
ROW_POINTS = 13.5
NEEDED = "Từ nay mỗi tuần cần thêm để đạt chỉ tiêu đến hết ngày {due}"
RECENT = "Gần đây mỗi tuần tăng thêm (bình quân {span} trước, cùng nguồn số liệu)"


def write(
    sheet: Worksheet, style: Styles, report: Report, form: ReportForm, spec: ReportSheet
) -> None:
    """Write both tables, place by place; a cell is blank where a place has no target or nothing is known."""
    rows = pace.of_report(report)
    lines = [row for row in form.lines if any(r["indicator"] == row.indicator for r in rows)]
    last = max(len(lines), 1)
    styles.set_up_further_page(sheet, NAME_WIDTH + last * WIDTH)
    sheet.set_column(0, 0, NAME_WIDTH)
    sheet.set_column(1, last, WIDTH)
    at = table_sheet.write_title(sheet, style, report, form, spec.title, last)
    if not lines:
        sheet.merge_range(at, 0, at, last, table_sheet.NOTHING, style(italic=True, font_size=SIZE))
        sheet.print_area(0, 0, at, last)
        return
    _header(sheet, style, lines, at)
    sheet.freeze_panes(at + 1, 1)
    sheet.repeat_rows(at)
    at += 1
    of = {(row["unit"], row["indicator"]): row for row in rows}
    for key, heading in (("needed_weekly", NEEDED), ("recent_weekly", RECENT)):
        text = heading.format(
            due=f"{rows[0]['due_on']:%d/%m/%Y}", span=pace.SPANS[report.period.cadence]
        )
        sheet.merge_range(at, 0, at, last, text, style.cell(bold=True, bg_color="#F2F2F2"))
        sheet.set_row(at, 16)
        at += 1
        for code, place in wording.places(report):
            sheet.set_row(at, ROW_POINTS)
            sheet.write_string(at, 0, place, style.cell(font_size=SIZE, indent=1))
            for column, line in enumerate(lines, 1):
                _cell(sheet, style, at, column, key, of.get((code, line.indicator or "")))
            at += 1
    at = _legend(sheet, style, at)
    styles.fit_pages(sheet, at - 1, width=NAME_WIDTH + last * WIDTH)
    sheet.print_area(0, 0, at - 1, last)


def _header(sheet: Worksheet, style: Styles, lines: list[FormRow], at: int) -> None:
    sheet.write_string(at, 0, "Địa phương", style.header(SIZE))
    labels = [f"{row.indicator}. {row.short}\n({row.unit_of_measure})" for row in lines]
    for column, label in enumerate(labels, 1):
        sheet.write_string(at, column, label, style.header(SIZE))
    sheet.set_row(at, max(fitting.height(label, WIDTH, SIZE, bold=True) for label in labels))


def _cell(
    sheet: Worksheet, style: Styles, at: int, column: int, key: str, row: dict[str, Any] | None
) -> None:
    """A place's number; of late with the sign and the colour of its outlook."""
    value = row[key] if row else None
    properties: dict[str, Any] = {"font_size": SIZE, "align": "right"}
    number_format = styles.as_it_is(value)
    if row and key == "recent_weekly":
        colour, sign = SIGNS[row["outlook"]]
        properties["bg_color"] = colour
        if value is None:
            styles.write_value(sheet, at, column, sign, style.cell(**properties))
            return
        digits = number_format.removeprefix(styles.LOCALE)
        number_format = f'{styles.LOCALE}"{sign}" {digits};{styles.LOCALE}"{sign}" -{digits}'
    styles.write_value(sheet, at, column, value, style.cell(num_format=number_format, **properties))


def _legend(sheet: Worksheet, style: Styles, at: int) -> int:
    """What the signs mean; returns the next free row."""
    for code, (colour, sign) in SIGNS.items():
        sheet.write_string(at, 0, sign, style(align="center", bg_color=colour, border=1))
        sheet.write_string(at, 1, pace.OUTLOOKS[code], style(font_size=SIZE, indent=1))
        at += 1
    return at
