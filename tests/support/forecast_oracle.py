"""The forecast a second time, from the truth of an invented world: loops instead of arrays, one system of equations
instead of a shortcut. It shares with lensan.forecast nothing but docs/rules/forecast.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import oracle
import pandas as pd

PAST, AHEAD, HORIZON, LATE = 104, 37, 8, 3
STIFF = 1e-6


@dataclass(frozen=True)
class Said:
    """As lensan.forecast.forecasting.Outlook has them, not rounded; ``priced``: weeks that say what buyers take."""

    priced: int
    chance: float
    unsold: float
    low: float
    high: float
    peak: date
    taken: float
    supply: list[float]


@dataclass
class _Series:
    supply: list[float]
    known: list[bool]
    sold: list[float]
    ratio: list[float | None]


def outlook(world: Any, end: date) -> dict[tuple[str, str], Said]:
    """Unit and product (normalised) → what is said of it on a week's end, of all that had been sent by then."""
    truth = world.as_of(end)
    first = end - timedelta(weeks=PAST)
    keys = {(row.unit, oracle.normalised(row.name)) for row in truth.key_products.itertuples()}
    seasons = truth.seasons.assign(key=truth.seasons.name.map(oracle.normalised))
    quotes = world.prices[world.prices.sent_on <= pd.Timestamp(end)]
    quotes = quotes.assign(key=quotes.name.map(oracle.normalised))
    sales = oracle._Known(truth)._farm_sales
    found = {}
    for (unit, key), rows in seasons.groupby(["unit", "key"]):
        if (unit, key) in keys:
            sold = sales[(sales.unit == unit) & (sales.category_key == key)]
            found[unit, key] = _series(first, rows, quotes[quotes.key == key], sold)
    takes = _taken(found)
    return {key: _said(each, *takes[key], end) for key, each in found.items()}


def _series(first: date, rows: pd.DataFrame, quotes: pd.DataFrame, sales: pd.DataFrame) -> _Series:
    days = [first + timedelta(days=number) for number in range(7 * (PAST + AHEAD))]
    months = sorted({(day.year, day.month) for day in days})
    tonnes = {(m.year, m.month): t for m, t in zip(rows.month, rows.tonnes, strict=True)}
    lows = {(m.year, m.month): p for m, p in zip(rows.month, rows.price_low, strict=True)}
    of = [(days[7 * week + 3].year, days[7 * week + 3].month) for week in range(PAST + AHEAD)]
    low = (
        pd.Series([lows.get(month) for month in months], index=months, dtype=float).ffill().bfill()
    )
    prices: list[list[float]] = [[] for _ in range(PAST)]
    for on, price in zip(quotes.priced_on, quotes.price, strict=True):
        week = (on.date() - first).days // 7
        if 0 <= week < PAST:
            prices[week].append(float(price))
    mean = [sum(each) / len(each) if each else None for each in prices]
    ratio: list[float | None] = []
    for week in range(PAST):
        near = next((mean[at] for at in (week, week - 1, week - 2) if at >= 0 and mean[at]), None)
        ratio.append(None if near is None else near / low[of[week]])
    sold = [0.0] * PAST
    for on, grams in zip(sales.completed_on, sales.grams, strict=True):
        week = (on.date() - first).days // 7
        if 0 <= week < PAST:
            sold[week] += grams / 1e6
    # Of a month that no calendar tells nothing is expected, however the months beside it end.
    known = [month in tonnes for month in of]
    supply = [
        tonnes_a_week if is_known else 0.0
        for tonnes_a_week, is_known in zip(_smooth(days, months, tonnes), known, strict=True)
    ]
    return _Series(supply, known, sold, ratio)


