"""From a run's context to the library: which period, when it publishes, when it mails."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.operations import obligations, tasks


def context(
    run_type: str = "manual",
    started: datetime = datetime(2021, 11, 18, 11, 0, 5, tzinfo=ICT),
    interval: tuple[date, date] | None = None,
    **params: Any,
) -> dict[str, Any]:
    start, end = interval or (None, None)
    return {
        "params": {"period": None, "publish": None, "deliver": None, **params},
        "dag_run": SimpleNamespace(
            run_type=run_type,
            start_date=started,
            run_after=started,
            data_interval_start=start and datetime(start.year, start.month, start.day, tzinfo=ICT),
            data_interval_end=end and datetime(end.year, end.month, end.day, tzinfo=ICT),
        ),
    }


def test_the_param_names_the_period() -> None:
    assert tasks.period_of("week", context(period="2021-10-28")).name == "2021-10-28"


def test_without_a_param_the_interval_is_the_period() -> None:
    run = context("backfill", interval=(date(2021, 10, 28), date(2021, 11, 4)))
    assert tasks.period_of("week", run).name == "2021-11-04"


def test_a_manual_run_without_interval_takes_the_last_ended_period() -> None:
    assert tasks.period_of("week", context()).name == "2021-11-18"
    assert tasks.period_of("month", context()).name == "2021-10"


WEEK = periods.parse("week", "2021-11-18")


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (context("scheduled"), True),
        (context("scheduled", started=datetime(2021, 11, 18, 23, 59, tzinfo=ICT)), True),
        (context("scheduled", started=datetime(2021, 11, 19, 0, 1, tzinfo=ICT)), False),
        (context("scheduled", started=datetime(2022, 3, 1, tzinfo=ICT), publish=True), True),
        (context("manual", started=datetime(2022, 3, 1, tzinfo=ICT)), True),
        (context("backfill", started=datetime(2022, 3, 1, tzinfo=ICT)), True),
        (context("scheduled", publish=False), False),
    ],
)
def test_a_scheduled_run_publishes_only_until_its_due_day(
    run: dict[str, Any], expected: bool
) -> None:
    assert tasks.publishes(WEEK, run) is expected


@pytest.mark.parametrize("run_type", ["manual", "backfill"])
def test_a_backfilled_or_manual_run_mails_nothing_unless_asked(run_type: str) -> None:
    run = context(run_type, period="2021-11-18")
    assert tasks.deliver("week", run, run["dag_run"].start_date) == {}


@pytest.mark.parametrize(
    ("run", "due"),
    [
        (
            context("scheduled", interval=(date(2021, 11, 11), date(2021, 11, 18))),
            "2021-11-18T14:00",
        ),
        (context("manual", period="2021-11-18", wait_for_officer=True), "2021-11-18T14:00"),
        (context("manual", period="2021-11-18"), None),
        (context("backfill", interval=(date(2021, 11, 11), date(2021, 11, 18))), None),
        (context("scheduled", period="2021-11-18", publish=False), None),
    ],
)
def test_a_deadline_is_owed_on_the_schedule_never_by_a_backfill(
    run: dict[str, Any], due: str | None
) -> None:
    found = tasks.owed_at("week", run)
    assert (found and f"{found:%Y-%m-%dT%H:%M}") == due


def test_the_officer_has_until_the_automatic_release_however_late_the_run_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = datetime(2021, 11, 18, 13, 30, tzinfo=ICT)
    monkeypatch.setattr(obligations, "released_by_itself_at", lambda engine, period: at)
    monkeypatch.setattr(tasks.connections, "warehouse_engine", lambda: None)
    run = context("scheduled", period="2021-11-18")
    left = tasks.time_to_release("week", run, datetime(2021, 11, 18, 12, 45, tzinfo=ICT))
    assert left == timedelta(minutes=45)
    over = tasks.time_to_release("week", run, datetime(2021, 11, 18, 15, tzinfo=ICT))
    assert over == timedelta(seconds=1)
