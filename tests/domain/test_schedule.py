"""The calendar: weeks by their due days, across changes of the weekday, and what is refused in its file."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lensan.domain import periods, schedule
from lensan.domain.periods import ICT
from lensan.domain.schedule import WEEK_DAYS, WEEKDAYS, Calendar

KEPT: dict[str, Any] = yaml.safe_load(schedule.FILE.read_text(encoding="utf-8"))
THURSDAYS_FROM = date(2021, 10, 21)


def calendar(folder: Path, *entries: dict[str, Any]) -> Calendar:
    """The calendar of this tree with further entries below ``week``."""
    path = folder / "calendar.yml"
    path.write_text(yaml.safe_dump(KEPT | {"week": [*KEPT["week"], *entries]}), encoding="utf-8")
    return schedule.read(path)


def entry(valid_from: date, at: str = "10:00") -> dict[str, Any]:
    return {
        "valid_from": valid_from,
        "due": {"weekday": WEEKDAYS[valid_from.weekday()], "at": at},
        "draft": {"days_before": 0, "at": "08:00"},
        "release": {"at": "09:30", "doubtful_at": "09:45"},
    }


def ends(of: Calendar, first: date, last: date) -> list[date]:
    """The ends of weeks after ``first`` until ``last``."""
    found = [of.week_end_after(first)]
    while found[-1] < last:
        found.append(of.week_end_after(found[-1]))
    return found


@pytest.mark.parametrize(
    ("valid_from", "days"),
    [
        (date(2022, 3, 7), 4),
        (date(2022, 3, 1), 5),
        (date(2022, 3, 2), 6),
        (date(2022, 3, 3), 7),
        (date(2022, 3, 4), 8),
        (date(2022, 3, 5), 9),
        (date(2022, 3, 6), 10),
    ],
)
def test_the_week_between_two_weekdays_has_four_to_ten_days(
    tmp_path: Path, valid_from: date, days: int
) -> None:
    changed = calendar(tmp_path, entry(valid_from))
    start = changed.week_end_until(valid_from - timedelta(days=1))
    assert start.weekday() == THURSDAYS_FROM.weekday()
    assert changed.week_end_after(start) == valid_from
    assert (valid_from - start).days == days
    assert changed.week_end_after(valid_from) == valid_from + timedelta(days=WEEK_DAYS)
    assert changed.week_end_until(start) == start
    assert changed.week_end_until(valid_from) == valid_from


@given(
    days_to_changes=st.lists(st.integers(7, 40), min_size=0, max_size=4),
    day=st.dates(date(2021, 9, 1), date(2023, 1, 1)),
)
def test_weeks_tile_time_without_gap_or_overlap_across_changes(
    tmp_path_factory: pytest.TempPathFactory, days_to_changes: list[int], day: date
) -> None:
    changes, valid_from = [], THURSDAYS_FROM
    for days in days_to_changes:
        valid_from += timedelta(days=days)
        changes.append(entry(valid_from))
    tiled = calendar(tmp_path_factory.mktemp("calendar"), *changes)
    start, end = tiled.week_end_until(day), tiled.week_end_after(day)
    assert start <= day < end
    # Each day of the week finds the same one, its neighbours begin and end where it does.
    of_week = [start + timedelta(days=number) for number in range((end - start).days)]
    assert {(tiled.week_end_until(each), tiled.week_end_after(each)) for each in of_week} == {
        (start, end)
    }
    assert tiled.week_end_until(end) == end
    assert tiled.week_end_after(start - timedelta(days=1)) == start
    assert 4 <= (end - start).days <= 10
    # Every first deadline of an entry is a week's end, and nothing due before it is of the new weekday.
    found = ends(tiled, date(2021, 9, 1), valid_from)
    assert {change["valid_from"] for change in changes} <= set(found)
    for due in found:
        assert due.weekday() == tiled.rule("week", due).valid_from.weekday()


@pytest.fixture
def wednesdays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 2 March 2022 on the report is due on Wednesdays at ten."""
    monkeypatch.setattr(schedule, "CALENDAR", calendar(tmp_path, entry(date(2022, 3, 2))))


