"""Sheets made of tables: each rendered from ``report.tables`` by the columns of further_sheets.yml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lensan.domain.periods import ICT
from lensan.domain.report_forms import FormColumn, ReportForm, ReportSheet, TableSpec
from lensan.domain.report_model import Report
from lensan.reports import fitting, styles, wording
from lensan.reports.styles import Styles
from lensan.reports.workbook import season_charts

SIZE = 10
LEAST_ROW_POINTS = 13.5
PADDING = 1.3
"""Points above and below a row's text together: little, so that few pages do."""
NOTHING = "Không có."


def write(
    workbook: Workbook,
    sheet: Worksheet,
    style: Styles,
    report: Report,
    form: ReportForm,
    spec: ReportSheet,
    foot: Sequence[str] = (),
) -> None:
    """Write those of the sheet's tables that the report has, below one another, and the lines ``foot``."""
    tables = [table for table in spec.tables if table.key in report.tables]
    widths = column_widths(tables[0])
    styles.set_up_further_page(sheet, sum(widths))
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    last = len(widths) - 1
    at = write_title(sheet, style, report, form, spec.title, last)
    starts = []
    for table in tables:
        starts.append(at)
        if table.is_charted:
            at = 1 + season_charts.write(
                workbook, sheet, style, report, table.key, table.note, widths, at
            )
            continue
        header, at = _write_table(sheet, style, report, form, table, widths, at)
        if len(spec.tables) == 1:
            sheet.freeze_panes(header + 1, 0)
            sheet.repeat_rows(header)
        at += 1
    for line in foot:
        sheet.merge_range(at, 0, at, last, line, style(font_size=SIZE, text_wrap=True))
        sheet.set_row(at, fitting.height(line, sum(widths), SIZE))
        at += 1
    at += bool(foot)
    if len(spec.tables) > 1:
        sheet.repeat_rows(0, 1)
        styles.fit_tables(sheet, starts, at - 2, width=sum(widths))
    else:
        styles.fit_pages(sheet, at - 2, width=sum(widths))
    sheet.print_area(0, 0, at - 2, last)


def column_widths(table: TableSpec) -> list[float]:
    """The widths of a table's columns, in Excel's units."""
    return [column.width for column in table.columns for _ in range(column.span)]


def write_title(
    sheet: Worksheet, style: Styles, report: Report, form: ReportForm, title: str, last: int
) -> int:
    """The sheet's title and period; returns the next free row."""
    sheet.merge_range(0, 0, 0, last, title, style(bold=True, align="center", font_size=14))
    sheet.merge_range(
        1, 0, 1, last, wording.fill(form.span, report.period), style(italic=True, align="center")
    )
    sheet.set_row(0, 22)
    sheet.set_row(1, 18)
    return 2


def _write_table(
    sheet: Worksheet,
    style: Styles,
    report: Report,
    form: ReportForm,
    spec: TableSpec,
    widths: list[float],
    at: int,
) -> tuple[int, int]:
    """Title, note, header and rows of a table; returns its header's row and the next free row."""
    last = len(widths) - 1
    if spec.title:
        sheet.merge_range(at, 0, at, last, spec.title, style(bold=True, font_size=13))
        sheet.set_row(at, 22)
        at += 1
    if spec.note:
        note = style(italic=True, font_size=SIZE, text_wrap=True)
        sheet.merge_range(at, 0, at, last, spec.note, note)
        sheet.set_row(at, fitting.height(spec.note, sum(widths), SIZE))
        at += 1
    placed = _placed(spec, widths)
    header_at = at
    headers = [(first, end, column.header, style.header(SIZE)) for column, first, end in placed]
    _row(sheet, header_at, headers, widths, bold=True)
    for at, record in enumerate(report.tables[spec.key].records(), header_at + 1):
        cells = [
            (first, end, *_cell(style, report, form, column, record))
            for column, first, end in placed
        ]
        _row(sheet, at, cells, widths)
    if not report.tables[spec.key].rows:
        at = header_at + 1
        sheet.merge_range(
            at, 0, at, last, NOTHING, style.cell(italic=True, font_size=SIZE, indent=1)
        )
    return header_at, at + 1


def _placed(spec: TableSpec, widths: list[float]) -> list[tuple[FormColumn, int, int]]:
    """Each column with the first and last column of the sheet that it takes."""
    placed = []
    first = 0
    for column in spec.columns:
        placed.append((column, first, first + column.span - 1))
        first += column.span
    if first != len(widths):
        raise ValueError(f"table {spec.key} takes {first} columns of a sheet of {len(widths)}")
    return placed


def _row(
    sheet: Worksheet,
    at: int,
    cells: Sequence[tuple[int, int, object, Format]],
    widths: list[float],
    *,
    bold: bool = False,
) -> None:
    needed = LEAST_ROW_POINTS
    for first, end, value, cell_format in cells:
        if end > first:
            sheet.merge_range(at, first, at, end, "", cell_format)
        styles.write_value(sheet, at, first, value, cell_format)
        if isinstance(value, str):
            width = sum(widths[first : end + 1]) - styles.INDENT_WIDTH
            size = cell_format.font_size
            needed = max(needed, fitting.height(value, width, size, bold=bold, padding=PADDING))
    sheet.set_row(at, min(needed, fitting.MAX_ROW_POINTS))


def _cell(
    style: Styles, report: Report, form: ReportForm, column: FormColumn, record: Mapping[str, Any]
) -> tuple[object, Format]:
    value = record[column.key]
    properties: dict[str, Any] = {"font_size": SIZE}
    if column.format in styles.NUMBER_FORMATS:
        number_format = styles.NUMBER_FORMATS[column.format]
        if column.format in ("parts", "number"):
            number_format = styles.as_it_is(value)
        properties |= {"num_format": number_format, "align": "right"}
    else:
        properties["indent"] = 1
    if column.format == "parts" and record.get(f"{column.key}_2") is not None:
        value = wording.parts(value, record[f"{column.key}_2"])
    return plain(report, form, column.format, value), style.cell(**properties)


def plain(report: Report, form: ReportForm, kind: str, value: Any) -> object:
    """A value as it is written: names for codes, moments in Asia/Ho_Chi_Minh without their zone."""
    if value is None:
        return None
    if kind == "unit":
        return wording.names(report).get(value, value)
    if kind == "indicator":
        labels = {row.indicator: row.label for row in form.lines}
        return f"{value}. {labels[value]}" if value in labels else value
    if kind == "indicator_short":
        short = {row.indicator: row.short for row in form.lines}
        return f"{value}. {short[value]}" if value in short else value
    if kind == "channel":
        return wording.CHANNELS.get(value, value)
    if isinstance(value, datetime):
        return value.astimezone(ICT).replace(tzinfo=None)
    if isinstance(value, date | str):
        return value
    if kind == "text":
        return str(value)
    return value


def has_rows_for(report: Report, spec: ReportSheet) -> bool:
    """Whether the report brings any of the sheet's tables."""
    return any(table.key in report.tables for table in spec.tables)
