"""When a duty is owed: its terms, by the calendar of the reports or by days from a term's beginning.

All moments are Asia/Ho_Chi_Minh. See docs/decisions/0028-register-of-duties.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from gettext import gettext as _

from lensan.domain import periods
from lensan.domain.duties import Duty
from lensan.domain.periods import ICT, Period

MONTHS = {"month": 1, "quarter": 3, "year": 12}
NEVER = date(9999, 1, 1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class DutyTerm:
    """One time that a duty is owed. ``name``: ``2021-11-18`` of a week, ``2021-11``, ``2021-Q4``, ``2021``, ``once``.

    Its proof comes within [opens_at, closes_at), in time before ``due_at``; it is asked for from ``asked_at`` on.
    """

    name: str
    opens_at: datetime
    asked_at: datetime
    due_at: datetime
    closes_at: datetime
    period: Period | None = None


def asked(duty: Duty, moment: datetime) -> DutyTerm | None:
    """The last term of a duty that is asked for at a moment (aware); null before the first one."""
    if moment.astimezone(ICT).date() > (duty.valid_until or NEVER):
        return None
    for term in _newest_first(duty, moment):
        due_on = (term.due_at - timedelta(seconds=1)).date()
        if term.asked_at <= moment and duty.valid_from <= due_on:
            return term
    return None


def parse(duty: Duty, name: str) -> DutyTerm:
    """The term of a name. Raises ValueError, which says how the terms of the duty are named."""
    if duty.every == "once" and name == "once":
        return _once(duty)
    try:
        if duty.every in ("week", "month") and duty.is_by_calendar:
            return _of_period(duty, periods.parse(duty.every, name))
        year, _dash, part = name.partition("-")
        number = {"month": part, "quarter": part.removeprefix("Q"), "year": "1"}[duty.every]
        term = _of_days(duty, date(int(year), (int(number) - 1) * MONTHS[duty.every] + 1, 1))
        if term.name == name:
            return term
    except (KeyError, ValueError):
        pass
    shapes = {"week": "2021-11-18", "month": "2021-11", "quarter": "2021-Q4", "year": "2021", "once": "once"}  # fmt: skip
    raise ValueError(
        _("a term of {duty} is written like {shape}, not {name!r}").format(
            duty=duty.code, shape=shapes[duty.every], name=name
        )
    )


def _newest_first(duty: Duty, moment: datetime) -> Iterator[DutyTerm]:
    """The term after the one that a moment lies in, that one, and two before it."""
    if duty.every == "once":
        yield _once(duty)
        return
    if duty.is_by_calendar:
        period = periods.owed(duty.every, moment).next()
        for _back in range(4):
            if period.is_of_plan:
                yield _of_period(duty, period)
            period = period.previous()
        return
    start = _start(duty.every, moment.astimezone(ICT).date())
    start = _start(duty.every, start + timedelta(days=32 * MONTHS[duty.every]))
    for _back in range(4):
        yield _of_days(duty, start)
        start = _start(duty.every, start - DAY)


def _of_period(duty: Duty, period: Period) -> DutyTerm:
    """A file of a week may come from its last day on."""
    opens, closes = period.last_day, period.next().last_day
    early = timedelta(days=duty.early_days)
    return DutyTerm(
        period.name,
        _midnight(opens - early),
        period.reminders_at()[0],
        period.due_at,
        _midnight(closes),
        period,
    )


def _of_days(duty: Duty, start: date) -> DutyTerm:
    assert duty.due_after_days is not None
    number = (start.month - 1) // MONTHS[duty.every] + 1
    name = {"month": f"{start:%Y-%m}", "quarter": f"{start.year}-Q{number}", "year": f"{start.year}"}  # fmt: skip
    ends = _start(duty.every, start + timedelta(days=32 * MONTHS[duty.every]))
    return _by_days(duty, name[duty.every], start, ends)


def _once(duty: Duty) -> DutyTerm:
    return _by_days(duty, "once", duty.valid_from, NEVER)


def _by_days(duty: Duty, name: str, start: date, ends: date) -> DutyTerm:
    """Due at the end of the ``due_after_days``-th day."""
    assert duty.due_after_days is not None
    due_at = min(_midnight(start + timedelta(days=duty.due_after_days)), _midnight(ends))
    return DutyTerm(
        name,
        _midnight(start - timedelta(days=duty.early_days)),
        due_at - DAY - timedelta(days=duty.asked_before_days),
        due_at,
        _midnight(ends),
    )


def _start(every: str, day: date) -> date:
    months = MONTHS[every]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ICT)
