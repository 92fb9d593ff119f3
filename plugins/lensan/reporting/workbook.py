"""The workbook: the official form as sheet 1, the results by unit, further sheets from tables.

The same report gives the same bytes: the created-date is the period's, zip entries bear no time.
"""

from __future__ import annotations

import io
import math
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lensan.figures import PROVINCE, Figure, Report
from lensan.indicators import Indicator, indicators
from lensan.reporting import numbers
from lensan.reporting.forms_spec import FormSpec, form

FONT = "Times New Roman"
# [$-42A]: Vietnamese separators whatever the reader's machine is set to.
WHOLE, TONNES, PERCENT = "[$-42A]#,##0", "[$-42A]#,##0.000", "[$-42A]#,##0.0"
WIDTHS = (5.5, 40, 12, 13.5, 12.5, 14.5, 14.5, 46)
MILLIMETRE = 1 / 25.4


def build(report: Report) -> bytes:
    """The workbook of a report as bytes."""
    spec = form(report.period.kind)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_format_properties": {"font_name": FONT, "font_size": 12},
        },
    )
    book.set_properties(
        {
            "title": f"{spec.title_of(report)} {spec.text(spec.span, report.period)}",
            "author": "Sở Thông tin và Truyền thông tỉnh Quảng Ninh",
            "created": datetime(report.period.end.year, report.period.end.month, report.period.end.day),  # noqa: DTZ001
        }
    )
    _official(book, report, spec)
    _by_unit(book, report, spec)
    for key, sheet in spec.tables.items():
        if key in report.tables:
            _table_sheet(book, report, key, sheet)
    book.close()
    return buffer.getvalue()


class _Formats:
    """Formats by their properties, made once each."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def __call__(self, **properties: Any) -> Format:
        full = {"font_name": FONT, "font_size": 12, "valign": "vcenter", **properties}
        key = tuple(sorted(full.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(full)
        return self._made[key]


def _page(sheet: Worksheet, *, wide: int = 1, tall: int = 0) -> None:
    """A4 landscape with the margins of Nghị định 30/2020/NĐ-CP."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.set_margins(
        left=30 * MILLIMETRE, right=15 * MILLIMETRE, top=20 * MILLIMETRE, bottom=20 * MILLIMETRE
    )
    sheet.fit_to_pages(wide, tall)
    sheet.center_horizontally()
    sheet.hide_gridlines(2)


def lines_needed(text: str, width: float) -> int:
    """Lines a text takes in a cell ``width`` characters wide, words kept whole."""
    total = 0
    for paragraph in text.split("\n"):
        used, lines = 0.0, 1
        for word in paragraph.split(" "):
            length = sum(1.25 if c.isupper() else 1.0 for c in word)
            if used and used + 1 + length > width:
                lines += 1
                used = length
            else:
                used += length + (1 if used else 0)
            if used > width:
                lines += math.ceil(used / width) - 1
                used %= width
        total += lines
    return max(total, 1)


# ---------------------------------------------------------------- sheet 1

