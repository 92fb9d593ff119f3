"""Whether alerts did anything: a planted effect is found, none where none was planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import harvest_worlds
import numpy as np
import pytest
from harvest_judging import EDGES
from sqlalchemy import Engine, text

from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.forecast import effect, forecasting, history
from lensan.forecast.effect import EFFECT, NO_EFFECT, TOO_FEW, Effect, Harvest
from lensan.forecast.forecasting import TODAY
from lensan.units import glut_alerts

SEEDS = range(2000, 2020)
PLANTED = (0.0, 0.3, 0.5)


def of_worlds(seeds: range) -> dict[float, Effect]:
    """Worlds taken together as one province; sales of alerted weeks larger by each planted share."""
    found: dict[float, tuple[list[Harvest], list[str]]] = {each: ([], []) for each in PLANTED}
    for seed in seeds:
        world = harvest_worlds.make(seed)
        moments = [(edge, harvest_worlds.moment_of(edge)) for edge in EDGES]
        told = forecasting.replayed(world.history, moments, TODAY)
        alerts = told.alerts()
        for planted, (harvests, products) in found.items():
            sales = world.history.sales.copy()
            for alert in alerts:
                stood = sales["week"].between(alert.given, alert.last_week, inclusive="left")
                sales.loc[(sales["series"] == alert.series) & stood, "tonnes"] *= 1 + planted
            changed = replace(world.history, sales=sales)
            now = history.known(changed, told.now.edge, TODAY)
            supply = np.where(effect.harvested(changed, now.edge), np.nan_to_num(now.supply), 0.0)
            names = changed.series["product"]
            for each in effect.harvests(supply, now.sold, now.edge, alerts):
                harvests.append(replace(each, series=1000 * seed + each.series))
                products.append(str(names[each.series]))
    return {planted: effect.estimated(*each) for planted, each in found.items()}


@pytest.fixture(scope="module")
def found() -> dict[float, Effect]:
    return of_worlds(SEEDS)


@pytest.mark.parametrize("planted", PLANTED[1:])
def test_a_planted_effect_is_recovered(found: dict[float, Effect], planted: float) -> None:
    said = found[planted]
    assert said.share is not None and said.low is not None and said.high is not None
    assert said.state == EFFECT
    assert abs(said.share - planted) <= 0.2 * planted
    assert said.low < planted < said.high


def test_none_is_claimed_where_none_was_planted(found: dict[float, Effect]) -> None:
    assert found[0.0].state == NO_EFFECT
    assert min(found[0.0].alerted, found[0.0].compared) > 30


def test_larger_harvests_sell_less_of_themselves_without_an_alert_having_done_it() -> None:
    draw = np.random.default_rng(7)
    sizes = draw.normal(0, 0.4, 120)
    alerted = sizes + draw.normal(0, 0.3, 120) > 0.2
    made = [
        Harvest(at % 40, bool(is_alerted), float(-0.8 * size + noise), float(size))
        for at, (size, is_alerted, noise) in enumerate(
            zip(sizes, alerted, draw.normal(0, 0.1, 120), strict=True)
        )
    ]
    assert effect.estimated(made, ["na"] * 120).state == NO_EFFECT
    blind = [replace(each, size=0.0) for each in made]
    assert effect.estimated(blind, ["na"] * 120).state == EFFECT


def test_with_a_few_harvests_nothing_is_said() -> None:
    few = [Harvest(at, at % 2 == 0, 0.5 * (at % 2 == 0), 0.0) for at in range(15)]
    assert effect.estimated(few, ["na"] * 15) == Effect(TOO_FEW, 8, 7)
    assert effect.estimated([], []).state == TOO_FEW


def test_the_alerts_of_the_register_are_those_asked_about(
    new_warehouse: Callable[[], Engine],
) -> None:
    engine, last = new_warehouse(), datetime(2024, 6, 27, 12, tzinfo=ICT)
    harvest_worlds.into_warehouse(harvest_worlds.make(3), engine)
    with engine.begin() as connection:
        told = forecasting.replay_of(connection, periods.due_at_or_before("week", last))
        rows = told.history.series.to_dict("records")
        for number, alert in enumerate(told.alerts()):
            over = None if alert.over is None else told.history.edge(alert.over)
            connection.execute(
                text(
                    "insert into ops.glut_alert (unit_code, product, warned_on, period, revision, peak_on, peak_interval,"
                    " chance_pct, unsold, unsold_interval, noted_at, closed_at, outcome) values (:unit, :name, :on, :on,"
                    " 0, :on, '', 50, 1, '', :at, :over, case when cast(:over as date) is null then null else 'none' end)"
                ),
                {
                    "on": told.history.edge(alert.given),
                    "over": over and datetime(over.year, over.month, over.day, 12, tzinfo=ICT),
                    "at": last - timedelta(days=number),
                    **{key: rows[alert.series][key] for key in ("unit", "name")},
                },
            )
    asked = glut_alerts.given(engine, told.history)
    assert sorted(asked, key=str) == sorted(told.alerts(), key=str)
    said = effect.effect(told, asked)
    assert (said.alerted, said.compared) == (
        effect.effect(told, told.alerts()).alerted,
        effect.effect(told, told.alerts()).compared,
    )
