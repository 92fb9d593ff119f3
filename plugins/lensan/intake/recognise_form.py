"""What a form is: the columns of Appendix II or III, found by their headers, and its rows by their labels.

Rows are found by their labels wherever they stand; a label that fits no indicator, or two equally well,
is held back and never guessed (docs/rules/sources.md#district-submissions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from lensan.domain import indicators, report_forms, spans, units_of_measure
from lensan.intake import recognise, wording
from lensan.intake.cells import is_blank
from lensan.intake.readers import SourceRow
from lensan.intake.recognise import folded, header_text


@dataclass(frozen=True)
class FormLayout:
    """Columns of a filled-in form; indexes from 0. ``kind``: week or month. ``in_period_rivals``,
    ``cumulative_rivals``: further columns of the same meaning. ``plans``: keys of the plans whose form it may be, more
    than one where nobody can tell (lensan.intake.form_plan)."""

    kind: str
    label: int
    in_period: int
    cumulative: int
    note: int | None
    headers: tuple[str, ...]
    height: int
    in_period_rivals: tuple[int, ...] = ()
    cumulative_rivals: tuple[int, ...] = ()
    plans: tuple[str, ...] = ("",)


def form_layout(
    row: Sequence[Any], *below: Sequence[Any], hidden: frozenset[int] = frozenset()
) -> FormLayout | None:
    """The columns of Appendix II or III in this row, or in this row and those right below it. Columns that
    the sender does not see (``hidden``) stand back behind those in sight."""
    if not any(
        isinstance(cell, str) and says_cumulative(cell) for cells in (row, *below) for cell in cells
    ):
        return None
    first = headers = [header_text(cell) for cell in row]
    found = _form_columns(headers, 1, hidden)
    for height, more in enumerate(below, 2):
        if found is not None:
            break
        headers = recognise.with_row_below(headers, more)
        found = _form_columns(headers, height, hidden)
    if found is not None and not any(
        index < len(first) and first[index] and first[index] == found.headers[index]
        for index in (found.label, found.in_period, found.cumulative)
    ):
        return None  # the header is one of the rows below alone
    return found


@lru_cache(maxsize=65536)
def says_cumulative(cell: str) -> bool:
    """Whether a cell speaks of cumulative figures: no form is without this column. Remembered, since each row is asked, and each as one below."""
    return _CUMULATIVE.search(folded(header_text(cell))) is not None


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


_IN_PERIOD = re.compile(r"\b(trong (tuan|thang)|(tuan|thang) (nay|bao cao))\b")
_CUMULATIVE = re.compile(r"\b(luy|luu|lui|luyen) ke\b")
_VALUE_WORDS = """
    chi tieu nhiem vu dat duoc da thuc hien ket qua trong tuan thang nay bao cao so luong gia tri luy luu
    lui ke den toi hien tai nay thoi diem cong don tinh ngay ky duoc cua va theo
"""
_ABOUT_VALUES = frozenset(_VALUE_WORDS.split())
"""All words, folded, that a header of the form's two value columns may consist of. Any other makes another
column of it: the last week's, the plan's, a share, a platform's."""
_LABELS = ("chi tieu", "ten chi tieu", "noi dung chi tieu", "chi tieu nhiem vu")


def value_column(header: str) -> str | None:
    """What a header of the form says: ``week``, ``month`` or ``cumulative``; ``other`` where it sounds like
    one of these and means something else; null where it is nothing of the kind."""
    if "%" in header:
        return None
    key = folded(header)
    total, period = _CUMULATIVE.search(key), _IN_PERIOD.search(key)
    if total is None and period is None:
        return None
    left = [word for word in key.split() if not word.isdigit() and word not in _ABOUT_VALUES]
    slips = [w for w in left if not any(wording.is_word_slip(w, known) for known in _ABOUT_VALUES)]
    if slips and not wording.is_english(" ".join(slips)):
        return "other"
    if total is not None:
        return "cumulative" if period is None or total.start() < period.start() else "other"
    return "week" if period is not None and "tuan" in period[0] else "month"


def _form_columns(headers: list[str], height: int, hidden: frozenset[int]) -> FormLayout | None:
    found: dict[str, list[int]] = {}
    for index, header in enumerate(headers):
        key = folded(header) if header else ""
        if not key:
            continue
        what = value_column(header)
        if what is None and key.startswith("ghi chu"):
            what = "note"
        elif what is None and any(
            each in _LABELS for each in (key, *wording.without_translation(key))
        ):
            what = "label"
        if what is not None:
            found.setdefault(what, []).append(index)
    in_sight = {
        what: [index for index in indexes if index not in hidden] or indexes
        for what, indexes in found.items()
    }
    kind = "week" if in_sight.get("week") else "month"
    if not all(in_sight.get(what) for what in ("label", kind, "cumulative")):
        return None
    return FormLayout(
        kind,
        in_sight["label"][0],
        in_sight[kind][0],
        in_sight["cumulative"][0],
        in_sight["note"][0] if in_sight.get("note") else None,
        tuple(headers),
        height,
        tuple(in_sight[kind][1:]),
        tuple(in_sight["cumulative"][1:]),
    )


def resembles_form(row: Sequence[Any]) -> bool:
    """Whether this row may be a form's header though a column of it cannot be told."""
    headers = [header_text(cell) for cell in row]
    said = [value_column(header) for header in headers if header]
    return any(folded(h) in _LABELS for h in headers if h) and any(
        what is not None for what in said
    )


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
        if "%" in text:
            return None
        for each in (key, wording.without_number(key)):
            if each in self._codes:
                return self._codes[each]
            if each in self._headings:
                return ""
        key = wording.without_number(key)
        fits = {code for known, code in self._codes.items() if wording.is_slip(key, known)}
        fits |= {"" for known in self._headings if wording.is_slip(key, known)}
        if not fits:
            fits = self._with_unit(text)
        return fits.pop() if len(fits) == 1 else None

    def _with_unit(self, text: str) -> set[str]:
        """A label that also says its unit, where that is the indicator's own."""
        said = units_of_measure.in_header(text)
        key = wording.without_number(folded(said.name))
        code = self._codes.get(key) if said.unit is not None else None
        if not code:
            return set()
        own = units_of_measure.unit(indicators.indicator(code).unit_of_measure)
        return {code} if own is not None and own == said.unit else set()


@cache
def labels(plan: str = "") -> Labels:
    """The labels of a plan's indicators, with the plan's own misprints as aliases."""
    return Labels(
        {each.code: (each.label, *each.label_aliases) for each in indicators.of_plan(plan)},
        report_forms.headings(plan),
    )


def form_row(cells: Sequence[Any], layout: FormLayout) -> tuple[str | None, str | None]:
    """What a row below a form's header is, and the code of the indicator its label names.

    A label that names none belongs to a note where no number stands beside it; else the row is data that
    nobody can place: (null, null).
    """
    label = cell_at(cells, layout.label)
    text = header_text(label) if isinstance(label, str) else ""
    code = labels(layout.plans[0]).code(text) if text else None
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
