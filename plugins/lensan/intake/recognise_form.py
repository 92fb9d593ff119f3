"""What a form is: the columns of Appendix II or III, found by their headers, and its rows by their labels.

Rows are found by their labels wherever they stand; a label that fits no indicator, or two equally well,
is held back and never guessed (docs/rules/sources.md#district-submissions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rapidfuzz import fuzz, process

from lensan.domain import indicators, report_forms, spans
from lensan.intake import recognise
from lensan.intake.cells import is_blank
from lensan.intake.readers import SourceRow
from lensan.intake.recognise import folded, header_text


@dataclass(frozen=True)
class FormLayout:
    """Columns of a filled-in form; indexes from 0. ``kind``: week or month."""

    kind: str
    label: int
    in_period: int
    cumulative: int
    note: int | None
    headers: tuple[str, ...]
    height: int


def form_layout(row: Sequence[Any], *below: Sequence[Any]) -> FormLayout | None:
    """The columns of Appendix II or III in this row, or in this row and those right below it."""
    first = headers = [header_text(cell) for cell in row]
    found = _form_columns(headers, 1)
    for height, more in enumerate(below, 2):
        if found is not None:
            break
        headers = recognise.with_row_below(headers, more)
        found = _form_columns(headers, height)
    if found is not None and not any(
        index < len(first) and first[index] and first[index] == found.headers[index]
        for index in (found.label, found.in_period, found.cumulative)
    ):
        return None  # the header is one of the rows below alone
    return found


def continues_header(cells: Sequence[Any], layout: FormLayout) -> bool:
    """Whether a row right below the form's header still belongs to it: "(Số lượng)" under a column, the
    header once more, or the numbers of the columns."""
    if recognise.numbers_the_columns(cells):
        return True
    label = header_text(cells[layout.label]) if layout.label < len(cells) else ""
    values_below = [cells[i] for i in (layout.in_period, layout.cumulative) if i < len(cells)]
    return label in ("", layout.headers[layout.label]) and all(
        cell is None or (isinstance(cell, str) and not re.search(r"\d", cell))
        for cell in values_below
    )


def _form_columns(headers: list[str], height: int) -> FormLayout | None:
    label = in_period = cumulative = note = None
    kind = ""
    for index, header in enumerate(headers):
        key = folded(header) if header else ""
        if not key:
            continue
        if "tang truong" in key or "ti le" in key or "ty le" in key:
            continue
        if "luy ke" in key or "luu ke" in key:
            cumulative = index if cumulative is None else cumulative
        elif re.search(r"\btrong (tuan|thang)\b", key):
            if in_period is None:
                in_period = index
                kind = "week" if "trong tuan" in key else "month"
        elif key.startswith("ghi chu"):
            note = index if note is None else note
        elif key in ("chi tieu", "ten chi tieu", "noi dung chi tieu", "chi tieu nhiem vu"):
            label = index if label is None else label
    if label is None or in_period is None or cumulative is None:
        return None
    return FormLayout(kind, label, in_period, cumulative, note, tuple(headers), height)


class Labels:
    """Finds the indicator a form's label names; small typing errors are accepted, never guessed."""

    def __init__(self, labels: Mapping[str, Sequence[str]], headings: Sequence[str]) -> None:
        self._codes = {
            folded(label): code for code, spellings in labels.items() for label in spellings
        }
        self._headings = [folded(heading) for heading in headings]

    def code(self, text: str) -> str | None:
        """The indicator's code, '' for a section heading, None when no row or two rows fit."""
        key = folded(text)
        if key in self._codes:
            return self._codes[key]
        choices = [*self._codes, *self._headings]
        hits = process.extract(key, choices, scorer=fuzz.ratio, limit=4, score_cutoff=88)
        if not hits:
            return None
        best = self._codes.get(hits[0][0], "")
        for other, score, _ in hits[1:]:
            if self._codes.get(other, "") != best and score > hits[0][1] - 4:
                return None
        return best


@cache
def labels() -> Labels:
    """The labels of all indicators, with the plan's own misprints as aliases."""
    return Labels(
        {each.code: (each.label, *each.label_aliases) for each in indicators.indicators()},
        report_forms.headings(),
    )


def form_row(cells: Sequence[Any], layout: FormLayout) -> tuple[str | None, str | None]:
    """What a row below a form's header is, and the code of the indicator its label names.

    A label that names none belongs to a note where no number stands beside it; else the row is data that
    nobody can place: (null, null).
    """
    label = cell_at(cells, layout.label)
    text = header_text(label) if isinstance(label, str) else ""
    code = labels().code(text) if text else None
    if code == "":
        return "header", None
    if code is not None:
        return None, code
    numbers = [cell_at(cells, layout.in_period), cell_at(cells, layout.cumulative)]
    is_data = any(not is_blank(number) and number != label for number in numbers)
    return (None if is_data else "note"), None


def cell_at(cells: Sequence[Any], index: int | None) -> Any:
    """A cell of a row; null where the row is shorter, or the table has no such column."""
    return cells[index] if index is not None and index < len(cells) else None


# ---------------------------------------------------------------- on a sheet


def find(rows: Sequence[SourceRow]) -> tuple[int, FormLayout] | None:
    """The position of the form's header row on a sheet, and its columns."""
    for position, row in enumerate(rows):
        if sum(1 for cell in row.cells if isinstance(cell, str)) < 2:
            continue
        layout = form_layout(row.cells, *cells_below(rows, position))
        if layout is not None:
            return position, layout
    return None


def cells_below(rows: Sequence[SourceRow], position: int) -> list[tuple[Any, ...]]:
    """The rows right below one that may be the first of a header of three."""
    return [row.cells for row in rows[position + 1 : position + 3]]


def heading_lines(rows: Sequence[SourceRow]) -> list[str]:
    """The texts above a form, cell by cell; the period of a row's cells together where none says it."""
    lines = []
    for row in rows:
        lines += [cell for cell in row.cells if isinstance(cell, str) and cell.strip()]
        whole = spans.row_as_line(row.cells)
        if whole is not None:
            lines.append(whole)
    return lines
