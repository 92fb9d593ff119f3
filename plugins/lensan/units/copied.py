"""The rows of a document as read, as a plain .xlsx: for .xls and .ods, and for what is not safe to send on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from lensan.domain import values
from lensan.domain.periods import ICT
from lensan.intake.readers import SourceDocument, SourceRow, SourceTable
from lensan.reports import fitting, styles

CREATED = datetime(2021, 10, 18, tzinfo=ICT)
"""The same for every copy, so that the same rows are the same bytes."""
_SHOWN_AS = {datetime: "dd/mm/yyyy hh:mm", date: "dd/mm/yyyy", time: "hh:mm:ss", None: "General"}
_Formats = dict[tuple[type | None, bool], Format]


def sheet_names(tables: Sequence[SourceTable]) -> dict[str | None, str]:
    """Sheet → a name that Excel takes."""
    found: dict[str | None, str] = {}
    for number, table in enumerate(tables, 1):
        name = re.sub(r"[\[\]:*?/\\]|^'|'$", "_", table.sheet or "")[:31].strip()
        if not name or name.lower() in {n.lower() for n in found.values()} | {"history"}:
            name = f"Trang {number}"
        found[table.sheet] = name
    return found


def copy(document: SourceDocument) -> bytes:
    """The workbook; sheets need names that Excel takes."""
    stream = BytesIO()
    book = xlsxwriter.Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "date_1904": any(table.date1904 for table in document.tables),
            "default_format_properties": {"font_name": styles.FONT, "font_size": 12},
        },
    )
    book.set_properties({"created": CREATED})
    of_table = {"text_wrap": True, "valign": "top", "border": 1}
    formats: _Formats = {
        (kind, in_table): book.add_format(
            {**(of_table if in_table else {}), "num_format": number_format}
        )
        for kind, number_format in _SHOWN_AS.items()
        for in_table in (True, False)
    }
    for table in document.tables:
        _copy_table(book.add_worksheet(table.sheet), table, formats)
    _show(book, document)
    book.close()
    return stream.getvalue()


def _copy_table(sheet: Worksheet, table: SourceTable, formats: _Formats) -> None:
    rows = list(table.rows)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    widths = _widths(rows)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for row in rows:
        in_table = _is_of_table(row)
        options = {"hidden": True} if row.note == "hidden" else {}
        sheet.set_row(row.number - 1, _height(row, widths), None, options)
        for column, cell in enumerate(row.cells):
            _write(sheet, row.number - 1, column, cell, formats, in_table=in_table)


def _write(
    sheet: Worksheet, row: int, column: int, cell: Any, formats: _Formats, *, in_table: bool
) -> None:
    plain = formats[None, in_table]
    if cell is None or cell is values.FORMULA_WITHOUT_VALUE:
        if in_table:
            sheet.write_blank(row, column, None, plain)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, plain)
    elif isinstance(cell, int | float) and abs(cell) < 1e15:
        sheet.write_number(row, column, cell, plain)
    elif type(cell) in _SHOWN_AS and getattr(cell, "year", 1904) >= 1904:
        naive = cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell
        sheet.write_datetime(row, column, naive, formats[type(cell), in_table])
    else:
        sheet.write_string(row, column, str(cell)[:32_000], plain)


def _show(book: Workbook, document: SourceDocument) -> None:
    """Hidden sheets stay hidden, and one that is not is in front."""
    pairs = list(zip(document.tables, book.worksheets(), strict=True))
    if all(table.hidden for table, _ in pairs):
        return
    for table, sheet in pairs:
        if table.hidden:
            sheet.hide()
    shown = next(sheet for table, sheet in pairs if not table.hidden)
    shown.activate()
    shown.set_first_sheet()


def _is_of_table(row: SourceRow) -> bool:
    """Titles and signatures fill few cells and run over their neighbours."""
    return sum(1 for cell in row.cells if cell is not None) > 3


def _widths(rows: Sequence[SourceRow]) -> list[float]:
    """Wide enough for most of a column's values; longer ones are wrapped."""
    lengths: dict[int, list[int]] = {}
    for row in rows[:2000]:
        for number, cell in enumerate(row.cells) if _is_of_table(row) else ():
            if cell is not None:
                lengths.setdefault(number, []).append(max(len(x) for x in str(cell).split("\n")))
    return [
        float(min(40, max(11, sorted(lengths[n])[len(lengths[n]) * 3 // 4] + 3)))
        if n in lengths
        else 8.0
        for n in range(max(lengths, default=-1) + 1)
    ]


def _height(row: SourceRow, widths: Sequence[float]) -> float | None:
    if not _is_of_table(row):
        return None
    heights = [
        fitting.height(cell, width, 12)
        for cell, width in zip(row.cells, widths, strict=False)
        if isinstance(cell, str)
    ]
    return min(max([16.0, *heights]), fitting.MAX_ROW_POINTS)