def _smooth(days: list[date], months: list[Any], tonnes: dict[Any, float]) -> list[float]:
    """Weeks that keep the months' tonnes and bend least, with multipliers of Lagrange."""
    weeks = len(days) // 7
    bend = np.zeros((weeks - 2, weeks))
    for at in range(weeks - 2):
        bend[at, at : at + 3] = 1, -2, 1
    keep, wanted = np.zeros((len(months), weeks)), np.zeros(len(months))
    for number, day in enumerate(days):
        keep[months.index((day.year, day.month)), number // 7] += 1 / 7
    for at, month in enumerate(months):
        length = (pd.Timestamp(*month, 1) + pd.offsets.MonthBegin(1) - pd.Timestamp(*month, 1)).days
        there = sum((day.year, day.month) == month for day in days)
        wanted[at] = tonnes.get(month, 0.0) * there / length
    whole = np.block(
        [[bend.T @ bend + STIFF * np.eye(weeks), keep.T], [keep, np.zeros((len(months),) * 2)]]
    )
    found = np.linalg.solve(whole, np.concatenate([np.zeros(weeks), wanted]))[:weeks]
    return [max(0.0, float(each)) for each in found]


def _taken(of: dict[Any, _Series]) -> dict[Any, tuple[float, int]]:
    """What buyers take a week at the frame's lower end, and of how many weeks that was learned."""
    told: dict[Any, tuple[float, ...]] = {}
    for key, each in of.items():
        brought = [max(0.0, h - s) for h, s in zip(each.supply, each.sold, strict=False)]
        most = max(brought)
        points = [
            (0.5 ** ((PAST - 1 - week) / 78), math.log(brought[week]), math.log(ratio))
            for week, ratio in enumerate(each.ratio)
            if ratio is not None and brought[week] > 0.4 * most
        ]
        total = max(sum(w for w, _, _ in points), 1e-12)
        amount = sum(w * a for w, a, _ in points) / total
        price = sum(w * p for w, _, p in points) / total
        told[key] = (
            amount, price, sum(w * (a - amount) ** 2 for w, a, _ in points),
            sum(w * (p - price) ** 2 for w, _, p in points), len(points),
        )  # fmt: skip
    amounts = sum(t[2] for t in told.values()) / len(told)
    prices = sum(t[3] for t in told.values()) / len(told)
    return {
        key: (math.exp(a + math.sqrt((sa + amounts) / max(sp + prices, 1e-9)) * p), int(count))
        for key, (a, p, sa, sp, count) in told.items()
    }


def _share(each: _Series) -> float:
    """Of the harvest, what the platforms sell: half a year's, a year's or all there is."""
    season = [h > 0.05 * max(each.supply) and k for h, k in zip(each.supply, each.known, strict=True)]  # fmt: skip

    def sums(span: int) -> tuple[float, float]:
        weeks = [week for week in range(PAST - span, PAST) if season[week]]
        return sum(each.supply[w] for w in weeks), sum(each.sold[w] for w in weeks)

    (half, sold), (year, of_year), (whole, of_whole) = sums(26), sums(52), sums(PAST)
    if half > 0.25 * year:
        return min(1.0, sold / half)
    if year > 0:
        return min(1.0, of_year / year)
    return min(1.0, of_whole / whole) if whole > 0 else 0.0


def _said(each: _Series, taken: float, priced: int, end: date) -> Said:
    share, normal = _share(each), (-1.28, -0.52, 0.0, 0.52, 1.28)
    gluts, totals, peaks = 0, [], []
    for late in range(-3, 4):
        for more in normal:
            for most in normal:
                left = [
                    each.supply[PAST + week - late] * math.exp(0.16 * more) * (1 - share)
                    - taken * math.exp(0.15 * most)
                    for week in range(HORIZON + LATE)
                ]
                gluts += sum(over > 0 for over in left) >= 2
                totals.append(sum(max(0.0, over) for over in left[:HORIZON]))
                peaks.append(left.index(max(left)))
    totals.sort()
    peaks.sort()
    last = len(totals) - 1
    low = totals[round(0.1 * last)]
    return Said(
        priced, gluts / len(totals), sum(totals) / len(totals), low,
        totals[round((0.9 if low > 0 else 0.8) * last)],
        end + timedelta(weeks=peaks[last // 2]), taken, each.supply[PAST : PAST + HORIZON],
    )  # fmt: skip
