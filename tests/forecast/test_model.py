"""Each piece of the forecast by itself: months over weeks, what was known, what buyers take, the interval."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lensan.forecast.history import (
    AHEAD_WEEKS,
    FOREVER,
    PAST_WEEKS,
    TODAY,
    History,
    Known,
    known,
    spread,
)
from lensan.forecast.model import HORIZON, capacity, forecast, interval, pace

WEEKS = PAST_WEEKS + AHEAD_WEEKS


def table(columns: list[str], *rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows that are told on a day, and until another or for ever."""
    frame = pd.DataFrame([row[:-2] for row in rows], columns=["series", *columns])
    frame["known_from"] = pd.Series([np.datetime64(row[-2]) for row in rows], dtype="M8[us]")
    until = [np.datetime64(row[-1]) if row[-1] else FOREVER for row in rows]
    frame["known_until"] = pd.Series(until, dtype="M8[us]")
    return frame


def history(**tables: pd.DataFrame) -> History:
    empty = {
        "calendar": table(["month", "tonnes", "price_low"]),
        "quotes": table(["week", "price"]),
        "sales": table(["week", "tonnes"]),
    }
    series = pd.DataFrame([("193", "na", "Na")], columns=["unit", "product", "name"])
    return History(series, date(2022, 1, 6), **(empty | tables))


@given(
    st.dates(date(2021, 1, 1), date(2030, 1, 1)),
    st.lists(st.floats(0, 500), min_size=6, max_size=6),
)
def test_months_keep_their_tonnes(first: date, tonnes: list[float]) -> None:
    share, month_of = spread(first)
    plan = np.zeros(len(share))
    plan[8:14] = tonnes
    weekly = plan @ share
    assert np.isclose(weekly.sum(), plan.sum())
    assert month_of[0] in (0, 1)
    assert month_of[-1] >= len(share) - 2


def test_a_revision_counts_from_its_arrival() -> None:
    told = history(
        calendar=table(
            ["month", "tonnes", "price_low"],
            (0, 25, 100.0, 10_000.0, "2023-12-01", "2024-01-10"),
            (0, 25, 300.0, 10_000.0, "2024-01-10", None),
        )
    )
    before = known(told, 104, np.datetime64("2024-01-09"))
    after = known(told, 104, np.datetime64("2024-01-11"))
    assert np.allclose(np.nan_to_num(after.supply), 3 * np.nan_to_num(before.supply))
    assert np.isnan(before.supply[:, :PAST_WEEKS]).all()


def test_a_week_without_a_quote_has_that_of_two_weeks_before_and_none_after() -> None:
    told = history(
        calendar=table(
            ["month", "tonnes", "price_low"], (0, 24, 100.0, 10_000.0, "2023-12-01", None)
        ),
        quotes=table(["week", "price"], (0, 98, 8_000.0, "2023-12-01", None)),
    )
    ratio = known(told, 104, TODAY).ratio[0]
    assert [round(float(each), 2) for each in ratio[98:101]] == [0.8, 0.8, 0.8]
    assert np.isnan(ratio[101:]).all()


def a_known(brought: list[float], ratio: list[float], ahead: float = 0.0) -> Known:
    supply, sold, price = np.zeros((1, WEEKS)), np.zeros((1, WEEKS)), np.full((1, WEEKS), np.nan)
    supply[0, 40 : 40 + len(brought)] = brought
    price[0, 40 : 40 + len(ratio)] = ratio
    supply[0, PAST_WEEKS : PAST_WEEKS + HORIZON] = ahead
    sold[:, PAST_WEEKS:] = np.nan
    return Known(104, supply, sold, price)


def test_what_buyers_take_is_what_was_brought_when_the_price_stood_at_its_frame() -> None:
    brought = [50.0, 80.0, 100.0, 125.0, 125.0, 100.0, 80.0, 60.0, 50.0]
    taken, weeks = capacity(a_known(brought, [(100 / b) ** 0.5 for b in brought]))
    assert taken[0] == pytest.approx(100, rel=0.02)
    assert weeks[0] == 7, "of four tenths of the largest week and less nothing is learned"


def test_more_than_buyers_take_is_a_surplus_and_less_is_none() -> None:
    brought = [50.0, 80.0, 100.0, 125.0, 125.0, 100.0, 80.0, 60.0, 55.0]
    ratio = [(100 / b) ** 0.5 for b in brought]
    calm, glut = (forecast(a_known(brought, ratio, ahead)) for ahead in (50.0, 200.0))
    assert (calm.chance[0], calm.unsold[0], calm.unsold_high[0]) == (0, 0, 0)
    assert glut.chance[0] == 1
    assert glut.unsold_low[0] < glut.unsold[0] < glut.unsold_high[0]
    assert glut.unsold[0] == pytest.approx(800, rel=0.25)


def test_a_short_history_is_told() -> None:
    found = forecast(a_known([100.0] * 5, [1.1] * 5, 150.0))
    assert not found.has_history[0]
    assert found.priced_weeks[0] == 5


def test_what_the_platforms_sell_is_told_by_the_latest_half_year_with_a_harvest() -> None:
    each = a_known([100.0] * 10, [1.0] * 10)
    each.sold[0, 40:50] = 20.0
    assert pace(each)[0] == pytest.approx(0.2)
    each.supply[0, 95:100], each.sold[0, 95:100] = 100.0, 40.0
    assert pace(each)[0] == pytest.approx(0.4)


def test_a_harvest_that_has_hardly_begun_says_little_of_what_is_sold_of_the_rest() -> None:
    each = a_known([0.0], [1.0])
    each.supply[0, 60:70], each.sold[0, 60:70] = 100.0, 10.0
    each.supply[0, 103], each.sold[0, 103] = 20.0, 20.0
    assert pace(each)[0] == pytest.approx(120 / 1020), "20 of 20 tonnes, but of a year with 1020"
    each.supply[0, 93:103], each.sold[0, 93:103] = 40.0, 20.0
    assert pace(each)[0] == pytest.approx(220 / 420)


def test_an_interval_holds_four_fifths_also_where_much_is_nothing() -> None:
    some = np.sort(np.concatenate([np.zeros(500), np.arange(1.0, 501)]))[None, :]
    low, high = interval(some)
    assert low[0] == 0
    assert np.mean((some >= low) & (some <= high)) == pytest.approx(0.8, abs=0.01)
    low, high = interval(np.arange(1.0, 1001)[None, :])
    assert low[0] == pytest.approx(101, abs=2)
    assert high[0] == pytest.approx(900, abs=2)


def test_of_an_office_without_key_products_nothing_is_said_and_nothing_fails() -> None:
    nothing = np.zeros((0, WEEKS))
    said = forecast(Known(208, nothing, nothing, nothing))
    assert said.chance.shape == (0,)
    assert said.surplus.shape == (0, HORIZON)
