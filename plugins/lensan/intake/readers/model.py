"""What every reader gives: a document of tables of rows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lensan.intake.readers.blocks import Block

Value = Any
"""str (values.DoubtfulText where it can be read otherwise), int, float, bool, datetime, date, time, None, values.CellError or FORMULA_WITHOUT_VALUE."""


MOST_COLUMNS = 500
"""Of a table, whatever its format: columns, or keys of all its lines."""
MOST_SHEETS = 200
MOST_TABLES = 1_000
"""Of a file, on all its sheets."""
MOST_MARKS = 30
"""Of combining marks on a letter, as in Unicode's stream-safe format (UAX 15, section 13)."""
_MANY = re.compile(rf"[^\w\x00-\x7f]{{{MOST_MARKS + 1},}}")


def stream_safe(text: str) -> str:
    """The text without the marks that no letter bears: composing it then takes time in proportion to its
    length, whoever wrote it."""
    return text if text.isascii() else _MANY.sub(_capped, text)


def _capped(run: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for letter in run[0]:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


class SourceRow(NamedTuple):
    """A row. ``number``: as a person counts in the opened file, the first is 1, blank lines count.

    ``note``: ``hidden`` by the sender, or ``unreadable`` (a line that is no JSON; cells hold its text).
    """

    number: int
    cells: tuple[Value, ...]
    note: str | None = None


@dataclass(frozen=True)
class Stream:
    """Rows that are read while they are iterated, and read anew each time. ``parts`` gives the same rows,
    where it can many at once; of a delimited file also without those of ``EarlierLines``."""

    parts: Callable[..., Iterator[SourceRow | Block]]

    def __iter__(self) -> Iterator[SourceRow]:
        for part in self.parts():
            if isinstance(part, SourceRow):
                yield part
            else:
                yield from part.rows()


@dataclass
class SourceTable:
    """A sheet, or a delimited file. ``header``: the keys of JSON Lines; elsewhere headers are rows.

    ``rows``: a list for spreadsheets, a Stream for delimited files. Blank rows are among them, with no
    value in any cell. ``hidden_columns``: from 0. ``merged``: first row, first column, last row, last column
    of each group of merged cells, from 0; its value stands in the first cell alone. ``changed``: rows and columns, from 0, of cells
    of a text whose letters are not certain (struck out, changed and not accepted, hidden, raised, a picture).
    """

    sheet: str | None
    rows: Iterable[SourceRow]
    header: tuple[str, ...] | None = None
    hidden: bool = False
    date1904: bool = False
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    changed: frozenset[tuple[int, int]] = frozenset()


@dataclass
class SourceDocument:
    """A file as read. ``kind``: csv, jsonl, xlsx, xls, ods, docx or mail (a body). ``whole`` waits until the
    process that opens files has read all of it, and raises Unreadable where it cannot be read; ``in_time`` not for long
    (lensan.intake.readers.handed.BehindError)."""

    kind: str
    tables: list[SourceTable]
    warnings: list[str] = field(default_factory=list)
    whole: Callable[..., None] = lambda **_: None