@pytest.mark.usefixtures("wednesdays")
def test_weeks_follow_each_other_through_a_change() -> None:
    found = periods.between("week", "2022-02-17", "2022-03-09")
    assert [(each.name, each.days, each.is_comparable) for each in found] == [
        ("2022-02-17", 7, True),
        ("2022-02-24", 7, True),
        ("2022-03-02", 6, False),
        ("2022-03-09", 7, False),
    ]
    assert found[-1].next().is_comparable
    assert [each.next().previous() for each in found] == found


@pytest.mark.usefixtures("wednesdays")
def test_a_week_keeps_the_hours_of_its_own_rule() -> None:
    old, between = periods.parse("week", "2022-02-24"), periods.parse("week", "2022-03-02")
    assert old.due_at == datetime(2022, 2, 24, 14, tzinfo=ICT)
    assert old.automatic_release_at == datetime(2022, 2, 24, 13, 30, tzinfo=ICT)
    assert between.draft_at == datetime(2022, 3, 2, 8, tzinfo=ICT)
    assert between.automatic_release_at == datetime(2022, 3, 2, 9, 30, tzinfo=ICT)
    assert between.doubtful_release_at == datetime(2022, 3, 2, 9, 45, tzinfo=ICT)
    assert between.due_at == datetime(2022, 3, 2, 10, tzinfo=ICT)
    # The entry says nothing of reminders: they are as in the entry before.
    assert between.reminders_at() == [
        datetime(2022, 3, 1, 16, tzinfo=ICT),
        datetime(2022, 3, 2, 9, tzinfo=ICT),
    ]


@pytest.mark.usefixtures("wednesdays")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("2022-02-23", "the due Thursday of a week, by which it is named: 2022-02-17 or 2022-02-24"),
        ("2022-03-01", "the due Thursday or Wednesday of .* 2022-02-24 or 2022-03-02"),
        ("2022-03-03", "the due Wednesday of a week, by which it is named: 2022-03-02 or 2022-03-09"),
    ],
)  # fmt: skip
def test_a_day_that_is_no_deadline_is_told_the_weekday_valid_there(name: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        periods.parse("week", name)


@pytest.mark.usefixtures("wednesdays")
def test_the_period_owed_follows_the_change() -> None:
    at = datetime(2022, 2, 25, 9, tzinfo=ICT)
    assert periods.owed("week", at).name == "2022-03-02"
    assert periods.due_at_or_before("week", at).name == "2022-02-24"


def test_without_an_entry_of_its_time_a_period_has_the_first_rule() -> None:
    rule = schedule.CALENDAR.rule("month", date(2021, 10, 1))
    assert (rule.due, rule.draft) == (time(14), time(8))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"valid_from": date(2022, 3, 3)}, r"week\[1\].valid_from: expected a Wednesday.*2022-03-09"),
        ({"valid_from": date(2021, 10, 27)}, r"week\[1\].valid_from: expected a day at least a week"),
        ({"due": {"weekday": "wed", "at": "10:00"}}, r"week\[1\].due.weekday: expected one of Monday"),
        ({"due": {"weekday": "Wednesday", "at": 600}}, r"week\[1\].due.at: expected a text in quotes like"),
        ({"release": {"at": "09:30", "doubtful_at": "10:30"}}, r"week\[1\].release: expected at, then"),
        ({"draft": {"days_before": 0, "at": "09:40"}}, r"week\[1\].draft: expected a moment before"),
        ({"draft": {"days_before": 1, "at": "08:00"}}, r"week\[1\].draft: expected a moment after"),
        ({"deadline": "soon"}, r"week\[1\].deadline: unknown key, expected one of valid_from"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_with_file_key_and_what_is_expected(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=rf"calendar.yml, line \d+, {said}"):
        calendar(tmp_path, entry(date(2022, 3, 2)) | change)
