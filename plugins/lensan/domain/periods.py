"""Reporting periods: weeks named by their due Thursday, and calendar months.

All times are Asia/Ho_Chi_Minh (no daylight saving since 1975). Source of the rules: plan
201/KH-UBND (Appendix II, "trước 14h00 thứ 5 hằng tuần") and docs/rules/indicators.md#periods.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from lensan.domain.office import PLAN_START

ICT = ZoneInfo("Asia/Ho_Chi_Minh")
THURSDAY = 3

Kind = Literal["week", "month"]


@dataclass(frozen=True, order=True)
class Period:
    """A reporting week or month, half open: [start 00:00, end 00:00) in Asia/Ho_Chi_Minh.

    ``name`` is what people call it: the due date of a week (``2021-11-18``), ``YYYY-MM`` of a month.
    """

    kind: Kind
    start: date
    end: date

    @property
    def name(self) -> str:
        """As files and people call it: the due day of a week (2021-11-18), a month (2021-11)."""
        return self.end.isoformat() if self.kind == "week" else f"{self.start:%Y-%m}"

    @property
    def last_day(self) -> date:
        """The last day that belongs to it."""
        return self.end - timedelta(days=1)

    @property
    def year(self) -> int:
        """The year that decides targets and bases: that of the last day."""
        return self.last_day.year

    @property
    def starts_at(self) -> datetime:
        """Its first moment, in Asia/Ho_Chi_Minh."""
        return datetime.combine(self.start, time(), ICT)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it, in Asia/Ho_Chi_Minh."""
        return datetime.combine(self.end, time(), ICT)

    @property
    def due_at(self) -> datetime:
        """Weeks: the due Thursday 14:00. Months: the 3rd of the next month 14:00.

        See docs/rules/monthly.md#its-days.
        """
        day = self.end if self.kind == "week" else self.end + timedelta(days=2)
        return datetime.combine(day, time(14), ICT)

    @property
    def is_before_plan(self) -> bool:
        """Whether the period ends before the plan starts: it has no values then."""
        return self.end <= PLAN_START

    def previous(self) -> Period:
        """The week or month before."""
        if self.kind == "week":
            return week(self.end - timedelta(days=7))
        return month(self.start - timedelta(days=1))

    def next(self) -> Period:
        """The week or month after."""
        return week(self.end + timedelta(days=7)) if self.kind == "week" else month(self.end)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def week(due: date) -> Period:
    """The week due on a Thursday: [due - 7 days, due).

    Raises ValueError, naming the nearest possible weeks, when ``due`` is no Thursday.
    """
    if due.weekday() != THURSDAY:
        before = due - timedelta(days=(due.weekday() - THURSDAY) % 7)
        raise ValueError(
            f"{due} is not a Thursday; a week is named by its due Thursday: "
            f"{before} or {before + timedelta(days=7)}"
        )
    return Period("week", due - timedelta(days=7), due)


def month(day: date) -> Period:
    """The calendar month that ``day`` lies in."""
    first = day.replace(day=1)
    return Period("month", first, (first + timedelta(days=32)).replace(day=1))


def week_of(day: date) -> Period:
    """The reporting week that ``day`` lies in."""
    return week(day + timedelta(days=(THURSDAY - day.weekday() - 1) % 7 + 1))


def parse(kind: str, name: str) -> Period:
    """``week 2021-11-18`` or ``month 2021-11``. Raises ValueError saying what is expected."""
    if kind == "week":
        try:
            return week(date.fromisoformat(name))
        except ValueError as error:
            if "Thursday" in str(error):
                raise
            raise ValueError(f"a week is a due date like 2021-11-18, not {name!r}") from error
    if kind == "month":
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", name):
            raise ValueError(f"a month is written like 2021-11, not {name!r}")
        return month(date.fromisoformat(f"{name}-01"))
    raise ValueError(f"a report kind is 'week' or 'month', not {kind!r}")


def due_at_or_before(kind: str, moment: datetime) -> Period:
    """The last period that has ended at ``moment`` (aware)."""
    day = moment.astimezone(ICT).date()
    return week_of(day).previous() if kind == "week" else month(day).previous()


def between(kind: str, first: str, last: str) -> list[Period]:
    """All periods from ``first`` to ``last``, both included, in order."""
    period, stop = parse(kind, first), parse(kind, last)
    found = []
    while period.end <= stop.end:
        found.append(period)
        period = period.next()
    return found
