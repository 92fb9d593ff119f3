"""The sheet *Đối chiếu*: what platforms say and what was declared, units by indicators, a block for each measure.

A list with a line for each indicator and unit would be fifteen pages long at 130 units. Here units are lines, and an
indicator has only the columns in which anybody says something.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from xlsxwriter.worksheet import Worksheet

from lensan.domain.office import PROVINCE
from lensan.domain.report_forms import FormRow, ReportForm, ReportSheet
from lensan.domain.report_model import Report
from lensan.reports import fitting, styles, wording
from lensan.reports.styles import Styles
from lensan.reports.workbook import table_sheet

SIZE = 10
NAME_WIDTH = 22.0
LEAST_WIDTH = 5.5
ROW_POINTS = 12.75
MEASURES = (("in_period", "Trong {word}"), ("cumulative", "Lũy kế"))
SIDES = (("platform", "Sàn"), ("declared", "Báo cáo"), ("difference", "Lệch"))
OFFICIAL = {"platform": "platform", "submission": "declared"}
BY_UNITS = "Các địa phương"
"""Declares a province's figure where no enterprise does."""

Record = dict[str, Any]


class _Column(NamedTuple):
    """One side of an indicator; ``number``: of the columns of that indicator, from 0."""

    row: FormRow
    side: str
    header: str
    number: int
    width: float


class _Line(NamedTuple):
    """Who says it, and what of each indicator."""

    name: str
    is_whole: bool
    said: dict[str, Record]


def write(
    sheet: Worksheet, style: Styles, report: Report, form: ReportForm, spec: ReportSheet
) -> None:
    """Write both blocks below one another; of two numbers the official one is bold."""
    table = spec.tables[0]
    records = report.tables[table.key].records()
    lines, columns = _lines(report, records), _columns(form, records)
    width = NAME_WIDTH + sum(column.width for column in columns)
    styles.set_up_further_page(sheet, width)
    sheet.set_column(0, 0, NAME_WIDTH)
    for index, column in enumerate(columns, 1):
        sheet.set_column(index, index, column.width)
    last = max(len(columns), 8)
    at = table_sheet.write_title(sheet, style, report, form, spec.title, last)
    note = style(italic=True, font_size=SIZE, text_wrap=True)
    sheet.merge_range(at, 0, at, last, table.note, note)
    sheet.set_row(at, fitting.height(table.note, width, SIZE))
    at += 1
    if records:
        _header(sheet, style, columns, at)
        sheet.freeze_panes(at + 2, 1)
        sheet.repeat_rows(at, at + 1)
        at = _blocks(sheet, style, form, columns, lines, at + 2)
    else:
        sheet.repeat_rows(0, 1)
        sheet.merge_range(at, 0, at, last, table_sheet.NOTHING, style.cell(font_size=SIZE))
        at += 1
    styles.fit_pages(sheet, at - 1, width=width)
    sheet.print_area(0, 0, at - 1, last)


def _lines(report: Report, records: Sequence[Record]) -> list[_Line]:
    """The province, what enterprises declared for it, the units; whoever says nothing has no line."""
    names = wording.names(report)
    found: dict[tuple[int, str], _Line] = {}
    order = {code: number for number, code in enumerate(names)}
    for record in records:
        code: str = record["unit"]
        name = names.get(code, code)
        if code == PROVINCE and record["declared_by"] not in (None, BY_UNITS):
            name = record["declared_by"]
        place = order.get(code, len(order))
        line = found.setdefault((place, name), _Line(name, code == PROVINCE, {}))
        line.said[record["indicator"]] = record
    whole = names[PROVINCE]
    return [found[key] for key in sorted(found, key=lambda key: (key[0], key[1] != whole, key[1]))]