def _official(book: xlsxwriter.Workbook, report: Report, spec: FormSpec) -> None:
    sheet = book.add_worksheet(spec.sheet)
    style = _Formats(book)
    _page(sheet)
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width, style())
    left, right = spec.letterhead["left"], spec.letterhead["right"]
    centred = {"align": "center"}
    sheet.merge_range("A1:C1", left[0], style(**centred, font_size=13))
    sheet.merge_range("A2:C2", left[1], style(**centred, bold=True, font_size=13))
    sheet.merge_range("D1:H1", right[0], style(**centred, bold=True, font_size=13))
    sheet.merge_range("D2:H2", right[1], style(**centred, bold=True, font_size=14))
    # The lines that the decree asks for below the office's name and the motto.
    sheet.set_row(2, 10)
    _rule(sheet, style, 2, 1, 1)
    _rule(sheet, style, 2, 5, 6)
    sheet.merge_range("A4:H4", spec.title_of(report), style(**centred, bold=True, font_size=14))
    for number, line in enumerate(spec.plan):
        sheet.merge_range(4 + number, 0, 4 + number, 7, line, style(**centred, bold=True, font_size=13))
    row = 4 + len(spec.plan)
    sheet.merge_range(row, 0, row, 7, spec.text(spec.span, report.period), style(**centred, italic=True, font_size=13))
    sheet.merge_range(row + 1, 0, row + 1, 7, spec.basis, style(**centred, italic=True, font_size=11))
    row += 3
    header = style(bold=True, align="center", text_wrap=True, border=1, bg_color="#F2F2F2")
    for column, text in enumerate(spec.columns):
        sheet.write_string(row, column, text, header)
    sheet.set_row(row, 16 * max(lines_needed(t, w * 0.95) for t, w in zip(spec.columns, WIDTHS, strict=True)) + 4)
    sheet.repeat_rows(row)
    sheet.freeze_panes(row + 1, 0)
    row += 1
    known = {indicator.code: indicator for indicator in indicators()}
    for line in spec.rows:
        if line.heading is not None:
            bold = {"bold": True, "border": 1}
            sheet.write_string(row, 0, line.tt, style(**bold, align="center"))
            sheet.merge_range(row, 1, row, 7, line.heading, style(**bold, align="left", text_wrap=True))
            sheet.set_row(row, 20)
        elif line.indicator is not None:
            _official_row(
                sheet, style, row, line.tt, known[line.indicator],
                report.figure(PROVINCE, line.indicator),
            )
        row += 1
    row += 1
    sheet.merge_range(
        row, 4, row, 7, spec.text(spec.signature["place"], report.period), style(**centred, italic=True, font_size=13)
    )
    for offset, bold in ((0, True), (1, False)):
        extra = {"bold": True} if bold else {"italic": True}
        sheet.merge_range(row + 1 + offset, 0, row + 1 + offset, 2, spec.signature["left"][offset], style(**centred, **extra, font_size=13))
        sheet.merge_range(row + 1 + offset, 4, row + 1 + offset, 7, spec.signature["right"][offset], style(**centred, **extra, font_size=13))
    sheet.print_area(0, 0, row + 7, 7)


def _rule(sheet: Worksheet, style: _Formats, row: int, first: int, last: int) -> None:
    for column in range(first, last + 1):
        sheet.write_blank(row, column, None, style(top=1))


def _official_row(
    sheet: Worksheet, style: _Formats, row: int, tt: str, indicator: Indicator, figure: Figure
) -> None:
    cell: dict[str, Any] = {"border": 1, "text_wrap": True}
    sheet.write_string(row, 0, tt, style(**cell, align="center"))
    sheet.write_string(row, 1, indicator.label, style(**cell, align="left"))
    sheet.write_string(row, 2, indicator.unit_of_measure, style(**cell, align="center"))
    _value(sheet, style, row, 3, indicator, figure.in_period, figure.in_period_2)
    _number(sheet, row, 4, figure.growth_pct, style(**cell, align="right", num_format=PERCENT))
    _value(sheet, style, row, 5, indicator, figure.cumulative, figure.cumulative_2)
    _number(sheet, row, 6, figure.completion_pct, style(**cell, align="right", num_format=PERCENT))
    sheet.write_string(row, 7, figure.note or "", style(**cell, align="left", font_size=10))
    lines = max(
        lines_needed(indicator.label, WIDTHS[1] * 0.98) * 16.0,
        lines_needed(indicator.unit_of_measure, WIDTHS[2] * 0.95) * 16.0,
        lines_needed(figure.note or "", WIDTHS[7] * 1.12) * 13.5,
    )
    sheet.set_row(row, min(lines + 5, 409))


def _value(
    sheet: Worksheet, style: _Formats, row: int, column: int, indicator: Indicator,
    first: Decimal | None, second: Decimal | None,
) -> None:
    cell = {"border": 1, "align": "right"}
    if indicator.parts == 2 and first is not None:
        sheet.write_string(row, column, numbers.two_parts(first, second), style(**cell))
    else:
        picture = TONNES if indicator.code == numbers.TONNES else WHOLE
        _number(sheet, row, column, first, style(**cell, num_format=picture))


def _number(sheet: Worksheet, row: int, column: int, value: Decimal | None, look: Format) -> None:
    if value is None:
        sheet.write_blank(row, column, None, look)
    else:
        sheet.write_number(row, column, float(value), look)


# ---------------------------------------------------------------- by unit

_MET, _NEAR, _FAR = "#D8EBD2", "#FFF6D5", "#F6D9CC"


