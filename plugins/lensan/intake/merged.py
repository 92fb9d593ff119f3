"""Cells that are merged, or whose letters are not certain: what stands in the first cell stands for all of them.

Source of the rules: docs/rules/sources.md#merged-cells. A text fills its rows down; a number that stands
for several rows is nobody's: it is shown as such, and held back where a number belongs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lensan.domain import values
from lensan.intake.cells import as_text, is_blank
from lensan.intake.readers import SourceRow, SourceTable
from lensan.intake.recognise import ListLayout
from lensan.intake.recognise_form import FormLayout, cell_at

UNCERTAIN = "(chữ gạch bỏ, sửa chưa duyệt, ẩn, chỉ số trên hoặc hình)"
_NUMBERS = ("number", "percent", "integer", "price_range")


def fill_down(table: SourceTable, rows: list[SourceRow], first: int, layout: ListLayout) -> None:
    """Fill the merged cells of a list's columns, in place. ``first``: position of its first row below the
    header."""
    types = {index: layout.entity.column(name).type for name, index in layout.columns.items()}
    for at, column, height, value in _down(table, rows, first):
        if column not in types:
            continue
        shared = f"{as_text(value)} (ô gộp của {height} dòng)"
        meant = shared if types[column] in _NUMBERS else value
        for position in range(at, min(at + height, len(rows))):
            _put(rows, position, column, meant, is_first=position == at)


def doubt_values(table: SourceTable, rows: list[SourceRow], first: int, layout: FormLayout) -> None:
    """Make a value of a form that is merged over several rows, or not certain, one that is held back, in place."""
    for at, column, height, value in _down(table, rows, first):
        if column in (layout.in_period, layout.cumulative):
            shared = f"{as_text(value)} (ô gộp của {height} dòng)"
            for position in range(at, min(at + height, len(rows))):
                if not is_blank(cell_at(rows[position].cells, layout.label)):
                    _put(rows, position, column, shared, is_first=position == at)
    doubt_changed(table, rows, first, [layout.in_period, layout.cumulative])


def doubt_changed(
    table: SourceTable, rows: list[SourceRow], first: int, columns: Sequence[int]
) -> None:
    """Make a value of a text that is not certain one that is held back, in place; a blank one too, since something
    stood or stands there. ``columns``: where values belong."""
    if not table.changed:
        return
    for at in range(first, len(rows)):
        for column in columns:
            if (rows[at].number - 1, column) in table.changed:
                cells = list(rows[at].cells)
                cells += [None] * (column + 1 - len(cells))
                shown = f"{as_text(cells[column]) or ''} {UNCERTAIN}".strip()
                cells[column] = values.CellError(shown)
                rows[at] = rows[at]._replace(cells=tuple(cells))


def _down(table: SourceTable, rows: list[SourceRow], first: int) -> list[tuple[int, int, int, Any]]:
    """(position, column, height, value) of each group of cells that is merged over rows below a header and
    is not blank."""
    if not table.merged or first >= len(rows):
        return []
    positions = {row.number: at for at, row in enumerate(rows[first:], first)}
    found = []
    for top, left, bottom, _ in table.merged:
        at = positions.get(top + 1)
        if at is None or bottom <= top or left >= len(rows[at].cells):
            continue
        value = rows[at].cells[left]
        if not is_blank(value):
            found.append((at, left, bottom - top + 1, value))
    return found


def _put(rows: list[SourceRow], position: int, column: int, value: Any, *, is_first: bool) -> None:
    cells = list(rows[position].cells)
    cells += [None] * (column + 1 - len(cells))
    others = any(not is_blank(cell) for i, cell in enumerate(cells) if i != column)
    if is_first or (others and is_blank(cells[column])):
        cells[column] = value
        rows[position] = rows[position]._replace(cells=tuple(cells))