def _columns(form: ReportForm, records: Sequence[Record]) -> list[_Column]:
    columns: list[_Column] = []
    for row in form.lines:
        own = [record for record in records if record["indicator"] == row.indicator]
        shown = [
            (side, header)
            for side, header in SIDES
            if any(
                record[f"{measure}_{side}"] is not None for record in own for measure, _ in MEASURES
            )
        ]
        for number, (side, header) in enumerate(shown):
            texts = [_text(record, measure, side, row) for record in own for measure, _ in MEASURES]
            longest = max(fitting.text_points(text, SIZE, bold=True) for text in texts)
            width = max(LEAST_WIDTH, longest / fitting.column_points(10) * 10 * 1.1 + 0.7)
            columns.append(_Column(row, side, header, number, round(width, 1)))
    return columns


def _header(sheet: Worksheet, style: Styles, columns: Sequence[_Column], at: int) -> None:
    """Two rows: the indicators, and what stands below each."""
    sheet.merge_range(at, 0, at + 1, 0, "Địa phương", style.header(SIZE))
    height = styles.DEFAULT_ROW_PIXELS * styles.POINTS_PER_PIXEL
    for index, column in enumerate(columns, 1):
        sheet.write_string(at + 1, index, column.header, style.header(SIZE - 1))
        if column.number:
            continue
        own = [each for each in columns if each.row.indicator == column.row.indicator]
        name = f"{column.row.indicator}. {column.row.short}"
        if len(own) > 1:
            sheet.merge_range(at, index, at, index + len(own) - 1, name, style.header(SIZE - 1))
        else:
            sheet.write_string(at, index, name, style.header(SIZE - 1))
        width = sum(each.width for each in own)
        height = max(height, fitting.height(name, width, SIZE - 1, bold=True))
    sheet.set_row(at, min(height, 90))
    sheet.set_row(
        at + 1, max(fitting.height(c.header, c.width, SIZE - 1, bold=True) for c in columns)
    )


def _blocks(
    sheet: Worksheet,
    style: Styles,
    form: ReportForm,
    columns: Sequence[_Column],
    lines: Sequence[_Line],
    at: int,
) -> int:
    for measure, title in MEASURES:
        head = style.cell(bold=True, bg_color="#F2F2F2", font_size=SIZE)
        sheet.merge_range(at, 0, at, len(columns), title.format(word=form.word), head)
        sheet.set_row(at, ROW_POINTS)
        for line in lines:
            at += 1
            name = style.cell(bold=line.is_whole, font_size=SIZE, indent=1, text_wrap=False)
            sheet.write_string(at, 0, line.name, name)
            sheet.set_row(at, ROW_POINTS)
            for index, column in enumerate(columns, 1):
                _cell(
                    sheet,
                    style,
                    line.said.get(column.row.indicator or ""),
                    measure,
                    column,
                    at,
                    index,
                )
        at += 1
    return at


def _cell(
    sheet: Worksheet,
    style: Styles,
    record: Record | None,
    measure: str,
    column: _Column,
    at: int,
    index: int,
) -> None:
    properties: dict[str, Any] = {"font_size": SIZE, "align": "right", "text_wrap": False}
    if record is None:
        sheet.write_blank(at, index, None, style.cell(**properties, bg_color="#EDEDED"))
        return
    value, second = record[f"{measure}_{column.side}"], record.get(f"{measure}_{column.side}_2")
    if second is not None:
        value = wording.parts(value, second)
    else:
        properties["num_format"] = styles.as_it_is(value)
    if column.side == OFFICIAL.get(record["channel"]):
        properties["bold"] = True
    elif column.side == "difference" and value:
        properties["bg_color"] = "#FFF2CC"
    styles.write_value(sheet, at, index, value, style.cell(**properties))


def _text(record: Record, measure: str, side: str, row: FormRow) -> str:
    """A cell as it is printed."""
    value, second = record[f"{measure}_{side}"], record.get(f"{measure}_{side}_2")
    if second is not None:
        return wording.parts(value, second)
    return wording.number(value, row.decimals if value is not None and value % 1 else 0)
