"""The harvests of the sample that a demo shows: seasons, buyers, shocks, calendars late and wrong; and the alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import forecast_oracle
import oracle
import pandas as pd
import pytest
from sqlalchemy import Engine
from taking_in import take_in

from lensan import samples
from lensan.cli import demo
from lensan.domain import periods
from lensan.figures import measuring
from lensan.forecast import forecasting
from lensan.samples import World
from lensan.samples.writing import write_world

WEEK = periods.week(date(2021, 12, 2))
BEGUN = pd.Timestamp(demo.FIRST_DUE) - pd.Timedelta(days=7)


@pytest.fixture(scope="module")
def world() -> World:
    """The world of make demo."""
    return samples.build(seed=demo.SEED, agrees=True)


@pytest.fixture(scope="module")
def told(
    world: World, tmp_path_factory: pytest.TempPathFactory, new_warehouse: Callable[[], Engine]
) -> Engine:
    """A warehouse that was told the world in three weeks until the draft of one. Read only."""
    engine, root = new_warehouse(), tmp_path_factory.mktemp("harvests")
    write_world(root / "world", world)
    for week in demo.WEEKS[: demo.WEEKS.index(WEEK) + 1 : 3]:
        for path in sorted((root / "world").rglob("*")):
            if path.is_file() and path.stat().st_mtime <= week.draft_at.timestamp():
                to = root / "landing" / path.relative_to(root / "world")
                to.parent.mkdir(parents=True, exist_ok=True)
                path.rename(to)
        take_in(engine, root / "landing", root / "raw", moment=week.draft_at)
    return engine


def gluts(world: World) -> pd.DataFrame:
    """Product and week in which more is brought than markets take, a harvest's ends left out."""
    weeks = world.harvests.drop_duplicates(["name", "begins_on"])
    in_season = weeks.brought > 0.05 * weeks.groupby("name").brought.transform("max")
    return weeks[in_season & (weeks.brought > weeks.taken)]


def test_calendars_are_wrong_late_and_told_again(world: World) -> None:
    calendar = world.seasons
    first = calendar.sort_values("sent_on", kind="stable").drop_duplicates(
        ["unit", "name", "month"]
    )
    begins = calendar.groupby(["unit", "name"]).sent_on.min()
    assert set(begins) > {BEGUN}
    last = calendar.sort_values("sent_on", kind="stable").drop_duplicates(["unit", "name", "month"], keep="last")  # fmt: skip
    both = first.merge(last, on=["unit", "name", "month"])
    changed = both[both.sent_on_x < both.sent_on_y]
    assert len(changed) > 20
    assert ((changed.tonnes_y - changed.tonnes_x).abs() > 0.1 * changed.tonnes_x).mean() > 0.3


def test_what_is_over_is_told_as_it_was_harvested(world: World) -> None:
    weeks = world.harvests
    year = weeks[(weeks.begins_on >= "2020-01-01") & (weeks.begins_on < "2020-12-31")]
    came = year.groupby(["unit", "name"]).harvest.sum()
    said = world.seasons[world.seasons.month.dt.year == 2020].groupby(["unit", "name"]).tonnes.sum()
    assert (said / came[said.index]).between(0.85, 1.15).all()


def test_a_market_s_price_falls_below_its_frame_where_more_is_brought_than_it_takes(world: World) -> None:  # fmt: skip
    quotes = world.prices.assign(
        begins_on=lambda rows: rows.priced_on - (rows.priced_on - BEGUN) % pd.Timedelta(days=7)
    )
    frame = world.seasons.groupby("name").price_low.max()
    found = quotes.merge(world.harvests.drop_duplicates(["name", "begins_on"]), on=["name", "begins_on"])  # fmt: skip
    full = found.brought / found.taken
    is_low = found.price < found.name.map(frame)
    assert is_low[full > 1.25].mean() > 0.9 and is_low[full < 0.75].mean() < 0.1
    assert (full > 1.25).sum() > 20


def test_markets_take_less_while_a_shock_lasts(world: World) -> None:
    taken = world.harvests.drop_duplicates(["name", "begins_on"]).set_index("name").taken
    usual = taken.groupby(level=0).max()
    shocked = (taken < 0.8 * usual[taken.index]).groupby(level=0).sum()
    assert 5 <= (shocked > 0).sum() < len(usual)
    assert (taken > 0.45 * usual[taken.index]).mean() > 0.98


def test_the_demo_shows_alerts_and_they_come_true(told: Engine, world: World) -> None:
    with told.begin() as connection:
        found = forecasting.outlooks(forecasting.replay_of(connection, WEEK))
    alerts = [each for each in found if each.warned_on]
    assert len(alerts) >= 2
    came = gluts(world)
    for each in alerts:
        weeks = came[came.name.str.casefold() == each.name.casefold()].begins_on
        assert ((weeks >= pd.Timestamp(each.warned_on)) & (weeks < "2022-02-24")).sum() >= 2, each
    assert {each.state for each in found} >= {
        forecasting.FORECAST,
        forecasting.SHORT_HISTORY,
        forecasting.NO_CALENDAR,
    }


def test_the_forecast_is_the_oracle_s(told: Engine, world: World) -> None:
    with told.begin() as connection:
        found = forecasting.outlooks(forecasting.replay_of(connection, WEEK))
    second = forecast_oracle.outlook(world, WEEK.end)
    assert {(each.unit, oracle.normalised(each.product)) for each in found} == second.keys()
    compared = 0
    for each in found:
        other = second[each.unit, oracle.normalised(each.product)]
        assert each.priced_weeks == other.priced, each.name
        if each.state != forecasting.FORECAST:
            continue
        compared += 1
        # Cases that lie on the edge of a glut may fall to either side by the last bits of a sum.
        assert each.chance == pytest.approx(other.chance, abs=0.012), each.name
        assert each.peak == other.peak, each.name
        for ours, theirs in (
            (each.unsold, other.unsold),
            (each.unsold_low, other.low),
            (each.unsold_high, other.high),
            (each.taken, other.taken),
            *zip((week.harvested for week in each.weeks), other.supply, strict=True),
        ):
            assert ours == pytest.approx(theirs, abs=0.051), each.name
    assert compared > 15


def test_every_figure_of_a_world_with_harvests_is_the_oracle_s(told: Engine, world: World) -> None:
    shown = {
        (each.unit, each.indicator): each
        for each in measuring.compute(told, WEEK, moment=WEEK.draft_at)
    }
    second = oracle.figures(world.as_of(WEEK.end), "week", WEEK.name)["figures"]
    differing = [
        (figure["unit"], figure["indicator"], cell, mine, value)
        for figure in second
        for cell, value in figure.items()
        for mine in [getattr(shown[figure["unit"], figure["indicator"]], cell)]
        if not (
            abs(float(mine) - value) < 1e-6
            if isinstance(value, int | float) and mine is not None
            else mine == value
        )
    ]
    assert len(second) > 150 and differing == []
