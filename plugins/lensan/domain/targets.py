"""The plan's targets by year and indicator: targets.csv of the province's folder (docs/rules/indicators.md#targets-and-completion)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lensan.domain import indicators, installation

FILE = installation.FOLDER / "targets.csv"
COLUMNS = ("year", "indicator", "share", "strict", "legal_basis")


@dataclass(frozen=True)
class Target:
    """``share``: of the indicator's base, 0.60 is 60 %; ``is_strict``: the plan's "trên", more than that."""

    year: int
    indicator: str
    share: Decimal
    is_strict: bool
    legal_basis: str


def read(path: Path = FILE) -> list[Target]:
    """The targets of a file, in its order. Raises ValueError naming file, line, column and what is expected there."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{installation.shown(path)}, line 1: expected {','.join(COLUMNS)}")
        found = [_target(row, f"{installation.shown(path)}, line {rows.line_num}") for row in rows]
    seen: dict[tuple[int, str], int] = {}
    for number, each in enumerate(found, 2):
        if seen.setdefault((each.year, each.indicator), number) != number:
            where = f"{installation.shown(path)}, line {number}"
            raise ValueError(f"{where}: {each.year} has a target of {each.indicator} already")
    return found


def _target(row: dict[str, str], where: str) -> Target:
    if None in row or None in row.values():
        raise ValueError(f"{where}: expected {len(COLUMNS)} columns")
    if not (row["year"].isdigit() and len(row["year"]) == 4):
        raise ValueError(f"{where}, year: {row['year']!r} is not a year like 2026")
    told = {each.code: each for each in indicators.indicators()}
    code = row["indicator"]
    if code not in told:
        raise ValueError(f"{where}, indicator: {code!r} is not one of {', '.join(told)}")
    if told[code].base is None:
        raise ValueError(
            f"{where}, indicator: {code} has no base, so no share of it can be reached; say base in plan.yml"
        )
    try:
        share = Decimal(row["share"])
    except InvalidOperation:
        share = Decimal(0)
    if not 0 < share <= 10:
        raise ValueError(f"{where}, share: {row['share']!r} is not a share like 0.60 (60 %)")
    if row["strict"] not in ("yes", "no"):
        raise ValueError(f"{where}, strict: {row['strict']!r} is not yes or no")
    if not row["legal_basis"].strip():
        raise ValueError(f"{where}, legal_basis: expected a text")
    return Target(int(row["year"]), code, share, row["strict"] == "yes", row["legal_basis"])
