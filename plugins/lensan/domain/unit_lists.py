"""units.csv and successions.csv of a province's folder, line by line, and what is wrong in them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from lensan.domain import installation

UNIT_COLUMNS = ("code", "name", "kind", "aliases", "valid_from", "valid_to")
FURTHER = ("level", "parent", "lat", "lon")
"""Columns that may be missing."""
LEVELS = ("district", "commune")
SUCCESSION_COLUMNS = ("unit", "commune_code", "commune", "successor", "extent")
EXTENTS = ("whole", "part", "most")


def units(path: Path) -> list[dict[str, str]]:
    """The units of a file, in its order, every column there. Raises ValueError naming file, line, column and what is
    expected there."""
    for told in wrong_units(path):
        raise ValueError(told)
    return [dict.fromkeys(FURTHER, "") | row for row in rows(path)]


def successions(path: Path, units: list[dict[str, str]]) -> list[dict[str, str]]:
    """What became of units that ended; none where there is no such file. Raises ValueError as ``units`` does."""
    if not path.exists():
        return []
    for told in wrong_successions(path, {row["code"]: row for row in units}):
        raise ValueError(told)
    return rows(path)


def wrong_units(path: Path) -> Iterator[str]:
    """The lines of units.csv that say no unit, each with line and column."""
    if without := lacking(path, UNIT_COLUMNS):
        yield without
        return
    codes: set[str] = set()
    for where, row in lines(path):
        if row is None:
            yield f"{where}: expected as many cells as the first line has columns"
            continue
        for name in ("code", "name", "kind"):
            if not row[name].strip():
                yield f"{where}, {name}: expected a text"
        if row["code"] in codes:
            yield f"{where}, code: {row['code']} stands above already"
        codes.add(row["code"])
        if row.get("level") and row["level"] not in LEVELS:
            yield f"{where}, level: {row['level']!r} is not one of {', '.join(LEVELS)}"
        for name in ("lat", "lon"):
            if row.get(name) and not _is_degrees(row[name]):
                yield f"{where}, {name}: {row[name]!r} is not degrees like 20.95"
        days = [name for name in ("valid_from", "valid_to") if row[name] or name == "valid_from"]
        slips = [name for name in days if not is_day(row[name])]
        for name in slips:
            yield f"{where}, {name}: {row[name]!r} is not a day like 2025-07-01"
        if not slips and row["valid_to"] and row["valid_to"] < row["valid_from"]:
            yield f"{where}, valid_to: {row['valid_to']} is before {row['valid_from']}"


def wrong_successions(path: Path, units: dict[str, dict[str, str]]) -> Iterator[str]:
    """The lines of successions.csv that say nothing of two of the units, each with line and column."""
    if without := lacking(path, SUCCESSION_COLUMNS):
        yield without
        return
    for where, row in lines(path):
        if row is None:
            yield f"{where}: expected as many cells as the first line has columns"
            continue
        for name in ("unit", "successor"):
            if row[name] not in units:
                yield f"{where}, {name}: {row[name]!r} is no code of units.csv"
        if row["extent"] not in EXTENTS:
            yield f"{where}, extent: {row['extent']!r} is not one of {', '.join(EXTENTS)}"


def shown(path: Path) -> str:
    """A file as it is named to people."""
    return installation.shown(path)


def lacking(path: Path, columns: tuple[str, ...]) -> str | None:
    """What is wrong with a file's first line; null: it has the columns."""
    with path.open(encoding="utf-8", newline="") as stream:
        header = csv.DictReader(stream).fieldnames or ()
    if all(name in header for name in columns):
        return None
    return f"{installation.shown(path)}, line 1: expected the columns {', '.join(columns)}"


def lines(path: Path) -> Iterator[tuple[str, dict[str, str] | None]]:
    """Each line with its place; null: it has other cells than the first line."""
    with path.open(encoding="utf-8", newline="") as stream:
        read = csv.DictReader(stream)
        for row in read:
            is_whole = None not in row and None not in row.values()
            yield f"{installation.shown(path)}, line {read.line_num}", row if is_whole else None


def rows(path: Path) -> list[dict[str, str]]:
    """The whole lines of a file."""
    return [row for _, row in lines(path) if row is not None]


def _is_degrees(text: str) -> bool:
    try:
        return -180 <= float(text) <= 180
    except ValueError:
        return False


def is_day(text: str) -> bool:
    """Whether a text is a day, written like 2025-07-01."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2025-07-01")
