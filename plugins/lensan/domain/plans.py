"""The plans that an installation reports on, and the kinds of reports that each has.

The first plan is that of office.yml, its files those of the province's folder itself; its reports are of the kinds
``week`` and ``month``. A further plan is a folder plans/<key> there, with about.yml and files of its own; its reports
are of the kinds ``week-<key>`` and ``month-<key>``, so that nothing of one plan is ever taken for the other's
(docs/decisions/0038-two-plans.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, cast

from lensan.domain import installation, office

CADENCES: tuple[Literal["week", "month"], ...] = ("week", "month")


@dataclass(frozen=True)
class Plan:
    """``key``: empty for the first plan. ``folder``: where its targets and forms lie. ``start``: the first day that
    counts; ``end``: the last day that it reports on, null: it goes on."""

    key: str
    folder: Path
    start: date
    end: date | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its reports, the week's first."""
        return tuple(kind(cadence, self.key) for cadence in CADENCES)


def kind(cadence: str, key: str) -> str:
    """The kind of a report of a plan: ``week``, ``week-kh2``."""
    return f"{cadence}-{key}" if key else cadence


def cadence(kind: str) -> Literal["week", "month", "span"]:
    """How often a kind of report comes: ``week`` of ``week-kh2``."""
    return cast('Literal["week", "month", "span"]', kind.partition("-")[0])


def key(kind: str) -> str:
    """Of which plan a kind of report is: ``kh2`` of ``week-kh2``, empty for the first plan's."""
    return kind.partition("-")[2]


@cache
def plans() -> tuple[Plan, ...]:
    """All plans, the first plan first."""
    return (Plan("", installation.FOLDER, office.PLAN_START),)


def plan(key: str) -> Plan:
    """A plan by its key. Raises KeyError naming the keys that there are."""
    for each in plans():
        if each.key == key:
            return each
    known = ", ".join(each.key for each in plans() if each.key)
    raise KeyError(f"no plan {key!r}; known: {known}")


def kinds() -> tuple[str, ...]:
    """The kinds of reports of all plans, the first plan's first, of each plan the week's first."""
    return tuple(kind for each in plans() for kind in each.kinds)
