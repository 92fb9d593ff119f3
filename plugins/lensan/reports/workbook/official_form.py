"""The first sheet: the official form and nothing else (plan 201/KH-UBND, Nghị định 30/2020/NĐ-CP)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from lensan.domain.report_forms import FormRow, ReportForm
from lensan.domain.report_model import Figure, Report
from lensan.reports import fitting, styles, weighing, wording
from lensan.reports.styles import Styles
from lensan.reports.weighing import Weighed

NOTE_SIZE = 10
LETTERHEAD_SPLIT = 2
"""The letterhead's left half ends in this column (0 is A)."""
FOOT_SPLIT = 5
"""The right signature begins in this column; left of the labels' end stands *Nơi nhận*."""
LEAST_ROW_POINTS, HEADING_POINTS = 20.0, 18.0
LONGER_BY, LONGEST = 6.0, 260.0
"""Labels and notes together become wider, which prints everything smaller, until two pages do."""


@dataclass(frozen=True)
class _Laid:
    """How the form is laid out: its columns' widths in Excel's units, the points of each of its rows, how many
    rows stand on the first page (0: all; null: two pages do not do)."""

    widths: tuple[float, ...]
    heights: tuple[float, ...]
    first_page: int | None


def write(sheet: Worksheet, style: Styles, report: Report, form: ReportForm) -> None:
    """Write the form with the province's figures. Raises KeyError when one is missing."""
    styles.set_up_page(sheet)
    laid = _laid(report, form)
    for index, width in enumerate(laid.widths):
        sheet.set_column(index, index, width)
    last = len(form.columns) - 1
    at = head = _head(sheet, style, report, form, sum(laid.widths))
    sheet.set_row(at, _header_points(form, laid.widths))
    for index, column in enumerate(form.columns):
        sheet.write_string(at, index, column.header, style.cell(bold=True, align="center"))
    sheet.repeat_rows(at)
    at += 1
    starts = []
    for row, points in zip(form.rows, laid.heights, strict=True):
        starts.append(at)
        if row.indicator is None:
            at = _heading(sheet, style, row, at, last)
        else:
            at = _line(
                sheet, style, form, row, report.figure(report.whole, row.indicator), at, points
            )
    end = _foot(sheet, style, report, at, last)
    if laid.first_page is None:
        # The signatures never stand alone on a page: the last row of the table goes with them.
        if not styles.share_a_page(sheet, at - 1, end, header=head, width=sum(laid.widths)):
            sheet.set_h_pagebreaks([at - 1])
    elif laid.first_page:
        sheet.set_h_pagebreaks([starts[laid.first_page]])
    sheet.print_area(0, 0, end, last)


def _laid(report: Report, form: ReportForm) -> _Laid:
    """The widest print with which the form takes two pages; else the usual one, on as many as it needs."""
    usual = sum(column.width for column in form.columns if column.key in ("label", "note"))
    room = usual
    while room < LONGEST:
        laid = _laid_in(report, form, room)
        if laid.first_page is not None:
            return laid
        room += LONGER_BY
    return _laid_in(report, form, usual)


def _laid_in(report: Report, form: ReportForm, room: float) -> _Laid:
    """Labels and notes share ``room`` (Excel's units) by what stands in them."""
    figures = {
        row.indicator: report.figure(report.whole, row.indicator or "") for row in form.lines
    }
    texts = [
        Weighed(row.label, figures[row.indicator].note or "", row.tt == row.indicator)
        for row in form.lines
    ]
    points = fitting.column_points(room - 2 * styles.INDENT_WIDTH)
    share = weighing.label_share(texts, points, label_size=styles.SIZE, note_size=NOTE_SIZE)
    own = {"label": round(room * share, 1), "note": round(room * (1 - share), 1)}
    widths = tuple(own.get(column.key, column.width) for column in form.columns)
    heights = tuple(
        _points(form, row, figures[row.indicator], widths) if row.indicator else HEADING_POINTS
        for row in form.rows
    )
    plan = wording.plan_line(form, report.period, wording.whose(report))
    scale = min(1.0, styles.PAGE_WIDTH_POINTS / fitting.sheet_points(sum(widths)))
    first_page = weighing.page_end(
        heights,
        [row.indicator is None for row in form.rows],
        head=sum(_head_points(plan, sum(widths))),
        header=_header_points(form, widths),
        foot=FOOT_GAP + sum(_foot_points(report)),
        page=styles.PAGE_HEIGHT_POINTS / scale * styles.ALMOST,
    )
    return _Laid(widths, heights, first_page)


