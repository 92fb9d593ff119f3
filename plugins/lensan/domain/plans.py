"""The plans that an installation reports on, and the kinds of reports that each has.

The first plan is that of office.yml, its files those of the province's folder itself; its reports are of the kinds
``week`` and ``month``. A further plan is a folder plans/<key> there, with about.yml and files of its own; its reports
are of the kinds ``week_<key>`` and ``month_<key>``, so that nothing of one plan is ever taken for the other's
(docs/decisions/0038-two-plans.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, cast

from pydantic import model_validator

from lensan.domain import installation, office
from lensan.domain.yaml_file import Day, Slips, Spec, YamlFile, slip

Cadence = Literal["week", "month", "span"]
"""How often a report comes; ``span``: any days that an ad-hoc report is asked for."""
CADENCES: tuple[Cadence, ...] = ("week", "month")
FOLDER = installation.FOLDER / "plans"
ABOUT = "about.yml"
NEEDED = (ABOUT, "targets.csv", "reports/week.yml", "reports/month.yml")
OTHER = ("plan.yml", "calendar.yml")
"""What a further plan's folder may have besides; everything else is the province's."""
MOST = 9
KEY = re.compile(r"[a-z][a-z0-9]{0,11}")


class About(Spec):
    """plans/<key>/about.yml: the first day that counts, the last day that is reported on (left out: it goes on), and
    what reports print of the plan."""

    start: Day
    end: Day | None = None
    plan: office.PlanPrinted

    @model_validator(mode="after")
    def _in_order(self) -> About:
        if self.end is not None and self.end <= self.start:
            raise slip("expected a later day than start", "end")
        return self


@dataclass(frozen=True)
class Plan:
    """``key``: empty for the first plan. ``start``: the first day that
    counts; ``end``: the last day that it reports on, null: it goes on. ``printed``: what reports say of it; of the
    first plan office.yml says it, by days."""

    key: str
    start: date
    end: date | None = None
    printed: office.PlanPrinted | None = None

    @property
    def folder(self) -> Path:
        """Where its targets and forms lie."""
        return FOLDER / self.key if self.key else installation.FOLDER

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its reports, the week's first."""
        return tuple(kind(each, self.key) for each in CADENCES)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers that its forms may bear."""
        if self.printed is not None:
            return (self.printed.number,)
        return tuple(dict.fromkeys(entry.plan.number for entry in office.OFFICES.entries))

    def printed_on(self, day: date) -> office.PlanPrinted:
        """What reports due on a day say of it."""
        return self.printed or office.at(day).plan


def kind(cadence: str, key: str) -> str:
    """The kind of a report of a plan: ``week``, ``week_kh2``."""
    return f"{cadence}_{key}" if key else cadence


def cadence(kind: str) -> Cadence:
    """How often a kind of report comes: ``week`` of ``week_kh2``."""
    return cast(Cadence, kind.partition("_")[0])


def key(kind: str) -> str:
    """Of which plan a kind of report is: ``kh2`` of ``week_kh2``, empty for the first plan's."""
    return kind.partition("_")[2]


@cache
def plans() -> tuple[Plan, ...]:
    """All plans, the first plan first, then by key. Raises Slips with file, line and what is expected."""
    found = [Plan("", office.PLAN_START, office.OFFICES.plan_end)]
    for folder in sorted(FOLDER.iterdir()) if FOLDER.is_dir() else ():
        if folder.name.startswith("."):
            continue
        _refuse_odd(folder)
        file = YamlFile(folder / ABOUT)
        about = file.read(About)
        number = about.plan.number
        for other in found:
            if number in other.numbers:
                raise file.slip("expected a number of no other plan", "plan", "number")
        found.append(Plan(folder.name, about.start, about.end, about.plan))
    if len(found) > MOST:
        raise Slips([f"{installation.shown(FOLDER)}: expected at most {MOST - 1} further plans"])
    return tuple(found)


def _refuse_odd(folder: Path) -> None:
    """Raises Slips for a name that is no key, for files that are missing, and for those that no plan has."""
    shown = installation.shown(folder)
    if not (folder.is_dir() and KEY.fullmatch(folder.name)):
        raise Slips([f"{shown}: expected a folder named in small letters and digits, as kh2"])
    told = [f"{shown}/{name}: missing" for name in NEEDED if not (folder / name).is_file()]
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in (*NEEDED, *OTHER):
            told.append(
                f"{shown}/{name}: a further plan has {', '.join((*NEEDED, *OTHER))}; all else is the province's "
                "and stands in its folder"
            )
    if told:
        raise Slips(told)


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
