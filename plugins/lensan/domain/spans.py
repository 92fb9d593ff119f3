"""The days that a text says a report is of: ``Từ ngày 11/11/2021 đến ngày 17/11/2021`` and its kin.

Source of the rules: docs/rules/sources.md#whose-form-which-period. Pure; nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, NamedTuple

from lensan.domain import values

LONGEST_LINE = 400


class Span(NamedTuple):
    """First and last day, both included."""

    first: date
    last: date


_KEPT = re.compile(r"[\d/.\-–—~>]+")
_DATE_IN_WORDS = re.compile(r"(?<!tuan )\b(\d{1,2}) thang (\d{1,2})(?: nam (\d{4}))?\b")
_YEAR = re.compile(r"(?<![\d/.\-])(?:thang \d{1,2} ?[/.\-] ?|nam |thang \d{1,2} nam )(20\d\d)\b")
_DAY = r"(\d{1,2})(?:[/.\-](\d{1,2}))?(?:[/.\-](\d{4}|\d{2}))?"
_SPAN = re.compile(
    rf"(?<![\d/.\-]){_DAY} ?(?:den|toi|->|[\-–—~])(?: (?:het|ngay|\d{{1,2}}h\d{{0,2}}|\d{{1,2}} gio|thu|hai|ba|tu|nam|sau|bay|chu|nhat|cn|t\d)){{0,4}} ?"
    r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{4}|\d{2}))?(?![\d])"
)
_COMPARED = re.compile(r"\b(so voi|tuan truoc|ky truoc|thang truoc|cung ky)\b")


def spans_in(rows: Iterable[Sequence[Any]]) -> list[Span]:
    """The spans of days that the rows of a heading say, each once, in their order; cells are texts or
    dates. What they are compared with ("so với tuần từ …") is none of theirs.

    A span may stand in one cell, in the cells of a row, or in two rows: "Từ ngày …" over "Đến ngày …".
    """
    lines = [line for row in rows for line in _lines(row)]
    found: list[Span] = []
    for line in lines:
        found += _in_line(line)
    if not found:
        for above, below in pairwise(lines):
            if above.startswith("tu") and below.startswith(("den", "toi")):
                found += _in_line(f"{above} {below}")
    return list(dict.fromkeys(found))


def _lines(row: Sequence[Any]) -> list[str]:
    """The texts of a row, cell by cell, and, where its cells hold a span together, all of them."""
    cells = [_as_text(cell) for cell in row]
    texts = [text for cell in cells if cell for text in cell.splitlines() if text.strip()]
    lines = [plain(text) for text in texts]
    alone = any(_in_line(line) for line in lines)
    return lines if alone or len(lines) < 2 else [plain(" ".join(texts))]


def row_as_line(row: Sequence[Any]) -> str | None:
    """The row as one line of text where its cells say part of a span together with a date cell, or a span
    in several cells; null where single cells say all there is."""
    cells = [text for text in map(_as_text, row) if text and text.strip()]
    dated = any(isinstance(cell, date) for cell in row)
    if len(cells) < 2 or any(_in_line(plain(text)) for text in cells):
        return None
    whole = " ".join(cells)
    folded = plain(whole)
    half = dated and folded.startswith(("tu", "den", "toi"))
    return whole if half or _in_line(folded) else None


def _as_text(cell: Any) -> str | None:
    if isinstance(cell, datetime | date):
        return f"{cell.day}/{cell.month}/{cell.year}"
    return cell if isinstance(cell, str) else None


def plain(text: str) -> str:
    """Folded like ``values.fold`` but with the punctuation that dates need, and dates in figures."""
    text = re.sub(r"\s?([/–—~])\s?(?=\d)", r"\1", (values.clean_text(text) or "")[:LONGEST_LINE])
    words = []
    for word in text.split(" "):
        bare = word.strip("(),;:.[]")
        words.append(bare if _KEPT.fullmatch(bare) else values.fold(word))
    folded = " ".join(word for word in words if word)
    folded = re.sub(r"\b(\d{1,2}/\d{1,2}) nam (\d{4})\b", r"\1/\2", folded)
    return _DATE_IN_WORDS.sub(
        lambda found: "/".join(part for part in found.groups() if part is not None), folded
    )


def _in_line(line: str) -> list[Span]:
    found = []
    said = _YEAR.search(line)
    for match in _SPAN.finditer(line):
        if _COMPARED.search(line[max(0, match.start() - 40) : match.start()]):
            continue
        year = match[6] or match[3] or (said[1] if said else None)
        if year is None:
            continue
        last = _date(match[4], match[5], year)
        if last is None:
            continue
        first = _date(match[1], match[2] or match[5], match[3] or str(last.year))
        if first is not None and first > last and not match[3] and match[2]:
            first = _date(match[1], match[2], str(last.year - 1))
        if first is not None and first <= last:
            found.append(Span(first, last))
    return found


def _date(day: str, month: str, year: str) -> date | None:
    try:
        return date(int(year) if len(year) == 4 else 2000 + int(year), int(month), int(day))
    except ValueError:
        return None
