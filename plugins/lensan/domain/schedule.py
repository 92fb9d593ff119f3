"""When reports are due, drafted, released and reminded of, with validity (calendar.yml of the province's folder).

Days and clock times only, meant in Asia/Ho_Chi_Minh: lensan.domain.periods makes moments of them. Source of
the weekly deadline: plan 201/KH-UBND, Appendix II. See docs/rules/reports.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from pathlib import Path

from lensan.domain import installation
from lensan.domain.yaml_node import Marked, YamlNode, load

FILE = installation.FOLDER / "calendar.yml"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK_DAYS = 7
SHORTEST_DAYS = 4
"""Of the week between two weekdays of the deadline; the longest has six days more."""


@dataclass(frozen=True)
class ReminderMoment:
    """At ``at`` of so many days before the due day."""

    days_before: int
    at: time


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

    def rule(self, kind: str, end: date) -> Rule:
        """The rule of the period that ends at 00:00 of ``end``; before the first rule's time that one."""
        rules = self.week if kind == "week" else self.month
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
    """The calendar of a file. Raises ValueError naming the file, the key and what is expected there."""
    spec = YamlNode(installation.shown(path), load(path))
    spec.only("week", "month")
    weeks = _rules(spec.list("week"), "week")
    for number, following in enumerate(weeks[1:]):
        latest = following.valid_from - timedelta(days=SHORTEST_DAYS)
        weeks[number] = replace(weeks[number], last_end=_last(weeks[number], latest))
    return Calendar(tuple(weeks), tuple(_rules(spec.list("month"), "month")))


def _rules(entries: Sequence[YamlNode], kind: str) -> list[Rule]:
    rules: list[Rule] = []
    known = Marked({}, {})
    for entry in entries:
        entry.only("valid_from", "due", "draft", "release", "reminders")
        known = entry.values.over(known)
        rule = _rule(YamlNode(entry.where, known), kind)
        if rules and rule.valid_from < rules[-1].valid_from + timedelta(days=WEEK_DAYS):
            raise entry.wrong("valid_from", "a day at least a week after that of the entry before")
        rules.append(rule)
    return rules


def _rule(entry: YamlNode, kind: str) -> Rule:
    valid_from = entry.day("valid_from")
    due, draft, release = entry.part("due"), entry.part("draft"), entry.part("release")
    draft.only("days_before", "at")
    release.only("at", "doubtful_at")
    if kind == "week":
        due.only("weekday", "at")
        weekday = WEEKDAYS.index(due.one_of("weekday", WEEKDAYS))
        if valid_from.weekday() != weekday:
            later = valid_from + timedelta(days=(weekday - valid_from.weekday()) % WEEK_DAYS)
            raise entry.wrong("valid_from", f"a {WEEKDAYS[weekday]}, the first deadline: {later}")
        days_after_end = 0
    else:
        due.only("day", "at")
        days_after_end = due.whole("day", 1, 28) - 1
        if valid_from.day != 1:
            raise entry.wrong("valid_from", "the 1st of the month in which its first report is due")
    reminders = entry.list("reminders")
    for each in reminders:
        each.only("days_before", "at")
    rule = Rule(
        valid_from=valid_from,
        days_after_end=days_after_end,
        due=due.clock("at"),
        draft_days_before=draft.whole("days_before", 0, 27),
        draft=draft.clock("at"),
        release=release.clock("at"),
        doubtful_release=release.clock("doubtful_at"),
        reminders=tuple(
            ReminderMoment(each.whole("days_before", 0, 27), each.clock("at")) for each in reminders
        ),
    )
    if not rule.release <= rule.doubtful_release < rule.due:
        raise entry.wrong(
            "release", "at, then doubtful_at, both before the hour at which it is due"
        )
    if (-rule.draft_days_before, rule.draft) >= (0, rule.release):
        raise entry.wrong("draft", "a moment before the release")
    if rule.draft_days_before > rule.days_after_end:
        raise entry.wrong("draft", "a moment after the period's last day")
    return rule


CALENDAR = read()


def weekday_name(day: date) -> str:
    """In Vietnamese: ``thứ Năm``, ``Chủ nhật``."""
    return ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")[
        day.weekday()
    ]
