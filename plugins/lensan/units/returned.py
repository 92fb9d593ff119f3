"""The sender's own workbook marked; before its sheets what is to be corrected and what was understood."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from lensan.intake import readers
from lensan.intake.readers import SourceDocument, SourceTable, Unreadable
from lensan.intake.recognise import OUR_TITLES, is_ours
from lensan.reports import fitting, wording
from lensan.units import copied, marking, understood_sheet
from lensan.units.marking import ListSheet, Mark, Unmarkable
from lensan.units.remarks import Remark
from lensan.units.understood_sheet import Line

log = logging.getLogger(__name__)
LIST_SHEET, UNDERSTOOD_SHEET = OUR_TITLES
MOST_LISTED = 5000
MOST_ATTACHED_BYTES = 15 << 20


def workbook(
    path: Path,
    document: SourceDocument,
    remarks: Sequence[Remark],
    understood: Sequence[Line],
    headline: str,
    *,
    author: str,
) -> bytes | None:
    """The sender's own workbook marked, else a copy of its rows marked; null where it is too large.

    ``understood``: lines of the sheet that says how it was read; none: no such sheet. ``author``: who writes
    the comments, one of lensan.units.marking.model.AUTHORS.
    """
    if document.kind == "xlsx":
        try:
            ours = _our_sheets(document, remarks, understood, headline)
            book = marking.mark(path, _marks(remarks), ours, author=author)
            _check_rows(document, book, len(ours))
        except (Unmarkable, Unreadable) as error:
            log.warning("a copy goes back instead of the workbook itself: %s", error)
        else:
            return book if len(book) <= MOST_ATTACHED_BYTES else None
    tables = [table for table in document.tables if not _is_ours(table)]
    return _marked_copy(tables, remarks, understood, headline, author)


def receipt(understood: Sequence[Line], headline: str, *, author: str) -> bytes | None:
    """A workbook that only says how a file was read."""
    empty = SourceDocument("xlsx", [SourceTable(UNDERSTOOD_SHEET, [])])
    sheet = understood_sheet.sheet(
        UNDERSTOOD_SHEET, understood, headline, replaces=[UNDERSTOOD_SHEET], is_alone=True
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "receipt.xlsx"
        path.write_bytes(copied.copy(empty))
        try:
            return marking.mark(path, [], [sheet], author=author)
        except (Unmarkable, Unreadable) as error:
            log.warning("a receipt goes without its workbook: %s", error)
            return None


def _marked_copy(
    tables: Sequence[SourceTable],
    remarks: Sequence[Remark],
    understood: Sequence[Line],
    headline: str,
    author: str,
) -> bytes | None:
    names = copied.sheet_names(tables)
    renamed = SourceDocument(
        "xlsx",
        [
            SourceTable(name, table.rows, hidden=table.hidden, date1904=table.date1904)
            for name, table in zip(names.values(), tables, strict=True)
        ],
    )
    remarks = [each.in_sheet(names.get(each.sheet, each.sheet)) for each in remarks]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.xlsx"
        path.write_bytes(copied.copy(renamed))
        try:
            ours = _our_sheets(renamed, remarks, understood, headline)
            book = marking.mark(path, _marks(remarks), ours, author=author)
        except (Unmarkable, Unreadable):
            return None
    return book if len(book) <= MOST_ATTACHED_BYTES else None


def _is_ours(table: SourceTable) -> bool:
    """Whether a sheet is one that an earlier return brought."""
    return table.sheet is not None and any(is_ours(row.cells) for row in islice(table.rows, 1))


def _our_sheets(
    document: SourceDocument,
    remarks: Sequence[Remark],
    understood: Sequence[Line],
    headline: str,
) -> list[ListSheet]:
    """What is to be corrected, then what was understood, under names that are free; those of an earlier
    return go."""
    old = [table.sheet or "" for table in document.tables if _is_ours(table)]
    taken = {table.sheet for table in document.tables} - set(old)
    names = {
        name: next(n for n in (name, *(f"{name} ({i})" for i in range(2, 300))) if n not in taken)
        for name in (LIST_SHEET, UNDERSTOOD_SHEET)
    }
    ours = [_list(document, remarks, headline, names[LIST_SHEET], old)]
    if understood:
        ours.append(understood_sheet.sheet(names[UNDERSTOOD_SHEET], understood, headline))
    return ours


def _marks(remarks: Sequence[Remark]) -> list[Mark]:
    return [
        Mark(
            place.sheet,
            place.row,
            place.column,
            each.is_doubt,
            "LƯU Ý (không bắt buộc sửa)" if each.is_doubt else "CẦN SỬA",
            f"{each.told.wrong}\n{each.told.advice}",
        )
        for each in remarks
        for place in (each.problem,)
        if place.sheet is not None and place.row is not None and place.column is not None
    ]


def _check_rows(document: SourceDocument, book: bytes, added: int) -> None:
    """The marked workbook says what the sender's said. Raises Unmarkable otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "marked.xlsx"
        path.write_bytes(book)
        again = readers.open_document(path, name="marked.xlsx")
    ours = [_content(table) for table in document.tables if not _is_ours(table)]
    theirs = [_content(table) for table in again.tables[added:]]
    if ours != theirs:
        raise Unmarkable("the marked workbook reads differently")


