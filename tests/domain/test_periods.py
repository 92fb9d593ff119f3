"""Weeks and months, their bounds and names."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensan.domain import periods, schedule
from lensan.domain.periods import ICT

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def test_a_week_is_named_by_its_due_thursday_and_ends_before_it() -> None:
    week = periods.parse("week", "2021-11-18")
    assert (week.start, week.last_day) == (date(2021, 11, 11), date(2021, 11, 17))
    assert week.name == "2021-11-18"
    assert week.due_at == datetime(2021, 11, 18, 14, tzinfo=ICT)


def test_a_week_that_is_no_thursday_is_refused_with_the_possible_ones() -> None:
    with pytest.raises(ValueError, match="2021-11-18 or 2021-11-25"):
        periods.parse("week", "2021-11-19")


@pytest.mark.parametrize("name", ["2021-13", "2021", "11/2021", "2021-11-01"])
def test_a_month_is_written_year_and_month(name: str) -> None:
    with pytest.raises(ValueError, match="2021-11"):
        periods.parse("month", name)


@given(days)
def test_every_day_lies_in_exactly_the_week_that_is_found(day: date) -> None:
    week = periods.week_of(day)
    assert week.start <= day < week.end
    assert schedule.WEEKDAYS[week.end.weekday()] == "Thursday"
    assert week.next().start == week.end
    assert week.previous().end == week.start


@given(days)
def test_months_follow_each_other_without_gap(day: date) -> None:
    month = periods.month(day)
    assert month.start <= day < month.end
    assert month.next().previous() == month
    assert month.previous().end == month.start


def test_the_year_of_a_period_is_that_of_its_last_day() -> None:
    assert periods.week(date(2022, 1, 6)).year == 2022
    assert periods.parse("week", "2021-12-30").year == 2021


@given(days)
def test_the_last_period_ended_is_never_in_the_future(day: date) -> None:
    moment = datetime(day.year, day.month, day.day, 11, tzinfo=ICT)
    for kind in ("week", "month"):
        period = periods.due_at_or_before(kind, moment)
        assert period.ends_at <= moment < period.next().ends_at


def test_between_gives_all_weeks_in_order() -> None:
    names = [period.name for period in periods.between("week", "2021-10-21", "2021-11-04")]
    assert names == ["2021-10-21", "2021-10-28", "2021-11-04"]


def test_a_period_that_ends_by_the_plans_start_is_before_it() -> None:
    assert periods.parse("week", "2021-10-14").is_before_plan
    assert not periods.parse("week", "2021-10-21").is_before_plan
    assert periods.parse("month", "2021-09").is_before_plan
