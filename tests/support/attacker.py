"""Somebody who has every public package and the marketplaces' public pages, and nothing else."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy
from scipy.optimize import linprog
from scipy.sparse import csr_array


class StallPage(NamedTuple):
    """What anybody can read of a stall on its marketplace."""

    platform: str
    name: str
    unit: str
    opened_on: date


@dataclass
class Seen:
    """A figure as all packages show it, in the order in which they came out: unit → package → value."""

    packages: int = 0
    values: dict[str, dict[int, float]] = field(default_factory=dict)
    whole: str = "22"

    def is_known(self, unit: str, package: int) -> bool:
        return package == 0 or package in self.values[unit]


def read_packages(folders: Iterable[Path]) -> dict[tuple[str, str], Seen]:
    """Indicator and part → what was seen. The packages tell their own order."""
    ordered = sorted(
        folders,
        key=lambda folder: json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["created"],
    )  # fmt: skip
    found: dict[tuple[str, str], Seen] = {}
    for folder in ordered:
        with (folder / "csv" / "public_figure.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for key in {(row["indicator_code"], row["part"]) for row in rows}:
            found.setdefault(key, Seen()).packages += 1
        for row in rows:
            seen = found[row["indicator_code"], row["part"]]
            of_unit = seen.values.setdefault(row["unit_code"], {})
            if row["is_new"].lower() == "true":
                of_unit[seen.packages] = float(row["value"])
    return found


class Bounds(NamedTuple):
    unit: str
    what: str
    least: float
    most: float


def bounds(seen: Seen, *, fell: float = 0) -> list[Bounds]:
    """The least and the most that each withheld cumulative, and each withheld step from one package to the next, can be:
    exact, by linear programs over the steps of all units. The province is the sum of its units; no unit falls, but by
    ``fell`` in all, which the attacker is told."""
    units = sorted(unit for unit in seen.values if unit != seen.whole)
    count = seen.packages
    steps = len(units) * count
    at = {unit: number * count for number, unit in enumerate(units)}

    def sum_of(unit: str, start: int, end: int) -> numpy.ndarray:
        row = numpy.zeros(steps)
        for each in units if unit == seen.whole else [unit]:
            row[at[each] + start : at[each] + end] = 1
        return numpy.hstack([row, -row]) if fell else row

    rows = [sum_of(unit, 0, at) for unit, shown in seen.values.items() for at in shown]
    sums = [value for shown in seen.values.values() for value in shown.values()]
    if fell:
        rows.append(numpy.hstack([numpy.zeros(steps), numpy.ones(steps)]))
        sums.append(fell)
    equal = {"A_eq": csr_array(numpy.array(rows)), "b_eq": numpy.array(sums)} if rows else {}
    found = []
    for unit in [*units, seen.whole]:
        for package in range(1, count + 1):
            wanted = []
            if not seen.is_known(unit, package):
                wanted.append((f"cumulative {package}", 0))
            if not (seen.is_known(unit, package) and seen.is_known(unit, package - 1)):
                wanted.append((f"step {package}", package - 1))
            for what, start in wanted:
                goal = sum_of(unit, start, package)
                ends = []
                for sign in (1, -1):
                    done = linprog(sign * goal, **equal, method="highs")
                    assert done.status in (0, 3), done.message
                    ends.append(sign * done.fun if done.status == 0 else -sign * numpy.inf)
                found.append(Bounds(unit, what, round(ends[0], 3), round(ends[1], 3)))
    return found


def too_close(seen: Seen, margin: float, *, fell: float = 0) -> list[Bounds]:
    """What can be worked out closer than so much up and down."""
    return [each for each in bounds(seen, fell=fell) if each.most - each.least < 2 * margin - 1e-6]


# What a column of any table may say that stands on a page too.
_ON_PAGES = {
    "platform": "platform",
    "unit_code": "unit",
    "opened_on": "opened_on",
    "first_stall_on": "opened_on",
}


def linked(folder: Path, pages: Iterable[StallPage]) -> dict[str, set[StallPage]]:
    """Table → pages that one row of it fits and no other page does: the row is that stall's."""
    found: dict[str, set[StallPage]] = {}
    pages = list(pages)
    for path in sorted((folder / "csv").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        shared = [column for column in (rows[0] if rows else {}) if column in _ON_PAGES]
        if not any(_ON_PAGES[column] == "opened_on" for column in shared):
            continue
        by_facts: dict[tuple[str, ...], list[StallPage]] = {}
        for page in pages:
            facts = tuple(str(getattr(page, _ON_PAGES[column])) for column in shared)
            by_facts.setdefault(facts, []).append(page)
        for row in rows:
            fitting = by_facts.get(tuple(row[column] for column in shared), [])
            if len(fitting) == 1:
                found.setdefault(path.stem, set()).add(fitting[0])
    return found


def guesses(folder: Path, pages: Iterable[StallPage], code: str) -> list[int]:
    """Of each shown change of a unit's stalls, how many pages it may be about: whoever picks one of them is right once
    in so many times."""
    pages = list(pages)
    with (folder / "csv" / "public_figure.csv").open(encoding="utf-8", newline="") as stream:
        rows = [
            row
            for row in csv.DictReader(stream)
            if row["indicator_code"] == code
            and row["is_new"].lower() == "true"
            and row["unit_code"] != "22"
        ]
    return [
        sum(
            page.unit == row["unit_code"]
            and (row["added_since_on"] or "0000") < page.opened_on.isoformat() <= row["as_of_on"]
            for page in pages
        )
        for row in rows
    ]


def base_rate(pages: Iterable[StallPage]) -> float:
    """How often somebody is right who knows a stall's unit only and picks one of the unit's."""
    sizes: Mapping[str, int] = {}
    pages = list(pages)
    sizes = {unit: sum(page.unit == unit for page in pages) for unit in {p.unit for p in pages}}
    return sum(1 / sizes[page.unit] for page in pages) / len(pages)
