"""The forecast out of a real warehouse: what it reads, and that it looks at nothing of the future."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date, datetime

import harvest_worlds
import numpy as np
import pytest
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.forecast import forecasting, reading
from lensan.forecast.forecasting import Outlook, Replay
from lensan.reports import building

SEED = 3
LAST = datetime(2024, 6, 27, 12, tzinfo=ICT)


@pytest.fixture(scope="module")
def world() -> harvest_worlds.World:
    return harvest_worlds.make(SEED)


@pytest.fixture(scope="module")
def told(new_warehouse: Callable[[], Engine], world: harvest_worlds.World) -> Engine:
    """A warehouse that has been told a world. Read only."""
    engine = new_warehouse()
    harvest_worlds.into_warehouse(world, engine)
    return engine


def replay_at(engine: Engine, moment: datetime) -> Replay:
    period = periods.due_at_or_before("week", moment)
    with engine.begin() as connection, warehouse.as_known_at(connection, moment):
        return forecasting.replay_of(connection, period)


def test_the_warehouse_tells_what_the_world_told(told: Engine, world: harvest_worlds.World) -> None:
    with told.begin() as connection:
        history = reading.read(connection, date(2024, 6, 27), 129)
    assert sorted(zip(history.series["unit"], history.series["product"], strict=True)) == sorted(
        zip(world.history.series["unit"], world.history.series["product"], strict=True)
    )
    until = (date(2024, 6, 27) - harvest_worlds.FIRST_EDGE).days // 7
    sales = world.history.sales
    assert np.isclose(
        history.sales["tonnes"].sum(), sales[sales["week"] < until]["tonnes"].sum(), rtol=1e-6
    )
    quotes = world.history.quotes
    assert len(history.quotes) == len(quotes[quotes["week"] < until])
    assert set(history.calendar["known_from"]) <= set(world.history.calendar["known_from"] - np.timedelta64(7, "h"))  # fmt: skip


def test_every_alert_is_the_same_when_it_is_computed_as_known_at_its_moment(told: Engine) -> None:
    later = replay_at(told, LAST)
    alerts = later.alerts()
    assert len(alerts) > 5
    # ALERTS=all: every one of them, some minutes; else the first, the last and one between.
    given_at = sorted({alert.given for alert in alerts})
    if os.environ.get("ALERTS") != "all":
        given_at = [given_at[0], given_at[len(given_at) // 2], given_at[-1]]
    for given in given_at:
        day = later.history.edge(given)
        moment = periods.week(day).draft_at
        then = replay_at(told, moment)
        said, again = then.said[-1], later.said[given - later.edges.start]
        shift = given - then.edges[-1]
        assert then.history.edge(then.edges[-1]) == day
        assert sorted(a.series for a in then.alerts() if a.given == then.edges[-1]) == sorted(
            a.series for a in alerts if a.given == given
        )
        for name in ("chance", "unsold", "unsold_low", "unsold_high", "taken", "supply", "sold"):
            assert np.array_equal(getattr(said, name), getattr(again, name)), name
        assert np.array_equal(said.peak + shift, again.peak)


def test_what_comes_later_changes_nothing_that_was_said(
    told: Engine, copy_warehouse: Callable[[Engine], Engine]
) -> None:
    moment = datetime(2023, 5, 4, 12, tzinfo=ICT)
    before = outlooks(told, moment)
    changed = copy_warehouse(told)
    with changed.begin() as connection:
        for table in ("season", "price", "order_line"):
            connection.exec_driver_sql(
                f"delete from core.{table}_version where known_from > '2023-05-04 12:00+07'"
            )
    assert outlooks(changed, moment) == before
    assert any(each.state == forecasting.FORECAST for each in before)


def outlooks(engine: Engine, moment: datetime) -> list[Outlook]:
    return forecasting.outlooks(replay_at(engine, moment))


def test_all_series_of_a_province_take_less_than_ten_seconds(told: Engine) -> None:
    begun = time.process_time()
    assert len(outlooks(told, LAST)) == 18
    assert time.process_time() - begun < 10


def test_the_sample_has_too_short_a_history_and_says_so(sample_warehouse: Engine) -> None:
    found = outlooks(sample_warehouse, datetime(2021, 12, 9, 12, tzinfo=ICT))
    assert {each.state for each in found} <= {"short_history", "no_calendar", "off_season"}
    assert "short_history" in {each.state for each in found}
    assert all(each.unsold is None and each.chance is None for each in found)


def test_the_report_shows_what_is_ahead_and_who_has_to_act(told: Engine) -> None:
    moment = datetime(2023, 4, 13, 11, tzinfo=ICT)
    week = periods.parse("week", "2023-04-13")
    report = building.build(told, week, moment=moment, known_at=moment)
    rows = report.tables["season_forecast"].records()
    said = {(each.unit, each.name): each for each in outlooks(told, moment)}
    warned = [row for row in rows if row["warned_on"]]
    assert warned
    for row in warned:
        each = said[row["unit"], row["product"]]
        assert (row["peak_on"], float(row["unsold"])) == (each.peak, each.unsold)
        assert row["warned_on"] == each.warned_on
    assert rows[-1]["product"].endswith("nông sản khác")
    shown = sum(1 for row in rows if row["unit"])
    assert shown + sum(int(row["product"].split()[0]) for row in rows if not row["unit"]) == len(
        said
    )
    assert len(rows) < len(said)
