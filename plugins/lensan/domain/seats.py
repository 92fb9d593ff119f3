"""Where a producer or a list belongs, on any day: units change, the records that name them do not.

A *seat* is what is proved of it: a unit (``193``), or a unit and the one that came after it (``193>06685``), since
a record named a former commune, a list of successors says what became of it, or another record names the new unit.
``193>06661*``: the commune was divided, and the part that took most of it is assumed. Pure; see
docs/rules/units.md#seats.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from lensan.domain import values

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(9999, 12, 31)
ASSUMED = "*"
_THEN = ">"


@dataclass(frozen=True)
class Validity:
    """A unit of a name from the first to the last day, both included."""

    code: str
    name: str
    first: date
    last: date


@dataclass(frozen=True)
class Succession:
    """What became of a commune of a unit that ended; ``commune`` empty: of the unit as a whole. ``extent``: whole,
    part, or most (the part that took most of it)."""

    unit: str
    commune_code: str
    commune: str
    successor: str
    extent: str


class Place(NamedTuple):
    """A unit on a day; null: none is proved. ``is_assumed``: a divided commune's larger part."""

    unit: str | None
    is_assumed: bool = False


class Seats:
    """Which seat a record proves, and which unit a seat is of on a day.

    ``validities``: of all units, several of one where its name changed; ``successions``: what became of those that
    ended. A unit whose land changes ends, and another begins the day after: so what is added later changes nothing
    of the days before. Raises ValueError for a successor that does not.
    """

    def __init__(self, validities: Iterable[Validity], successions: Iterable[Succession]) -> None:
        self._first: dict[str, date] = {}
        self._last: dict[str, date] = {}
        self._names: dict[str, set[str]] = defaultdict(set)
        for unit in validities:
            self._first[unit.code] = min(unit.first, self._first.get(unit.code, unit.first))
            self._last[unit.code] = max(unit.last, self._last.get(unit.code, unit.last))
            self._names[unit.code].add(fold_commune(unit.name))
        self._communes: dict[tuple[str, str], list[Succession]] = defaultdict(list)
        self._after: dict[str, set[str]] = defaultdict(set)
        self._before: dict[str, set[str]] = defaultdict(set)
        for row in successions:
            if self._first[row.successor] != self._last[row.unit] + timedelta(days=1):
                raise ValueError(
                    f"{row.successor} succeeds {row.unit}, but does not begin on the day after it ended"
                )
            self._communes[row.unit, fold_commune(row.commune)].append(row)
            self._after[row.unit].add(row.successor)
            self._before[row.successor].add(row.unit)

    @property
    def units(self) -> tuple[str, ...]:
        """The codes of all units, each a seat of its own."""
        return tuple(self._first)

    # ------------------------------------------------------------ what a record proves

    def seat(self, unit: str | None, commune: str | None) -> str | None:
        """The seat that a unit and a commune as typed prove."""
        if unit is None or not commune or unit not in self._after:
            return unit
        # "Thôn 2, xã Đồng Lâm (nay là phường Hoành Bồ)"
        parts = [commune, *(part for part in _PARTS.split(commune) if part.strip() != commune)]
        folded = [fold_commune(part.strip()) for part in parts if part.strip()]
        named = next((part for part in folded if (unit, part) in self._communes), None)
        said = {
            successor
            for successor in self._after[unit]
            for part in folded
            if part != named and part in self._names[successor]
        }
        rows = self._communes.get((unit, named or ""), []) if named else []
        reached = {row.successor for row in rows} or said
        if len(reached & said) == 1:
            reached &= said
        if len(reached) == 1:
            return f"{unit}{_THEN}{reached.pop()}"
        most = {row.successor for row in rows if row.extent == "most"}
        if len(most) == 1 and len({row.commune_code for row in rows}) == 1:
            return f"{unit}{_THEN}{most.pop()}{ASSUMED}"
        return unit

    def communes_of(self, name: str) -> dict[str, set[str]]:
        """The units that had a commune of a name, each with what became of it."""
        folded = fold_commune(name)
        return {
            unit: {row.successor for row in rows}
            for (unit, commune), rows in self._communes.items()
            if commune == folded
        }

    def joined(self, seats: Iterable[str | None]) -> str | None:
        """One seat of several of the same producer, those that weigh more first: of any day the first unit that is
        proved, else the first assumed."""
        every = [unit for seat in seats for unit in (seat or "").split(_THEN) if unit]
        taken: list[str] = []
        for unit in sorted(every, key=lambda unit: unit.endswith(ASSUMED)):
            code = _code(unit)
            if all(
                self._last[code] < self._first[_code(other)]
                or self._last[_code(other)] < self._first[code]
                for other in taken
            ):
                taken.append(unit)
        return _THEN.join(sorted(taken, key=lambda unit: self._first[_code(unit)])) or None

    # ------------------------------------------------------------ which unit that is on a day

    def on(self, seat: str | None, day: date) -> Place:
        """The unit that a seat is of on a day."""
        units = seat.split(_THEN) if seat else []
        for unit in units:
            if self._holds(_code(unit), day):
                return Place(_code(unit), unit.endswith(ASSUMED))
        ended = [unit for unit in units if self._last[_code(unit)] < day]
        if ended:
            found = self._along(self._after, _code(ended[-1]), day)
            if found is not None:
                return Place(found, ended[-1].endswith(ASSUMED))
        later = [unit for unit in units if self._first[_code(unit)] > day]
        # What is only assumed says nothing of the time before it.
        if later and not later[0].endswith(ASSUMED):
            return Place(self._along(self._before, later[0], day))
        return Place(None)

    def _holds(self, code: str, day: date) -> bool:
        return self._first[code] <= day <= self._last[code]

    def _along(self, beside: Mapping[str, set[str]], unit: str, day: date) -> str | None:
        """The one unit that all of another went to (or came from), and so on until the day; null where these are
        several."""
        while len(following := beside.get(unit, set())) == 1:
            (unit,) = following
            if self._holds(unit, day):
                return unit
        return None

    def rows(self, seats: Iterable[str]) -> Iterator[SeatRow]:
        """Which unit each seat is of, day by day; what no unit is proved of is left out."""
        edges = {FIRST_DAY, *self._first.values()}
        edges |= {day + timedelta(days=1) for day in self._last.values() if day < LAST_DAY}
        starts = sorted(edges)
        for seat in seats:
            yield SeatRow(seat, None, None, _code(seat.split(_THEN)[0]), False)
            for start, following in zip(starts, [*starts[1:], None], strict=True):
                unit, is_assumed = self.on(seat, start)
                if unit is not None:
                    last = following - timedelta(days=1) if following else LAST_DAY
                    yield SeatRow(seat, start, last, unit, is_assumed)


class SeatRow(NamedTuple):
    """A row of core.seat. Days null: the unit that was named first, whatever the day."""

    seat_code: str
    valid_from: date | None
    valid_to: date | None
    unit_code: str
    is_assumed: bool


def _code(unit: str) -> str:
    return unit.rstrip(ASSUMED)


_PARTS = re.compile(r"[,;()/]| - |\bnay (?:là|thuộc)\b|\bcũ\b", re.I)
_COMMUNE_PREFIX = re.compile(r"^(xã|phường|thị trấn|đặc khu|tt|p|x)[\s.]+(?=\S)")
_BARE_COMMUNE_PREFIX = re.compile(r"^(xa|phuong|thi tran|dac khu) (?=\S+ \S)")


def fold_commune(text: str) -> str:
    """A commune's comparable name, without its prefix; names repeat between units.

    Phương Nam is a ward's name and folds like a prefix: only Phường is one. Without diacritics
    "Phuong Nam" is the name and "Phuong Hong Gai" bears the prefix.
    """
    bare = _COMMUNE_PREFIX.sub("", values.norm(text))
    folded = values.fold(bare)
    return _BARE_COMMUNE_PREFIX.sub("", folded) if text.isascii() else folded
