"""What is kept of a replay: the numbers themselves, with the moment whose knowledge they rest on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import harvest_worlds
import pytest
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.forecast import forecasting
from lensan.units import backtests

KNOWN = datetime(2024, 6, 20, 12, tzinfo=ICT)
NOW = KNOWN + timedelta(days=1)


@pytest.fixture(scope="module")
def told(new_warehouse: Callable[[], Engine]) -> Engine:
    engine = new_warehouse()
    harvest_worlds.into_warehouse(harvest_worlds.make(3), engine)
    return engine


def test_what_is_kept_is_what_a_replay_as_known_at_its_moment_says(told: Engine) -> None:
    assert backtests.is_due(told, NOW)
    found = backtests.compute(told, known_at=KNOWN, moment=NOW)
    period = periods.parse("week", "2024-06-20")
    with told.begin() as connection, warehouse.as_known_at(connection, KNOWN):
        replay = forecasting.replay_of(connection, period)
    assert list(found.judgements) == forecasting.judgements(replay)
    assert (found.period, found.known_at, found.computed_at) == (period.name, KNOWN, NOW)
    edge = replay.history.edge
    assert (found.judged_from, found.judged_until) == (
        edge(replay.judged.start),
        edge(replay.judged.stop - 1),
    )
    assert backtests.last(told) == found
    total = {each.method: each for each in found.judgements if each.product == "all"}
    assert total.keys() == {"forecast", *forecasting.RULES} and total["forecast"].gluts > 5


def test_it_is_due_once_a_week_and_a_second_one_replaces_the_first(told: Engine) -> None:
    backtests.compute(told, known_at=KNOWN, moment=NOW)
    assert not backtests.is_due(told, NOW) and backtests.is_due(told, NOW + timedelta(days=7))
    again = backtests.compute(told, known_at=None, moment=NOW)
    assert again.known_at == NOW and backtests.last(told) == again
    with told.connect() as connection:
        kept = connection.exec_driver_sql(
            "select count(*) from ops.forecast_judgement"
        ).scalar_one()
    assert kept == len(again.judgements)


def test_of_too_short_a_history_it_says_that_nothing_could_be_judged(
    sample_warehouse: Engine, copy_warehouse: Callable[[Engine], Engine]
) -> None:
    engine = copy_warehouse(sample_warehouse)
    found = backtests.compute(engine, known_at=None, moment=datetime(2021, 12, 9, 12, tzinfo=ICT))
    assert (found.judged_from, found.judged_until) == (None, None)
    assert all(each.gluts == each.alerts == 0 for each in found.judgements)
    assert backtests.last(engine) == found
