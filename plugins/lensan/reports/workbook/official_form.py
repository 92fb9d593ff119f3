"""The first sheet: the official form and nothing else (plan 201/KH-UBND, Nghị định 30/2020/NĐ-CP)."""

from __future__ import annotations

import math

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lensan.domain.office import PROVINCE
from lensan.domain.report_forms import FormRow, ReportForm
from lensan.domain.report_model import Figure, Report
from lensan.reports import fitting, styles, wording
from lensan.reports.styles import Styles

NOTE_SIZE = 10
LETTERHEAD_SPLIT = 2
"""The letterhead's left half ends in this column (0 is A)."""


def write(sheet: Worksheet, style: Styles, report: Report, form: ReportForm) -> None:
    """Write the form with the province's figures. Raises KeyError when one is missing."""
    styles.set_up_page(sheet)
    for index, column in enumerate(form.columns):
        sheet.set_column(index, index, column.width)
    last = len(form.columns) - 1
    at = head = _head(sheet, style, report, form, last)
    sheet.set_row(at, max(fitting.height(c.header, c.width, 12, bold=True) for c in form.columns))
    for index, column in enumerate(form.columns):
        sheet.write_string(at, index, column.header, style.cell(bold=True, align="center"))
    sheet.repeat_rows(at)
    at += 1
    for row in form.rows:
        if row.indicator is None:
            at = _heading(sheet, style, row, at, last)
        else:
            at = _line(sheet, style, form, row, report.figure(PROVINCE, row.indicator), at)
    end = _foot(sheet, style, report, form, at + 1, last)
    # The signatures never stand alone on a page: the last row of the table goes with them.
    width = sum(column.width for column in form.columns)
    if not styles.share_a_page(sheet, at - 1, end, header=head, width=width):
        sheet.set_h_pagebreaks([at - 1])
    sheet.print_area(0, 0, end, last)


def _head(sheet: Worksheet, style: Styles, report: Report, form: ReportForm, last: int) -> int:
    left, right = (0, LETTERHEAD_SPLIT), (LETTERHEAD_SPLIT + 1, last)
    office = wording.office_of(report.period)
    head = office.letterhead
    centred = style(align="center")
    bold = style(align="center", bold=True)
    _across(sheet, 0, left, head.authority, centred)
    _across(sheet, 0, right, head.nation, bold)
    # The rule below these lines is drawn as an underline: under the middle third of the office's
    # name, under the whole motto.
    words = head.office.split(" ")
    third = len(words) // 3
    _across(sheet, 1, left, "", bold)
    strong, ruled = style(bold=True), style(bold=True, underline=1)
    sheet.write_rich_string(
        1, left[0],
        strong, " ".join(words[:third]) + " ",
        ruled, " ".join(words[third : len(words) - third]),
        strong, " " + " ".join(words[len(words) - third :]),
        bold,
    )  # fmt: skip
    motto = style(align="center", bold=True, underline=1, font_size=13)
    _across(sheet, 1, right, head.motto, motto)
    width = sum(column.width for column in form.columns)
    sheet.set_row(0, 18)
    sheet.set_row(1, 20)
    sheet.set_row(2, 12)
    title = style(align="center", bold=True, font_size=14)
    _across(sheet, 3, (0, last), wording.title(form, report.revision), title)
    sheet.set_row(3, 22)
    plan = wording.plan_line(form, report.period, office.whole_province)
    wrapped = style(align="center", bold=True, font_size=13, text_wrap=True)
    _across(sheet, 4, (0, last), plan, wrapped)
    sheet.set_row(4, fitting.height(plan, width, 13, bold=True))
    span = style(align="center", italic=True, font_size=13)
    _across(sheet, 5, (0, last), wording.fill(form.span, report.period), span)
    sheet.set_row(5, 20)
    basis = wording.fill(form.basis, report.period)
    _across(sheet, 6, (0, last), basis, style(align="center", italic=True, font_size=11))
    sheet.set_row(6, 17)
    sheet.set_row(7, 6)
    return 8


