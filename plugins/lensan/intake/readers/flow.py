"""Running text with tables in it (a text of Word, the body of a mail) as the sheets of a workbook.

Rules: docs/rules/sources.md#texts-and-mails. Readers of such formats tell what begins and ends; here it becomes rows.
Runs in the child process (lensan.intake.readers.child), behind the gate; time and memory grow with the text.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from lensan.domain.legacy_fonts import decode, is_legacy
from lensan.intake.gate import Unreadable
from lensan.intake.readers.looks import ERROR
from lensan.intake.readers.model import MOST_COLUMNS, MOST_SHEETS, stream_safe

MOST_DEEP = 40
"""Tables within one another; mail programs lay a letter out in some ten."""
MOST_CELLS = 4_000_000
WIDEST_LAYOUT = 2
"""Columns: a table so narrow is no form and no list, it sets letterhead and signature side by side."""
SHEET = "Bảng {number}"

Piece = tuple[str, str | None]
"""A piece of text, and the font it is written in."""


@dataclass
class _Row:
    """A row as it will stand on a sheet. ``changed``: columns whose text is not certain; ``within``: what stands in
    those of its cells that hold tables."""

    cells: list[Any] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    within: list[_Row | _Table] = field(default_factory=list)


@dataclass
class _Table:
    """A table while it is read. ``over``: column → rows that a cell above still covers; ``began``: column → place of
    the cell that was said to go on below."""

    rows: list[_Row] = field(default_factory=list)
    merged: list[list[int]] = field(default_factory=list)
    over: dict[int, int] = field(default_factory=dict)
    began: dict[int, list[int]] = field(default_factory=dict)
    is_layout: bool = False
    row: _Row | None = None
    row_is_gone: bool = False
    row_is_changed: bool = False
    cell: _Cell | None = None

    @property
    def width(self) -> int:
        return max((len(row.cells) for row in self.rows), default=0)


@dataclass
class _Cell:
    """A cell, or what stands outside all tables, while it is read."""

    right: int = 1
    down: int = 1
    goes_on: str | None = None
    pieces: list[Piece] = field(default_factory=list)
    content: list[_Row | _Table] = field(default_factory=list)
    is_changed: bool = False


class Flow:
    """Takes a text from its beginning to its end: ``text``, ``end_paragraph``, tables, rows and cells."""

    def __init__(self) -> None:
        self._outside = _Cell()
        self._tables: list[_Table] = []
        self._cells = 0

    # ------------------------------------------------------------ what readers tell

    @property
    def _here(self) -> _Cell:
        if self._tables and self._tables[-1].cell is not None:
            return self._tables[-1].cell
        return self._outside

    @property
    def in_cell(self) -> bool:
        """Whether text would go into a cell."""
        return bool(self._tables) and self._tables[-1].cell is not None

    def text(self, text: str, font: str | None = None) -> None:
        """Letters; between the cells of a table there are none."""
        if not self._tables or self._tables[-1].cell is not None:
            self._here.pieces.append((text, font))

    def doubt(self) -> None:
        """What stands here can be read otherwise: text was changed, struck out, hidden, raised, or is a picture."""
        self._here.is_changed = True

    def end_paragraph(self) -> None:
        """In a cell the next line begins, outside the next row."""
        if self.in_cell:
            self.text("\n")
        elif not self._tables:
            self._end_line(self._outside)

    @staticmethod
    def _end_line(cell: _Cell) -> None:
        text = _text_of(cell.pieces)
        if text is not None:
            cell.content.append(_Row([text]))
        cell.pieces = []

    def open_table(self) -> None:
        """A table begins, in a cell one within another. Raises Unreadable where that goes on for ever."""
        if len(self._tables) >= MOST_DEEP:
            raise Unreadable("too_large", f"more than {MOST_DEEP} tables within one another")
        if not self._tables or self._tables[-1].cell is not None:
            self._end_line(self._here)
        self._tables.append(_Table())

    def open_row(self) -> None:
        """A row begins."""
        self.close_row()
        self._tables[-1].row = _Row()

    def skip(self, columns: int) -> None:
        """The row that is open leaves columns out."""
        table = self._tables[-1]
        if table.row is not None and table.cell is None:
            self._fill(table, columns)

    def mark_row(self, *, gone: bool = False, changed: bool = False) -> None:
        """The row that is open was taken out, or put in, and nobody has accepted it."""
        table = self._tables[-1]
        table.row_is_gone |= gone
        table.row_is_changed |= changed

    def open_cell(self, right: int = 1, down: int = 1, goes_on: str | None = None) -> None:
        """A cell begins. ``right``, ``down``: columns and rows that it takes; ``goes_on``: ``begin`` where it is said to
        go on below, ``end`` where it is the one above that goes on."""
        table = self._tables[-1]
        if table.row is None:
            self.open_row()
        self.close_cell()
        table.cell = _Cell(max(right, 1), max(down, 1), goes_on)

    def change_cell(self, right: int | None = None, goes_on: str | None = None) -> None:
        """What is said of an open cell after it began."""
        cell = self._tables[-1].cell
        if cell is not None:
            cell.right = right if right is not None else cell.right
            cell.goes_on = goes_on or cell.goes_on

    def close_cell(self) -> None:
        """The cell ends, where one is open."""
        table = self._tables[-1]
        cell, row = table.cell, table.row
        if cell is None or row is None:
            return
        table.cell = None
        self._covered(table, row)
        at = len(row.cells)
        if cell.content:
            # What holds a table sets others out, it is none itself.
            table.is_layout = True
            self._end_line(cell)
            row.within += cell.content
        text = None if cell.content else _text_of(cell.pieces)
        self._fill(table, cell.right)
        row.cells[at] = text
        if cell.is_changed:
            row.changed.add(at)
        self._merge(table, cell, at)

    def close_row(self) -> None:
        """The row ends, where one is open."""
        table = self._tables[-1]
        self.close_cell()
        row = table.row
        if row is None:
            return
        self._covered(table, row)
        table.row = None
        if table.row_is_changed:
            row.changed = set(range(len(row.cells)))
        if table.row_is_gone:
            here = len(table.rows)
            while table.merged and table.merged[-1][0] >= here:
                table.merged.pop()
            for place in table.began.values():
                place[2] = min(place[2], here - 1)
        else:
            table.rows.append(row)
        table.row_is_gone = table.row_is_changed = False

    def close_table(self) -> None:
        """The table ends."""
        self.close_row()
        table = self._tables.pop()
        content = self._here.content
        if table.is_layout:
            for row in table.rows:
                content += [row, *row.within] if any(row.cells) else row.within
        elif table.width <= WIDEST_LAYOUT:
            content += table.rows
        else:
            content.append(table)

    @property
    def depth(self) -> int:
        """How many tables are open."""
        return len(self._tables)

    # ------------------------------------------------------------ rows and columns

    def _fill(self, table: _Table, count: int) -> None:
        assert table.row is not None
        width = len(table.row.cells) + count
        self._cells += count
        if width > MOST_COLUMNS:
            raise Unreadable("too_many_columns", f"{width} columns in a row")
        if self._cells > MOST_CELLS:
            raise Unreadable("too_sparse", f"more than {MOST_CELLS} cells")
        table.row.cells += [None] * count

    def _covered(self, table: _Table, row: _Row) -> None:
        """Pass the columns that a cell above takes."""
        while table.over.get(len(row.cells), 0) > 0:
            table.over[len(row.cells)] -= 1
            self._fill(table, 1)

    @staticmethod
    def _merge(table: _Table, cell: _Cell, at: int) -> None:
        top, last = len(table.rows), at + cell.right - 1
        if cell.down > 1:
            table.over.update(dict.fromkeys(range(at, last + 1), cell.down - 1))
        if cell.goes_on == "end" and at in table.began:
            table.began[at][2] = top
            return
        table.began.pop(at, None)
        if cell.down > 1 or cell.right > 1 or cell.goes_on == "begin":
            place = [top, at, top + cell.down - 1, last]
            table.merged.append(place)
            if cell.goes_on == "begin":
                table.began[at] = place

    # ------------------------------------------------------------ the sheets

    def sheets(self) -> list[dict[str, Any]]:
        """All that was taken, as sheets: each table that has columns of its own, with the lines that stand above it; one
        of as many columns as the last goes on with it. Without a table all lines are one. Raises Unreadable."""
        while self._tables:
            self.close_table()
        self._end_line(self._outside)
        found: list[_Sheet] = []
        waiting: list[_Row] = []
        for block in self._outside.content:
            if isinstance(block, _Row):
                waiting.append(block)
                continue
            if not found or found[-1].width != block.width:
                found.append(_Sheet(block.width))
            found[-1].add(waiting)
            waiting = []
            found[-1].add(block.rows, block.merged)
        if waiting:
            found = found or [_Sheet(0)]
            found[-1].add(waiting)
        if len(found) > MOST_SHEETS:
            raise Unreadable("too_many_sheets", f"{len(found)} tables")
        return [sheet.told(SHEET.format(number=n)) for n, sheet in enumerate(found, 1)]


class _Sheet:
    def __init__(self, width: int) -> None:
        self.width = width
        self._rows: list[_Row] = []
        self._merged: list[list[int]] = []

    def add(self, rows: list[_Row], merged: list[list[int]] | None = None) -> None:
        """Rows below those that are there."""
        first = len(self._rows)
        for top, left, bottom, right in merged or ():
            last = min(bottom, len(rows) - 1)
            if last > top or right > left:
                self._merged.append([top + first, left, last + first, right])
        self._rows += rows

    def told(self, name: str) -> dict[str, Any]:
        """As lensan.intake.readers.workbooks takes it."""
        return {
            "name": name,
            "rows": [(n, row.cells, False) for n, row in enumerate(self._rows, 1)],
            "hidden": False,
            "hidden_columns": [],
            "merged": self._merged,
            "changed": [(at, column) for at, row in enumerate(self._rows) for column in sorted(row.changed)],
        }  # fmt: skip


def _text_of(pieces: list[Piece]) -> Any:
    """The text of pieces, those of one font together, as Unicode; null where there is none. An error value of a
    spreadsheet, which was copied along, is one."""
    joined: list[tuple[list[str], str | None]] = []
    for text, font in pieces:
        legacy = font if is_legacy(font) else None
        if joined and (joined[-1][1] == legacy or not text.strip()):
            joined[-1][0].append(text)
        else:
            joined.append(([text], legacy))
    whole = "".join(decode(stream_safe("".join(texts)), font) for texts, font in joined)
    lines = [" ".join(line.split()) for line in whole.split("\n")]
    text = "\n".join(filter(None, lines))
    if not text:
        return None
    if ERROR.fullmatch(text):
        return ["e", text]
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def document(kind: str, flow: Flow) -> dict[str, Any]:
    """What the child answers."""
    return {"kind": kind, "sheets": flow.sheets(), "date1904": False, "warnings": []}
