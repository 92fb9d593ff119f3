"""What is to be marked in a workbook, and its list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lensan.domain.office import OFFICES
from lensan.intake import gate

AUTHORS = tuple(entry.short_office for entry in OFFICES.entries)
"""Whoever wrote our comments in any year: those of all are ours."""
BAD_COLOUR, DOUBT_COLOUR, DOUBT_LINES = "FFFF9C8F", "FFFFF1B8", "FF9C7A00"
"""Cells to correct are plain; doubts are hatched, so that a black and white print tells them apart."""


class Unmarkable(Exception):
    """A workbook that cannot be marked, or should not be sent on; in English, for engineers."""


@dataclass(frozen=True)
class Mark:
    """A cell to colour. ``row`` and ``column`` count from 1; ``is_doubt``: a warning, no error."""

    sheet: str
    row: int
    column: int
    is_doubt: bool
    title: str
    text: str


@dataclass(frozen=True)
class ListSheet:
    """A sheet that is added before the sender's. ``rows``: (height in points, cells by column as (role, text)).

    ``links``: (row from 1, column from 1, target). ``replaces``: the sheets of these names go. ``colour``: of
    its tab. Roles: lensan.units.marking.formats.
    """

    name: str
    widths: Sequence[float]
    rows: Sequence[tuple[float, Sequence[tuple[str, str] | None]]]
    merges: Sequence[str]
    links: Sequence[tuple[int, int, str]]
    replaces: Sequence[str] = ()
    colour: str = BAD_COLOUR


def letters(column: int) -> str:
    """A column's letters: 1 → ``A``, 28 → ``AB``."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def place_of(reference: str) -> tuple[int, int]:
    """``E7`` → (7, 5). Raises Unmarkable where it names no cell."""
    match = re.fullmatch(r"\$?([A-Z]{1,3})\$?(\d{1,7})", reference)
    if match is None:
        raise Unmarkable(f"no cell {reference!r}")
    return int(match[2]), gate.column_number(match[1])
