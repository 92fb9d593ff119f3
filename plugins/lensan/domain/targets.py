"""The plan's targets by year and indicator: targets.csv of the province's folder (docs/rules/indicators.md#targets-and-completion)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from lensan.domain import indicators, installation, plans
from lensan.domain.indicators import Indicator
from lensan.domain.office import PROVINCE
from lensan.domain.places import places

FILE = installation.FOLDER / "targets.csv"
COLUMNS = ("year", "indicator", "share", "strict", "legal_basis")
MORE = ("unit", "amount")
"""Columns that a file may have besides, anywhere."""


@dataclass(frozen=True)
class Target:
    """``share``: of the indicator's base, 0.60 is 60 %; ``amount``: a number in its unit of measure; one of the two.
    ``unit``: the one that it is of, else empty. ``is_strict``: the plan's "trên", more than that."""

    year: int
    indicator: str
    share: Decimal | None
    is_strict: bool
    legal_basis: str
    amount: Decimal | None = None
    unit: str = ""


def every() -> list[Target]:
    """The targets of all plans, plan by plan. Raises as ``read``."""
    return [target for plan in plans.plans() for target in read(plan.folder / FILE.name, plan.key)]


def read(path: Path = FILE, plan: str = "") -> list[Target]:
    """The targets of a plan's file, in its order. Raises ValueError naming file, line, column and what is expected there."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream)
        names = tuple(rows.fieldnames or ())
        if tuple(name for name in names if name not in MORE) != COLUMNS or len(set(names)) < len(
            names
        ):
            raise ValueError(
                f"{installation.shown(path)}, line 1: expected {','.join(COLUMNS)}, besides {','.join(MORE)}"
            )
        told = {each.code: each for each in indicators.of_plan(plan)}
        where = f"{installation.shown(path)}, line"
        found = [_target(row, f"{where} {rows.line_num}", told) for row in rows]
    seen: dict[tuple[int, str, str], int] = {}
    kinds: dict[tuple[int, str], bool] = {}
    for number, each in enumerate(found, 2):
        where = f"{installation.shown(path)}, line {number}"
        if seen.setdefault((each.year, each.indicator, each.unit), number) != number:
            raise ValueError(f"{where}: {each.year} has a target of {each.indicator} already")
        is_amount = each.amount is not None
        if kinds.setdefault((each.year, each.indicator), is_amount) != is_amount:
            raise ValueError(
                f"{where}: {each.year} has shares and amounts of {each.indicator}, expected one of both"
            )
    for each in found:
        if each.share is not None and (each.year, each.indicator, "") not in seen:
            number = seen[each.year, each.indicator, each.unit]
            raise ValueError(
                f"{installation.shown(path)}, line {number}: expected also a share of {each.indicator} in {each.year} "
                "without a unit, the province's"
            )
    return found


@cache
def is_amount(year: int, indicator: str) -> bool:
    """Whether the plan sets an absolute number of an indicator in a year, not a share of its base: a figure's ``base``
    is that number then (docs/rules/indicators.md#absolute-numbers-and-targets-of-a-unit)."""
    return any(
        (each.year, each.indicator) == (year, indicator) and each.amount is not None
        for each in every()
    )


def _target(row: dict[str, str], where: str, told: Mapping[str, Indicator]) -> Target:
    if None in row or None in row.values():
        raise ValueError(f"{where}: expected {len(COLUMNS)} columns")
    if not (row["year"].isdigit() and len(row["year"]) == 4):
        raise ValueError(f"{where}, year: {row['year']!r} is not a year like 2026")
    code = row["indicator"]
    if code not in told:
        raise ValueError(f"{where}, indicator: {code!r} is not one of {', '.join(told)}")
    share, amount = _number(row, "share", where), _number(row, "amount", where)
    if (share is None) == (amount is None):
        raise ValueError(f"{where}: expected a share like 0.60 (60 %) or an amount like 5000")
    if told[code].base is None and share is not None:
        raise ValueError(
            f"{where}, indicator: {code} has no base, so no share of it can be reached; say base in plan.yml"
        )
    if share is not None and share > 10:
        raise ValueError(f"{where}, share: {row['share']!r} is not a share like 0.60 (60 %)")
    unit = row.get("unit", "")
    if unit and (unit == PROVINCE or unit not in {each["code"] for each in places().units}):
        raise ValueError(f"{where}, unit: {unit!r} is no code of units.csv; empty for all")
    if unit and not told[code].units:
        raise ValueError(f"{where}, unit: {code} is the province's alone")
    if row["strict"] not in ("yes", "no"):
        raise ValueError(f"{where}, strict: {row['strict']!r} is not yes or no")
    if not row["legal_basis"].strip():
        raise ValueError(f"{where}, legal_basis: expected a text")
    return Target(
        int(row["year"]), code, share, row["strict"] == "yes", row["legal_basis"], amount, unit
    )


def _number(row: dict[str, str], column: str, where: str) -> Decimal | None:
    said = row.get(column, "")
    if not said:
        return None
    try:
        number = Decimal(said)
    except InvalidOperation:
        number = Decimal(0)
    if not (number.is_finite() and number > 0):
        meant = "a share like 0.60 (60 %)" if column == "share" else "a number like 5000"
        raise ValueError(f"{where}, {column}: {said!r} is not {meant}")
    return number
