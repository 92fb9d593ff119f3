"""Spreadsheets, and texts with tables: what the process that opens them (lensan.intake.readers.asking) answers, made tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any

from lensan.domain import values
from lensan.intake.readers.asking import ask
from lensan.intake.readers.model import SourceDocument, SourceRow, SourceTable


def read(path: Path, kind: str) -> SourceDocument:
    """A spreadsheet, behind the gate. ``kind``: ``zip`` (.xlsx, .ods, .docx), ``ole`` (.xls of Excel 5 to 2003) or
    ``biff`` (older, without OLE), ``mail`` (a body, lensan.intake.readers.letter). Raises Unreadable."""
    answer = ask(path, kind)
    tables = [
        SourceTable(
            sheet["name"],
            [
                SourceRow(number, _cells(cells), "hidden" if hidden else None)
                for number, cells, hidden in sheet["rows"]
            ],
            hidden=sheet["hidden"],
            date1904=answer["date1904"],
            hidden_columns=frozenset(sheet["hidden_columns"]),
            merged=tuple((a, b, c, d) for a, b, c, d in sheet["merged"]),
            changed=frozenset((row, column) for row, column in sheet.get("changed", ())),
        )
        for sheet in answer["sheets"]
    ]
    return SourceDocument(answer["kind"], tables, list(answer["warnings"]))


_FROM_CHILD: dict[str, Callable[[str], Any]] = {
    "d": date.fromisoformat,
    "m": datetime.fromisoformat,
    "t": clock_time.fromisoformat,
    "e": values.CellError,
    "f": lambda _: values.FORMULA_WITHOUT_VALUE,
    "n": int,
    "u": lambda text: values.DoubtfulText(text, "two_fonts"),
}


def _cells(cells: list[Any]) -> tuple[Any, ...]:
    """Plain values as they are; [tag, text] is a value msgpack has no type for."""
    if list not in map(type, cells):
        return tuple(cells)
    return tuple(
        _FROM_CHILD[cell[0]](cell[1]) if isinstance(cell, list) else cell for cell in cells
    )