def _by_unit(book: xlsxwriter.Workbook, report: Report, spec: FormSpec) -> None:
    """Three tables, one below the other, so that a page shows them: in period, cumulative, completion."""
    sheet = book.add_worksheet(spec.by_unit["sheet"])
    style = _Formats(book)
    _page(sheet, tall=1)
    known = [i for i in indicators() if i.code in spec.indicator_codes and i.units]
    width = len(known)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, width, 10.5)
    sheet.merge_range(0, 0, 0, width, spec.by_unit["title"], style(bold=True, align="center", font_size=14))
    sheet.merge_range(1, 0, 1, width, spec.text(spec.span, report.period), style(italic=True, align="center"))
    places = [(PROVINCE, "Toàn tỉnh"), *report.units]
    word = spec.mail["period_word"]
    row = 3
    for title, kind in (
        (f"Đạt được trong {word}", "in_period"),
        ("Lũy kế đến hiện tại", "cumulative"),
        ("Tỉ lệ hoàn thành chỉ tiêu năm (%)", "completion"),
    ):
        sheet.write_string(row, 0, title, style(bold=True, font_size=13))
        if kind == "completion":
            _legend(sheet, style, row, width)
        row += 1
        head = style(bold=True, align="center", border=1, bg_color="#F2F2F2", text_wrap=True)
        sheet.write_string(row, 0, "Địa phương", head)
        for column, indicator in enumerate(known, 1):
            sheet.write_string(row, column, f"{indicator.code}\n({indicator.unit_of_measure})", head)
        sheet.set_row(row, 34)
        row += 1
        for code, name in places:
            whole = {"bold": code == PROVINCE, "border": 1}
            sheet.write_string(row, 0, name, style(**whole))
            for column, indicator in enumerate(known, 1):
                figure = report.figure(code, indicator.code)
                if kind == "completion":
                    _completion(sheet, style, row, column, figure, whole)
                else:
                    first = getattr(figure, kind)
                    second = getattr(figure, f"{kind}_2")
                    look = {**whole, "align": "right"}
                    if indicator.parts == 2 and first is not None:
                        sheet.write_string(row, column, numbers.two_parts(first, second), style(**look))
                    else:
                        picture = TONNES if indicator.code == numbers.TONNES else WHOLE
                        _number(sheet, row, column, first, style(**look, num_format=picture))
            row += 1
        row += 1
    sheet.freeze_panes(3, 1)
    note = "; ".join(f"{i.code}: {i.label}" for i in known)
    sheet.merge_range(row, 0, row, width, note, style(text_wrap=True, font_size=9, valign="top"))
    sheet.set_row(row, 12.5 * lines_needed(note, (18 + 10.5 * width) * 1.2) + 4)


def _completion(
    sheet: Worksheet, style: _Formats, row: int, column: int, figure: Figure, look: dict[str, Any]
) -> None:
    """Colour by distance to the year's target; bold and italic say the same in black and white."""
    value = figure.completion_pct
    extra: dict[str, Any] = {}
    if value is not None:
        if value >= 100:
            extra = {"bg_color": _MET, "bold": True}
        elif value >= 50:
            extra = {"bg_color": _NEAR}
        else:
            extra = {"bg_color": _FAR, "italic": True}
    _number(sheet, row, column, value, style(**{**look, **extra}, align="right", num_format=PERCENT))


def _legend(sheet: Worksheet, style: _Formats, row: int, width: int) -> None:
    for offset, (text, look) in enumerate(
        (
            ("từ 100%", {"bg_color": _MET, "bold": True}),
            ("50 - 100%", {"bg_color": _NEAR}),
            ("dưới 50%", {"bg_color": _FAR, "italic": True}),
        )
    ):
        sheet.write_string(row, width - 2 + offset, text, style(**look, align="center", border=1, font_size=10))


# ---------------------------------------------------------------- further sheets

def _table_sheet(
    book: xlsxwriter.Workbook, report: Report, key: str, spec: dict[str, Any]
) -> None:
    """A plain list: title, header row, rows. Columns and widths are the form's data."""
    sheet = book.add_worksheet(spec["sheet"])
    style = _Formats(book)
    _page(sheet)
    columns = spec["columns"]
    sheet.merge_range(0, 0, 0, len(columns) - 1, spec["title"], style(bold=True, align="center", font_size=14))
    head = style(bold=True, align="center", border=1, bg_color="#F2F2F2", text_wrap=True)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.get("width", 14))
        sheet.write_string(2, number, column["header"], head)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 0)
    for offset, record in enumerate(report.tables[key].records()):
        for number, column in enumerate(columns):
            value = record[column["key"]]
            if value is None:
                sheet.write_blank(3 + offset, number, None, style(border=1))
            elif isinstance(value, Decimal | int) and not isinstance(value, bool):
                picture = {"tonnes": TONNES, "percent": PERCENT}.get(column.get("format", ""), WHOLE)
                sheet.write_number(3 + offset, number, float(value), style(border=1, num_format=picture))
            else:
                sheet.write_string(3 + offset, number, str(value), style(border=1, text_wrap=True))
