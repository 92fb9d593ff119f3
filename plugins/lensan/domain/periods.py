"""Reporting periods: weeks named by their due day, and calendar months, with the moments of their reports.

Which days and hours those are says the calendar (lensan.domain.schedule). All moments are Asia/Ho_Chi_Minh
(no daylight saving since 1975). Source of the rules: docs/rules/indicators.md#periods and
docs/rules/reports.md#another-deadline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from gettext import gettext as _
from gettext import pgettext
from zoneinfo import ZoneInfo

from lensan.domain import plans, schedule, working_days
from lensan.domain.plans import Cadence, Plan
from lensan.domain.schedule import Rule

ICT = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, order=True)
class Period:
    """A reporting week or month, or any span of days, half open: [start 00:00, end 00:00) in Asia/Ho_Chi_Minh.

    ``kind`` is that of its report: week, month or span, of a further plan with its key behind (``week_kh2``).
    ``name`` is what people call it: the due date of a week (``2021-11-18``), ``YYYY-MM`` of a month, first and
    last day of a span.
    """

    kind: str
    start: date
    end: date

    @property
    def cadence(self) -> Cadence:
        """Week, month or span, of whichever plan."""
        return plans.cadence(self.kind)

    @property
    def plan(self) -> Plan:
        """The plan that it reports on."""
        return plans.plan(plans.key(self.kind))

    @property
    def week_kind(self) -> str:
        """The kind of the plan's weekly forms, of which a month or a span is formed where it has none of its own."""
        return plans.kind("week", self.plan.key)

    @property
    def name(self) -> str:
        """As files and people call it: the due day of a week (2021-11-18), a month (2021-11)."""
        if self.cadence == "span":
            return f"{self.start}_{self.last_day}"
        return self.end.isoformat() if self.cadence == "week" else f"{self.start:%Y-%m}"

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
    def rule(self) -> Rule:
        """What the calendar says of its report."""
        return schedule.of(self.kind).rule(self.cadence, self.end)

    @property
    def due_day(self) -> date:
        """The day on which its report is due: of a week, and of a span, the day after its last day."""
        if self.cadence == "span":
            return self.end
        return self.end + timedelta(days=self.rule.days_after_end)

    @property
    def due_at(self) -> datetime:
        """The moment (Asia/Ho_Chi_Minh) by which its report is out and delivered."""
        return datetime.combine(self.due_day, self.rule.due, ICT)

    @property
    def draft_at(self) -> datetime:
        """The moment (Asia/Ho_Chi_Minh) at which its report is built and shown for release."""
        day = self.due_day - timedelta(days=self.rule.draft_days_before)
        return datetime.combine(day, self.rule.draft, ICT)

    @property
    def automatic_release_at(self) -> datetime:
        """The moment (Asia/Ho_Chi_Minh) from which its report goes out without the officer's word."""
        return datetime.combine(self.due_day, self.rule.release, ICT)

    @property
    def doubtful_release_at(self) -> datetime:
        """The moment (Asia/Ho_Chi_Minh) from which even odd figures go out without the officer's word: the
        last from which publishing and mailing are surely done by the deadline."""
        return datetime.combine(self.due_day, self.rule.doubtful_release, ICT)

    def reminders_at(self) -> list[datetime]:
        """The moments (Asia/Ho_Chi_Minh) at which units that have not submitted are reminded, in order.

        On working days only: with a holiday in the way a reminder comes a working day earlier.
        """
        due_day = working_days.last_until(self.due_day)
        return sorted(
            datetime.combine(
                working_days.last_until(due_day - timedelta(days=each.days_before)), each.at, ICT
            )
            for each in self.rule.reminders
        )

    @property
    def is_brought_forward(self) -> bool:
        """Whether a holiday makes its reminders earlier than usual."""
        usual = min(
            datetime.combine(self.due_day - timedelta(days=each.days_before), each.at, ICT)
            for each in self.rule.reminders
        )
        return self.reminders_at()[0] < usual

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def is_comparable(self) -> bool:
        """Whether its figures may be set beside those of the period before: not those of a week between
        two weekdays of the deadline, nor of the week after it (docs/rules/reports.md#another-deadline)."""
        return self.cadence != "week" or self.days == self.previous().days == schedule.WEEK_DAYS

    @property
    def is_before_plan(self) -> bool:
        """Whether the period ends before the plan starts: it has no values then."""
        return self.end <= self.plan.start

    @property
    def is_after_plan(self) -> bool:
        """Whether it begins after the plan's last day: no report of it is owed."""
        return self.plan.end is not None and self.start > self.plan.end

    @property
    def is_of_plan(self) -> bool:
        """Whether any of its days is the plan's, so that its report is owed."""
        return not (self.is_before_plan or self.is_after_plan)

    def previous(self) -> Period:
        """The week or month before; of a span as many days."""
        if self.cadence == "span":
            return Period("span", self.start - timedelta(days=self.days), self.start)
        return containing(self.kind, self.start - timedelta(days=1))

    def next(self) -> Period:
        """The week or month after; of a span as many days."""
        if self.cadence == "span":
            return Period("span", self.end, self.end + timedelta(days=self.days))
        return containing(self.kind, self.end)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def week(due: date, kind: str = "week") -> Period:
    """The week due on a day: from the due day before up to the day before this one.

    Raises ValueError, naming the weekdays valid there and the nearest weeks, when no week is due on ``due``.
    """
    before, after = week_of(due, kind).start, week_of(due, kind).end
    if due != before:
        weekdays = dict.fromkeys(schedule.WEEKDAYS[day.weekday()] for day in (before, after))
        raise ValueError(
            _(
                "{due} is not the due {weekday} of a week, by which it is named: {before} or {after}"
            ).format(
                due=due,
                weekday=_(" or ").join(pgettext("word", day) for day in weekdays),
                before=before,
                after=after,
            )
        )
    return week_of(due - timedelta(days=1), kind)


