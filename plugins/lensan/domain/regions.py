"""Regions of a province: a level between its units and the whole, and who of both reports (regions.csv of the
province's folder, which may be missing). See docs/rules/units.md#regions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from lensan.domain import unit_lists, values
from lensan.domain.seats import LAST_DAY

COLUMNS = ("code", "name", "kind", "aliases", "parents", "reports", "valid_from", "valid_to")
REPORTS = ("units", "region")
"""Who sends the form: each unit of it, or the region for all of them."""


class Region(NamedTuple):
    """A region from its first to its last day, both included. ``parents``: what its units have as ``parent``;
    ``is_reporting``: its form stands instead of its units'."""

    code: str
    name: str
    kind: str
    aliases: tuple[str, ...]
    parents: frozenset[str]
    is_reporting: bool
    valid_from: date
    valid_to: date

    @property
    def full_name(self) -> str:
        """As printed: Khu vực Hạ Long."""
        return f"{self.kind} {self.name}"

    def holds(self, day: date) -> bool:
        """Whether it is there on a day."""
        return self.valid_from <= day <= self.valid_to


class Regions:
    """The regions of all times, in the order of the file, and which unit lies in which."""

    def __init__(self, rows: list[dict[str, str]], units: list[dict[str, str]]) -> None:
        self.all = [_region(row) for row in rows]
        self._parent = {row["code"]: row.get("parent", "") for row in units}
        self._named = [
            ({values.fold(name) for name in (each.full_name, *each.aliases)}, each)
            for each in self.all
        ]

    def on(self, day: date) -> list[Region]:
        """Those of a day."""
        return [each for each in self.all if each.holds(day)]

    def of_unit(self, unit_code: str, day: date) -> Region | None:
        """The region that a unit lies in on a day; null: none."""
        parent = self._parent.get(unit_code, "")
        return next((each for each in self.on(day) if parent and parent in each.parents), None)

    def find(self, text: str, day: date | None) -> str | None:
        """The code of the region that a text names as a whole, on a day or ever."""
        folded = values.fold(text)
        for names, each in self._named:
            if folded in names and (day is None or each.holds(day)):
                return each.code
        return None

    def senders(self) -> list[dict[str, str]]:
        """Regions as rows like those of units.csv, each code once as it is called last: for whoever asks whose a form,
        an address or a name is."""
        last = {each.code: each for each in self.all}
        began = {each.code: each.valid_from for each in reversed(self.all)}
        return [
            {
                "code": each.code,
                "name": each.name,
                "kind": each.kind,
                "level": "region",
                "aliases": "|".join(each.aliases),
                "valid_from": began[each.code].isoformat(),
                "valid_to": "" if each.valid_to == LAST_DAY else each.valid_to.isoformat(),
            }
            for each in last.values()
        ]

    def rows(self) -> list[dict[str, Any]]:
        """The regions as core.region has them."""
        return [
            {
                "region_code": each.code,
                "name": each.name,
                "full_name": each.full_name,
                "parents": sorted(each.parents),
                "is_reporting": each.is_reporting,
                "position": number,
                "valid_from": each.valid_from,
                "valid_to": None if each.valid_to == LAST_DAY else each.valid_to,
            }
            for number, each in enumerate(self.all, 1)
        ]


def read(path: Path, units: list[dict[str, str]]) -> Regions:
    """The regions of a file, none where there is no such file. Raises ValueError naming file, line, column and what
    is expected there."""
    if not path.exists():
        return Regions([], units)
    for told in wrong(path, units):
        raise ValueError(told)
    return Regions(unit_lists.rows(path), units)


def wrong(path: Path, units: list[dict[str, str]]) -> Iterator[str]:
    """What regions.csv says wrongly, each with its line and column; then what it leaves open."""
    if without := unit_lists.lacking(path, COLUMNS):
        yield without
        return
    known = _Known(units)
    read_so_far: list[Region] = []
    is_whole = True
    for where, row in unit_lists.lines(path):
        slips = ["expected as many cells as the first line has columns"] if row is None else []
        if row is not None:
            slips = list(_slips(row, known))
            if not slips:
                region = _region(row)
                slips = list(_against(region, read_so_far))
                read_so_far.append(region)
        for slip in slips:
            yield f"{where}{': ' if row is None else ', '}{slip}"
        is_whole = is_whole and not slips
    if is_whole:
        yield from _left_out(path, read_so_far, units)