def _content(table: SourceTable) -> tuple[str | None, list[tuple[int, Any]]]:
    filled = []
    for row in table.rows:
        cells = [(n, repr(cell)) for n, cell in enumerate(row.cells) if cell is not None]
        if cells:
            filled.append((row.number, cells))
    return table.sheet, filled


# ---------------------------------------------------------------- the list

_COLUMNS = {
    "STT": 6.0,
    "Mức độ": 12.0,
    "Trang tính": 16.0,
    "Ô": 8.0,
    "Giá trị hiện tại": 26.0,
    "Nội dung chưa đúng": 48.0,
    "Cần ghi, cách sửa": 42.0,
}
_LINKED = list(_COLUMNS).index("Ô") + 1
_Row = tuple[float, list[tuple[str, str] | None]]


def _list(
    document: SourceDocument,
    remarks: Sequence[Remark],
    headline: str,
    name: str,
    replaces: Sequence[str],
) -> ListSheet:
    hidden = {table.sheet for table in document.tables if table.hidden}
    lines = _head(name, headline)
    merges = [f"A{n}:G{n}" for n in range(1, len(lines) + 1)]
    lines.append((22.0, [("header", header) for header in _COLUMNS]))
    links = []
    for number, remark in enumerate(remarks[:MOST_LISTED], 1):
        lines.append(_line(number, remark, is_hidden=remark.sheet in hidden))
        if remark.cell and remark.sheet is not None:
            target = remark.sheet.replace("'", "''")
            links.append((len(lines), _LINKED, f"'{target}'!{remark.cell}"))
    if len(remarks) > MOST_LISTED:
        more = wording.number(Decimal(len(remarks) - MOST_LISTED))
        lines.append((20.0, [("text", f"… và {more} ô khác (đã tô màu, có ghi chú).")]))
    widths = list(_COLUMNS.values())
    return ListSheet(name, widths, lines, merges, links, replaces)


def _head(name: str, headline: str) -> list[_Row]:
    intro = [
        headline,
        "Ô tô màu đỏ nhạt (ghi “CẦN SỬA”): dòng chưa được nhận vào hệ thống. "
        "Ô gạch chéo nền vàng (ghi “LƯU Ý”): đã được nhận, đề nghị xem lại. "
        "Bấm vào địa chỉ ở cột “Ô” để đến ô đó; trong ô có ghi chú giải thích.",
        f"Đề nghị sửa trực tiếp trong tệp này, lưu lại và gửi lại như lần trước; "
        f"không cần xóa trang “{name}” và các ghi chú.",
    ]
    width = sum(_COLUMNS.values())
    lines: list[_Row] = [(24.0, [("title", OUR_TITLES[LIST_SHEET])])]
    for text in intro:
        lines.append((fitting.height(text, width, 12), [("text", text)]))
    return lines


def _line(number: int, remark: Remark, *, is_hidden: bool) -> _Row:
    sheet = "(cả tệp)" if remark.sheet is None else remark.sheet
    value = remark.problem.value or ""
    cells: list[tuple[str, str] | None] = [
        ("middle", str(number)),
        ("doubt", "LƯU Ý") if remark.is_doubt else ("bad", "CẦN SỬA"),
        ("middle", f"{sheet} (trang ẩn)" if is_hidden else sheet),
        ("link", remark.cell) if remark.cell else ("middle", "–"),
        ("cell", value if len(value) <= 300 else value[:299] + "…"),
        ("cell", remark.told.wrong),
        ("cell", remark.told.advice),
    ]
    height = max(
        fitting.height(cell[1], width, 11, bold=cell[0] in ("bad", "doubt"))
        for cell, width in zip(cells, _COLUMNS.values(), strict=True)
        if cell is not None
    )
    return min(height, fitting.MAX_ROW_POINTS), cells