def _across(
    sheet: Worksheet, row: int, columns: tuple[int, int], text: str, cell_format: Format
) -> None:
    """One merged cell from a column to a column."""
    sheet.merge_range(row, columns[0], row, columns[1], text, cell_format)


def _heading(sheet: Worksheet, style: Styles, row: FormRow, at: int, last: int) -> int:
    sheet.set_row(at, 20)
    sheet.write(at, 0, row.tt, style.cell(bold=True, align="center"))
    _across(sheet, at, (1, last), row.label, style.cell(bold=True, indent=1))
    return at + 1


def _line(
    sheet: Worksheet, style: Styles, form: ReportForm, row: FormRow, figure: Figure, at: int
) -> int:
    bold = row.tt == row.indicator
    values = {
        "tt": (row.tt, style.cell(align="center", bold=bold)),
        "label": (row.label, style.cell(bold=bold, indent=1)),
        "unit_of_measure": (row.unit_of_measure, style.cell(align="center")),
        "in_period": _amount(style, row, figure, "in_period"),
        "growth_pct": (figure.growth_pct, style.cell(align="center", num_format=styles.PERCENT)),
        "cumulative": _amount(style, row, figure, "cumulative"),
        "completion_pct": (
            figure.completion_pct,
            style.cell(align="center", num_format=styles.PERCENT),
        ),
        "note": (figure.note, style.cell(font_size=NOTE_SIZE, indent=1)),
    }
    sizes = {"note": NOTE_SIZE}
    needed = max(
        fitting.height(
            str(values[column.key][0]),
            column.width - styles.INDENT_WIDTH * (column.key in ("label", "note")),
            sizes.get(column.key, styles.SIZE),
            bold=bold,
        )
        for column in form.columns
        if isinstance(values[column.key][0], str)
    )
    # A row can be 409 points high at most: a longer note takes several rows, merged.
    rows = math.ceil(needed / fitting.MAX_ROW_POINTS)
    for offset in range(rows):
        sheet.set_row(at + offset, max(22.0, needed / rows))
    for index, column in enumerate(form.columns):
        value, cell_format = values[column.key]
        if rows > 1:
            sheet.merge_range(at, index, at + rows - 1, index, "", cell_format)
        styles.write_value(sheet, at, index, value, cell_format)
    return at + rows


def _amount(style: Styles, row: FormRow, figure: Figure, name: str) -> tuple[object, Format]:
    value, number_format = measure(row, figure, name)
    return value, style.cell(align="center", num_format=number_format)


def measure(row: FormRow, figure: Figure, name: str) -> tuple[object, str]:
    """A figure's value and number format; a two-part value is the text ``125/34``."""
    if row.parts == 2:
        return wording.amount(row, figure, name) or None, styles.WHOLE
    return getattr(figure, name), styles.TONNES if row.decimals else styles.WHOLE


def _foot(
    sheet: Worksheet, style: Styles, report: Report, form: ReportForm, at: int, last: int
) -> int:
    """Place and date, the signatures' titles with room to sign; returns the last row."""
    halves = ((0, LETTERHEAD_SPLIT), (LETTERHEAD_SPLIT + 1, last))
    dated = style(align="center", italic=True, font_size=13)
    _across(sheet, at, halves[1], wording.place_and_date(report), dated)
    bold = style(align="center", bold=True, font_size=13)
    hint = style(align="center", italic=True)
    signatures = wording.office_of(report.period).signatures
    for half, signature in zip(halves, signatures, strict=True):
        _across(sheet, at + 1, half, signature.title, bold)
        _across(sheet, at + 2, half, signature.hint, hint)
    for row in range(at, at + 3):
        sheet.set_row(row, 19)
    sheet.set_row(at + 3, 60)
    return at + 3
