"""Whether what public packages show lets somebody work out what they withhold (docs/rules/privacy.md).

Of one figure, packages show cumulatives: of some units, of the province. What lies between two shown values of a
unit is a block, between two of the province a column; who reads all packages knows the sum of every block and
column and no more, that is a two-way table with cells unknown. How far a cell, or the beginning of a block, can
move while all sums stay is a flow through that table (Gusfield 1988); true values are a solution to start from. Cells
below zero are taken as known to be none, which gives the reader of packages more than they have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

_FREE = "free"
"""The node of what no sum is known of: what came after the last shown value."""
Node = tuple[str, int] | str


@dataclass(frozen=True)
class Series:
    """The cumulatives of a unit, or the province, in each package, as whole numbers; which are shown."""

    values: tuple[int, ...]
    shown: tuple[bool, ...]

    @property
    def blocks(self) -> list[tuple[int, int, bool]]:
        """First and last package of each block, from 0 (nothing yet); whether its sum is known."""
        marks = [0, *(at for at, is_shown in enumerate(self.shown, 1) if is_shown)]
        found = [(start, end, True) for start, end in pairwise(marks)]
        return (
            found if marks[-1] == len(self.shown) else [*found, (marks[-1], len(self.shown), False)]
        )

    def between(self, start: int, end: int) -> int:
        """What came after one package until another."""
        return (self.values[end - 1] if end else 0) - (self.values[start - 1] if start else 0)


@dataclass(frozen=True)
class _Cell:
    """What a unit's block and a column have in common: ``steps`` packages, ``amount``."""

    unit: str
    row: Node
    column: Node
    steps: int
    amount: int


def exposed(units: Mapping[str, Series], whole: Series, width: int) -> str | None:
    """A unit of which something withheld can be worked out closer than ``width`` (between the least and the most it
    may be); ``""``: the province; None: nothing is."""
    rest = _rest(units, whole)
    with_rest = {**units, "": rest} if any(rest.values) else units
    table = _Table(with_rest, whole)
    for unit, series in units.items():
        for start, end, is_known in series.blocks:
            if not _is_hidden(table, unit, start, end, is_known, width):
                return unit
    for start, end, is_known in whole.blocks:
        if is_known and not _moves(with_rest, start, end, width):
            return ""
    return None


def _rest(units: Mapping[str, Series], whole: Series) -> Series:
    """What the province has beyond its units, never shown."""
    values = tuple(
        value - sum(series.values[at] for series in units.values())
        for at, value in enumerate(whole.values)
    )
    return Series(values, (False,) * len(values))


def _is_hidden(table: _Table, unit: str, start: int, end: int, is_known: bool, width: int) -> bool:
    """Whether each part of a block is unknown enough: its cells, what lies within a cell, its beginnings."""
    cells = table.cells(unit, start, end)
    for at, cell in enumerate(cells):
        is_block = is_known and len(cells) == 1
        up = cell.amount if is_block else min(width, table.more([cell]))
        if not is_block and up + table.less([cell]) < width:
            return False
        if cell.steps > 1 and max(cell.amount, 0) + (0 if is_block else up) < width:
            return False
        beginning = cells[: at + 1]
        is_whole = is_known and at + 1 == len(cells)
        if (
            len(beginning) > 1
            and not is_whole
            and table.more(beginning) + table.less(beginning) < width
        ):
            return False
    return True


def _moves(units: Mapping[str, Series], start: int, end: int, width: int) -> bool:
    """Whether what the province had at each package within a column is unknown enough: blocks that reach over that
    package can lie before or after it."""
    for at in range(start + 1, end):
        movable = 0
        for series in units.values():
            for first, last, _ in series.blocks:
                if first < at < last:
                    movable += max(series.between(max(first, start), min(last, end)), 0)
        if movable < width:
            return False
    return True


class _Table:
    """The cells of all units, and how far some of them can grow or shrink while all known sums stay."""

    def __init__(self, units: Mapping[str, Series], whole: Series) -> None:
        self._cells: dict[tuple[str, int, int], list[_Cell]] = {}
        columns = whole.blocks
        for unit, series in units.items():
            for start, end, is_known in series.blocks:
                row: Node = (unit, start) if is_known else _FREE
                self._cells[unit, start, end] = [
                    _Cell(
                        unit,
                        row,
                        ("column", c_start) if c_known else _FREE,
                        min(end, c_end) - max(start, c_start),
                        series.between(max(start, c_start), min(end, c_end)),
                    )
                    for c_start, c_end, c_known in columns
                    if min(end, c_end) > max(start, c_start)
                ]
        every = [cell for cells in self._cells.values() for cell in cells]
        self._much = sum(abs(cell.amount) for cell in every) + 1
        self._nodes: dict[Node, int] = {_FREE: 0}
        for cell in every:
            self._nodes.setdefault(cell.row, len(self._nodes))
            self._nodes.setdefault(cell.column, len(self._nodes))
        self._capacity = np.zeros((len(self._nodes) + 2,) * 2, dtype=np.int64)
        self._sharing = Counter((cell.row, cell.column) for cell in every)
        for cell in every:
            gives, takes = self._nodes[cell.column], self._nodes[cell.row]
            if gives != takes:
                self._capacity[takes, gives] = self._much  # the cell grows
                self._capacity[gives, takes] += max(cell.amount, 0)  # the cell shrinks

    def cells(self, unit: str, start: int, end: int) -> list[_Cell]:
        """Those of a block, in the order of time."""
        return self._cells[unit, start, end]

    def more(self, chosen: Sequence[_Cell]) -> int:
        """How much the sum of some cells of a block can grow: what other cells of their columns can give, and other
        cells of the block take back."""
        row = chosen[0].row
        if any(cell.column == row == _FREE for cell in chosen):
            return self._much
        return self._flow({cell.column: self._much for cell in chosen}, {row: self._much}, chosen)

    def less(self, chosen: Sequence[_Cell]) -> int:
        """How much the sum of some cells of a block can shrink."""
        gives = {cell.column: max(cell.amount, 0) for cell in chosen}
        row = chosen[0].row
        free = gives.pop(_FREE) if row == _FREE and _FREE in gives else 0
        return free + (self._flow({row: self._much}, gives, chosen) if gives else 0)

    def _flow(
        self, sources: Mapping[Node, int], sinks: Mapping[Node, int], without: Sequence[_Cell]
    ) -> int:
        capacity = self._capacity.copy()
        for cell in without:
            gives, takes = self._nodes[cell.column], self._nodes[cell.row]
            capacity[gives, takes] -= max(cell.amount, 0)
            if self._sharing[cell.row, cell.column] == 1:
                capacity[takes, gives] = 0
        for node, amount in sources.items():
            capacity[-2, self._nodes[node]] = amount
        for node, amount in sinks.items():
            capacity[self._nodes[node], -1] = amount
        np.minimum(capacity, self._much, out=capacity)
        graph = csr_array(capacity.astype(np.int32))
        last = len(capacity) - 1
        return int(maximum_flow(graph, last - 1, last).flow_value)