def _header_points(form: ReportForm, widths: tuple[float, ...]) -> float:
    return max(
        fitting.height(column.header, width, styles.SIZE, bold=True)
        for column, width in zip(form.columns, widths, strict=True)
    )


def _points(form: ReportForm, row: FormRow, figure: Figure, widths: tuple[float, ...]) -> float:
    """How high a row is: as its longest text needs."""
    bold = row.tt == row.indicator
    needed = LEAST_ROW_POINTS
    for column, width in zip(form.columns, widths, strict=True):
        text, size = getattr(row, column.key, None), styles.SIZE
        if column.key == "note":
            text, size = figure.note, NOTE_SIZE
        if isinstance(text, str) and text:
            indent = styles.INDENT_WIDTH * (column.key in ("label", "note"))
            needed = max(needed, fitting.height(text, width - indent, size, bold=bold))
    return needed


def _head_points(plan: str, width: float) -> list[float]:
    """The heights of the rows above the table; ``width``: of all columns, in Excel's units."""
    return [17, 18, 20, 22, fitting.height(plan, width, 13, bold=True), 18, 17, 4]


def _head(sheet: Worksheet, style: Styles, report: Report, form: ReportForm, width: float) -> int:
    last = len(form.columns) - 1
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
    _across(sheet, 2, left, wording.letter_number(report.period), centred)
    dated = style(align="center", italic=True, font_size=13)
    _across(sheet, 2, right, wording.place_and_date(report), dated)
    title = style(align="center", bold=True, font_size=14)
    _across(sheet, 3, (0, last), wording.title(form, report.revision), title)
    plan = wording.plan_line(form, report.period, wording.whose(report))
    wrapped = style(align="center", bold=True, font_size=13, text_wrap=True)
    _across(sheet, 4, (0, last), plan, wrapped)
    span = style(align="center", italic=True, font_size=13)
    _across(sheet, 5, (0, last), wording.fill(form.span, report.period), span)
    basis = wording.fill(form.basis, report.period)
    _across(sheet, 6, (0, last), basis, style(align="center", italic=True, font_size=11))
    points = _head_points(plan, width)
    for row, height in enumerate(points):
        sheet.set_row(row, height)
    return len(points)


def _across(
    sheet: Worksheet, row: int, columns: tuple[int, int], text: str, cell_format: Format
) -> None:
    """One merged cell from a column to a column."""
    sheet.merge_range(row, columns[0], row, columns[1], text, cell_format)


def _heading(sheet: Worksheet, style: Styles, row: FormRow, at: int, last: int) -> int:
    sheet.set_row(at, HEADING_POINTS)
    sheet.write(at, 0, row.tt, style.cell(bold=True, align="center"))
    _across(sheet, at, (1, last), row.label, style.cell(bold=True, indent=1))
    return at + 1


def _line(
    sheet: Worksheet,
    style: Styles,
    form: ReportForm,
    row: FormRow,
    figure: Figure,
    at: int,
    points: float,
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
    # A row can be 409 points high at most: a longer note takes several rows, merged.
    rows = math.ceil(points / fitting.MAX_ROW_POINTS)
    for offset in range(rows):
        sheet.set_row(at + offset, points / rows)
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


FOOT_GAP = 8.0


def _foot_points(report: Report) -> list[float]:
    """The heights of the rows of *Nơi nhận* and the signatures, with room to sign."""
    lines = len(wording.copies_to(report.period))
    return [19, 17, *[14.5] * max(0, lines - 1), max(30.0, 60.0 - 14.5 * (lines - 1))]


def _foot(sheet: Worksheet, style: Styles, report: Report, at: int, last: int) -> int:
    """*Nơi nhận* left, the signatures' titles with room to sign beside it; returns the last row."""
    sheet.set_row(at, FOOT_GAP)
    at += 1
    bold = style(align="center", bold=True, font_size=13)
    hint = style(align="center", italic=True)
    parts = ((LETTERHEAD_SPLIT, FOOT_SPLIT - 1), (FOOT_SPLIT, last))
    signatures = wording.office_of(report.period).signatures
    for part, signature in zip(parts, signatures, strict=True):
        _across(sheet, at, part, signature.title, bold)
        _across(sheet, at + 1, part, signature.hint, hint)
    _across(sheet, at, (0, LETTERHEAD_SPLIT - 1), "Nơi nhận:", style(bold=True, italic=True))
    for row, line in enumerate(wording.copies_to(report.period), at + 1):
        _across(sheet, row, (0, LETTERHEAD_SPLIT - 1), line, style(font_size=11))
    points = _foot_points(report)
    for row, height in enumerate(points, at):
        sheet.set_row(row, height)
    return at + len(points) - 1
