"""When reports are due, drafted, released and reminded of, with validity (calendar.yml of the province's folder).

Days and clock times only, meant in Asia/Ho_Chi_Minh: lensan.domain.periods makes moments of them. Source of
the weekly deadline: plan 201/KH-UBND, Appendix II. See docs/rules/reports.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from lensan.domain import installation, plans
from lensan.domain.yaml_file import Clock, Day, Spec, YamlFile, as_before, only_first, slip, whole

FILE = installation.FOLDER / "calendar.yml"
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
WEEK_DAYS = 7
SHORTEST_DAYS = 4
"""Of the week between two weekdays of the deadline; the longest has six days more."""


DaysBefore = Annotated[int, whole(0, 27)]


class ReminderMoment(Spec):
    """At ``at`` of so many days before the due day."""

    days_before: DaysBefore
    at: Clock


class WeekDue(Spec):
    """The weekday and the hour by which the week's report is out."""

    weekday: Weekday
    at: Clock


class MonthDue(Spec):
    """The day of the next month and the hour by which the month's report is out."""

    day: Annotated[int, whole(1, 28)]
    at: Clock


class Draft(Spec):
    """When a report is built and shown for release."""

    days_before: DaysBefore
    at: Clock


class Release(Spec):
    """On the due day, when the officer says nothing; odd figures wait for ``doubtful_at``."""

    at: Clock
    doubtful_at: Clock


class _Entry(Spec):
    """What holds from ``valid_from``; what an entry leaves out is as in the entry before."""

    model_config = ConfigDict(json_schema_extra=only_first("valid_from"))

    valid_from: Day
    draft: Draft
    release: Release
    reminders: Annotated[tuple[ReminderMoment, ...], Field(min_length=1)]

    def _rule(self, days_after_end: int, due: time) -> Rule:
        """Raises slip where the moments do not follow each other."""
        draft, release = self.draft, self.release
        if not release.at <= release.doubtful_at < due:
            told = "expected at, then doubtful_at, both before the hour at which it is due"
            raise slip(told, "release")
        if (-draft.days_before, draft.at) >= (0, release.at):
            raise slip("expected a moment before the release", "draft")
        if draft.days_before > days_after_end:
            raise slip("expected a moment after the period's last day", "draft")
        return Rule(
            valid_from=self.valid_from,
            days_after_end=days_after_end,
            due=due,
            draft_days_before=draft.days_before,
            draft=draft.at,
            release=release.at,
            doubtful_release=release.doubtful_at,
            reminders=self.reminders,
        )


class WeekEntry(_Entry):
    """An entry of the weekly report."""

    due: WeekDue

    @model_validator(mode="after")
    def _sound(self) -> WeekEntry:
        weekday = WEEKDAYS.index(self.due.weekday)
        if self.valid_from.weekday() != weekday:
            away = (weekday - self.valid_from.weekday()) % WEEK_DAYS
            later = self.valid_from + timedelta(days=away)
            told = f"expected a {self.due.weekday}, the first deadline: {later}"
            raise slip(told, "valid_from")
        self.rule()
        return self

    def rule(self) -> Rule:
        """As it is asked for; the due day is the week's end."""
        return self._rule(0, self.due.at)


class MonthEntry(_Entry):
    """An entry of the monthly report."""

    due: MonthDue

    @model_validator(mode="after")
    def _sound(self) -> MonthEntry:
        if self.valid_from.day != 1:
            told = "expected the 1st of the month in which its first report is due"
            raise slip(told, "valid_from")
        self.rule()
        return self

    def rule(self) -> Rule:
        """As it is asked for."""
        return self._rule(self.due.day - 1, self.due.at)


class CalendarFile(Spec):
    """calendar.yml: the entries of each kind of report in the order of time."""

    week: Annotated[tuple[WeekEntry, ...], BeforeValidator(as_before), Field(min_length=1)]
    month: Annotated[tuple[MonthEntry, ...], BeforeValidator(as_before), Field(min_length=1)]

    @model_validator(mode="after")
    def _a_week_apart(self) -> CalendarFile:
        kinds: tuple[tuple[str, tuple[_Entry, ...]], ...]
        kinds = (("week", self.week), ("month", self.month))
        for kind, entries in kinds:
            for number, entry in enumerate(entries[1:], 1):
                if entry.valid_from < entries[number - 1].valid_from + timedelta(days=WEEK_DAYS):
                    told = "expected a day at least a week after that of the entry before"
                    raise slip(told, kind, number, "valid_from")
        return self


@dataclass(frozen=True)
class Rule:
    """What holds for the reports whose period ends on ``valid_from`` or later, until the next rule.

    A period ends at 00:00 of the day after its last day; ``days_after_end`` later the report is due: 0 for a
    week, whose end is the due day. ``last_end``: the last end of a week under this rule (None: still goes on).
    """

    valid_from: date
    days_after_end: int
    due: time
    draft_days_before: int
    draft: time
    release: time
    doubtful_release: time
    reminders: tuple[ReminderMoment, ...]
    last_end: date | None = None


@dataclass(frozen=True)
class Calendar:
    """The rules of each kind of report in the order of time."""

    week: tuple[Rule, ...]
    month: tuple[Rule, ...]

    def rule(self, cadence: str, end: date) -> Rule:
        """The rule of the period that ends at 00:00 of ``end``; before the first rule's time that one."""
        rules = self.week if cadence == "week" else self.month
        held = [rule for rule in rules if rule.valid_from <= end]
        return held[-1] if held else rules[0]

    def week_end_after(self, day: date) -> date:
        """The first end of a week after ``day``: the end of the week that ``day`` lies in."""
        for number, rule in enumerate(self.week):
            away = (rule.valid_from - day).days
            end = day + timedelta(days=(away - 1) % WEEK_DAYS + 1)
            if number:
                end = max(end, rule.valid_from)
            if rule.last_end is None or end <= rule.last_end:
                return end
        raise AssertionError("the last rule has no end")

    def week_end_until(self, day: date) -> date:
        """The last end of a week on ``day`` or before it."""
        for rule in reversed(self.week[1:]):
            if rule.valid_from <= day:
                return _last(rule, day)
        return _last(self.week[0], day)


def _last(rule: Rule, day: date) -> date:
    until = day if rule.last_end is None else min(day, rule.last_end)
    return until - timedelta(days=(until - rule.valid_from).days % WEEK_DAYS)


def read(path: Path = FILE) -> Calendar:
    """The calendar of a file. Raises Slips with file, line and what is expected."""
    said = YamlFile(path).read(CalendarFile)
    weeks = [entry.rule() for entry in said.week]
    for number, following in enumerate(weeks[1:]):
        latest = following.valid_from - timedelta(days=SHORTEST_DAYS)
        weeks[number] = replace(weeks[number], last_end=_last(weeks[number], latest))
    return Calendar(tuple(weeks), tuple(entry.rule() for entry in said.month))


CALENDAR = read()


def of(kind: str) -> Calendar:
    """The calendar of a kind of report: a further plan's own where its folder has one. Raises Slips."""
    key = plans.key(kind)
    return _own(key) if key else CALENDAR


@cache
def _own(key: str) -> Calendar:
    file = plans.plan(key).folder / FILE.name
    return read(file) if file.is_file() else CALENDAR


def weekday_name(day: date) -> str:
    """In Vietnamese: ``thứ Năm``, ``Chủ nhật``."""
    return ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")[
        day.weekday()
    ]