class _Known:
    """What units.csv says that regions must not say otherwise."""

    def __init__(self, units: list[dict[str, str]]) -> None:
        self.codes = {row["code"] for row in units}
        self.parents = {row.get("parent", "") for row in units} - {""}
        self.names = {
            values.fold(name)
            for row in units
            for name in (row["name"], f"{row['kind']} {row['name']}", *row["aliases"].split("|"))
            if name
        }


def _slips(row: dict[str, str], known: _Known) -> Iterator[str]:
    """The cells of one line that say nothing, or what units.csv says otherwise."""
    for name in ("code", "name", "kind", "parents"):
        if not row[name].strip():
            yield f"{name}: expected a text"
    if row["code"] in known.codes:
        yield f"code: {row['code']} is a unit's in units.csv; a region has its own"
    for parent in filter(None, row["parents"].split("|")):
        if parent not in known.parents:
            yield f"parents: {parent!r} stands with no unit of units.csv in the column parent"
    for name in (f"{row['kind']} {row['name']}", *filter(None, row["aliases"].split("|"))):
        if values.fold(name) in known.names:
            yield f"aliases: {name!r} names a unit already"
    if row["reports"] not in REPORTS:
        yield f"reports: {row['reports']!r} is not one of {', '.join(REPORTS)}"
    yield from _wrong_days(row)


def _wrong_days(row: dict[str, str]) -> Iterator[str]:
    days = [name for name in ("valid_from", "valid_to") if row[name] or name == "valid_from"]
    slips = [name for name in days if not unit_lists.is_day(row[name])]
    for name in slips:
        yield f"{name}: {row[name]!r} is not a day like 2025-07-01"
    if slips:
        return
    # A month has one who reports: its figure may be formed of that one's weekly forms.
    if date.fromisoformat(row["valid_from"]).day != 1:
        yield f"valid_from: {row['valid_from']} is not the first day of a month"
    if row["valid_to"]:
        last = date.fromisoformat(row["valid_to"])
        if (last + timedelta(days=1)).day != 1:
            yield f"valid_to: {row['valid_to']} is not the last day of a month"
        if row["valid_to"] < row["valid_from"]:
            yield f"valid_to: {row['valid_to']} is before {row['valid_from']}"


def _against(region: Region, before: list[Region]) -> Iterator[str]:
    """What a line says otherwise than those above it: no unit lies in two regions on one day."""
    for other in before:
        if other.valid_to < region.valid_from or region.valid_to < other.valid_from:
            if other.code == region.code and region.valid_from < other.valid_from:
                yield f"valid_from: expected a later day than {other.valid_from}, which stands above"
            continue
        if other.code == region.code:
            yield f"valid_from: {region.code} stands above with days of these already"
        elif shared := sorted(other.parents & region.parents):
            yield f"parents: {shared[0]!r} is of {other.code} on these days already"


def _left_out(path: Path, regions: list[Region], units: list[dict[str, str]]) -> Iterator[str]:
    """Units that lie in none on a day with regions: their things would be in no region's sum."""
    turns = {each.valid_from for each in regions}
    turns |= {each.valid_to + timedelta(days=1) for each in regions if each.valid_to != LAST_DAY}
    turns |= {date.fromisoformat(row["valid_from"]) for row in units}
    told: set[str] = set()
    for day in sorted(turns):
        there = [each for each in regions if each.holds(day)]
        covered = frozenset[str]().union(*(each.parents for each in there))
        for row in units if there else ():
            is_there = row["valid_from"] <= day.isoformat() <= (row["valid_to"] or "9999")
            if is_there and row.get("parent", "") not in covered and row["code"] not in told:
                told.add(row["code"])
                yield (
                    f"{unit_lists.shown(path)}: {row['code']} {row['name']} lies in no region on {day}; "
                    f"its parent in units.csv is {row.get('parent') or 'empty'}"
                )


def _region(row: dict[str, str]) -> Region:
    return Region(
        row["code"],
        row["name"],
        row["kind"],
        tuple(filter(None, row["aliases"].split("|"))),
        frozenset(filter(None, row["parents"].split("|"))),
        row["reports"] == "region",
        date.fromisoformat(row["valid_from"]),
        date.fromisoformat(row["valid_to"]) if row["valid_to"] else LAST_DAY,
    )