def month(day: date, kind: str = "month") -> Period:
    """The calendar month that ``day`` lies in."""
    first = day.replace(day=1)
    return Period(kind, first, (first + timedelta(days=32)).replace(day=1))


def week_of(day: date, kind: str = "week") -> Period:
    """The reporting week that ``day`` lies in."""
    calendar = schedule.of(kind)
    return Period(kind, calendar.week_end_until(day), calendar.week_end_after(day))


def containing(kind: str, day: date) -> Period:
    """The week or month, as the kind of report says, that ``day`` lies in."""
    return week_of(day, kind) if plans.cadence(kind) == "week" else month(day, kind)


def span(start: date, end: date) -> Period:
    """The days [start, end): the reporting week or the month that they are, else a span.

    Raises ValueError where no day lies between.
    """
    if end <= start:
        raise ValueError(
            _("no day lies between {start} and {end}; the second is the day after the last").format(
                start=start, end=end
            )
        )
    for known in (week_of(start), month(start)):
        if (known.start, known.end) == (start, end):
            return known
    return Period("span", start, end)


def parse(kind: str, name: str) -> Period:
    """``week 2021-11-18`` or ``month 2021-11``. Raises ValueError saying what is expected."""
    if kind not in plans.kinds():
        known = [repr(each) for each in plans.kinds()]
        raise ValueError(
            _("a report kind is {kinds}, not {kind!r}").format(
                kinds=_(" or ").join(known), kind=kind
            )
        )
    if plans.cadence(kind) == "week":
        try:
            due = date.fromisoformat(name)
        except ValueError as error:
            raise ValueError(
                _("a week is a due date like 2021-11-18, not {name!r}").format(name=name)
            ) from error
        return week(due, kind)
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", name):
        raise ValueError(_("a month is written like 2021-11, not {name!r}").format(name=name))
    return month(date.fromisoformat(f"{name}-01"), kind)


def due_at_or_before(kind: str, moment: datetime) -> Period:
    """The last period that has ended at ``moment`` (aware)."""
    return containing(kind, moment.astimezone(ICT).date()).previous()


def owed(kind: str, moment: datetime) -> Period:
    """The period whose deadline is next, on its due day also after it (``moment``: aware)."""
    last = due_at_or_before(kind, moment)
    return last if moment.astimezone(ICT).date() <= last.due_day else last.next()


def between(kind: str, first: str, last: str) -> list[Period]:
    """All periods from ``first`` to ``last``, both included, in order."""
    period, stop = parse(kind, first), parse(kind, last)
    found = []
    while period.end <= stop.end:
        found.append(period)
        period = period.next()
    return found
