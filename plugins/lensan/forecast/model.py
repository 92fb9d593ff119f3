"""The forecast of eight weeks, in one sentence (docs/rules/forecast.md#the-sentence).

*A week's surplus is what the calendar, moved and made larger or smaller as calendars have been wrong before, lets
expect beyond what the platforms sell of it and what buyers took in past weeks before the price left its frame.*
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lensan.forecast.history import PAST_WEEKS, Floats, Known

Ints = NDArray[np.int64]
HORIZON = 8
"""Weeks ahead."""
LATE_WEEKS = 3
"""By so much calendars may be late: a glut that begins within the horizon may have to be waited for."""
GLUT_WEEKS = 2
"""So many weeks of one harvest with a price below its frame are a glut."""
CORE = 0.4
"""Of a series' largest week: what buyers take is learned from weeks with more."""
IN_SEASON = 0.05
"""Of a series' largest week: less is no harvest."""
PACE_WEEKS = 26
ENOUGH = 0.25
"""Of a year's harvest: the last half year says what the platforms sell of it only where it had as much."""
PRICED_WEEKS = 8
"""So many past weeks with harvest and a quote, or there is not enough data."""
SHIFTS = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
"""Weeks: calendars are wrong by up to three, and nobody has said more."""
AMOUNTS = np.exp(0.16 * np.array([-1.28, -0.52, 0.0, 0.52, 1.28]))
TAKINGS = np.exp(0.15 * np.array([-1.28, -0.52, 0.0, 0.52, 1.28]))
MEMORY_WEEKS = 78
LARGEST = np.log(1e9)
"""Of tonnes that buyers take; where prices say nothing of amounts the line of both may end anywhere."""


@dataclass(frozen=True)
class Forecast:
    """Of each series at a moment; arrays by series, ``supply``, ``sold``, ``surplus``: series × eight weeks.

    ``supply_low`` to ``supply_high``: the 80 % interval of a week's harvest.
    ``chance``: that there is a glut within the weeks and the three that a calendar may be late. ``unsold``: expected tonnes over all of them,
    ``unsold_low`` to ``unsold_high`` its 80 % interval. ``peak``: week of the grid with the largest surplus
    (or harvest, where none is expected), ``peak_low`` to ``peak_high`` its 80 % interval. ``taken``: tonnes
    a week that buyers take within the price frame, learned from ``priced_weeks``. Without ``has_calendar``
    and ``has_history`` the numbers mean nothing.
    """

    edge: int
    supply: Floats
    supply_low: Floats
    supply_high: Floats
    sold: Floats
    surplus: Floats
    chance: Floats
    unsold: Floats
    unsold_low: Floats
    unsold_high: Floats
    peak: Ints
    peak_low: Ints
    peak_high: Ints
    taken: Floats
    has_calendar: NDArray[np.bool_]
    priced_weeks: Ints

    @property
    def has_history(self) -> NDArray[np.bool_]:
        """Whether enough past weeks say what buyers take."""
        return np.asarray(self.priced_weeks >= PRICED_WEEKS)


def forecast(known: Known) -> Forecast:
    """The forecast of all series from what was known."""
    supply = np.nan_to_num(known.supply)
    ahead = np.arange(PAST_WEEKS, PAST_WEEKS + HORIZON + LATE_WEEKS)
    share = pace(known)
    taken, priced_weeks = capacity(known)
    moved = np.stack([_moved(supply, ahead, weeks) for weeks in SHIFTS], axis=1)
    harvest = moved[:, :, None, None, :] * AMOUNTS[None, None, :, None, None]
    brought = harvest * (1 - share)[:, None, None, None, None]
    limit = taken[:, None, None, None, None] * TAKINGS[None, None, None, :, None]
    cases = len(SHIFTS) * len(AMOUNTS) * len(TAKINGS)
    over = (brought - limit).reshape(len(supply), cases, HORIZON + LATE_WEEKS)
    ahead, surplus = ahead[:HORIZON], np.maximum(over, 0)[..., :HORIZON]
    chance = ((over > 0).sum(-1) >= GLUT_WEEKS).mean(-1)
    total = np.sort(surplus.sum(-1), axis=1)
    low, high = interval(total)
    peaks = np.sort(known.edge + over.argmax(-1), axis=1)
    many = total.shape[1] - 1
    told = harvest[:, :, :, 0, :HORIZON].reshape(len(supply), cases // len(TAKINGS), HORIZON)
    weekly = np.sort(told, axis=1)
    last = weekly.shape[1] - 1
    return Forecast(
        edge=known.edge,
        supply=supply[:, ahead],
        supply_low=weekly[:, round(0.1 * last)],
        supply_high=weekly[:, round(0.9 * last)],
        sold=supply[:, ahead] * share[:, None],
        surplus=surplus.mean(1),
        chance=chance,
        unsold=total.mean(1),
        unsold_low=low,
        unsold_high=high,
        peak=peaks[:, many // 2],
        peak_low=peaks[:, round(0.1 * many)],
        peak_high=peaks[:, round(0.9 * many)],
        taken=taken,
        has_calendar=np.asarray(~np.isnan(known.supply[:, ahead]).all(axis=1)),
        priced_weeks=priced_weeks,
    )


def _moved(supply: Floats, ahead: Ints, weeks: float) -> Floats:
    """The supply of the weeks ahead if the season comes so many weeks later."""
    at = np.clip(ahead - int(weeks), 0, supply.shape[1] - 1)
    return np.asarray(supply[:, at])


def interval(total: Floats) -> tuple[Floats, Floats]:
    """The 80 % interval of sorted outcomes (series × outcomes). Where more than a tenth of them are nothing
    at all it begins with nothing, and its other end leaves out all that it may: a fifth."""
    last = total.shape[1] - 1
    low = total[:, round(0.1 * last)]
    high = np.where(low > 0, total[:, round(0.9 * last)], total[:, round(0.8 * last)])
    return low, high


def pace(known: Known) -> Floats:
    """What share of the harvest the platforms sold in the last weeks that had one."""
    supply, sold = np.nan_to_num(known.supply), np.nan_to_num(known.sold)
    in_season = is_season(supply) & ~np.isnan(known.supply)
    share = np.zeros(len(supply))
    least = np.zeros(len(supply))
    for span in (PAST_WEEKS, 2 * PACE_WEEKS, PACE_WEEKS):
        weeks = slice(PAST_WEEKS - span, PAST_WEEKS)
        of = (supply * in_season)[:, weeks].sum(1)
        found = (sold * in_season)[:, weeks].sum(1) / np.where(of > 0, of, 1)
        share = np.where(of > least, found, share)
        # What was sold of a harvest that has hardly begun says little of the rest of it.
        least = ENOUGH * of if span == 2 * PACE_WEEKS else least
    return np.minimum(share, 1.0)


def is_season(supply: Floats) -> NDArray[np.bool_]:
    """Weeks that have a harvest worth the name."""
    return np.asarray(supply > IN_SEASON * supply.max(axis=1, keepdims=True))


def capacity(known: Known) -> tuple[Floats, Ints]:
    """Tonnes a week that buyers take before the price leaves its frame, and how many weeks say so.

    Each past week says it: what was brought, more where the price then stood above the frame's lower end and
    less where below, by as much as amounts went with prices in all series' weeks. Late weeks count more.
    """
    if not len(known.supply):  # an office without key products
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    weeks = slice(0, PAST_WEEKS)
    supply = np.nan_to_num(known.supply)
    brought = np.maximum(supply[:, weeks] - np.nan_to_num(known.sold)[:, weeks], 0)
    ratio = known.ratio[:, weeks]
    counts = ~np.isnan(ratio) & (brought > CORE * brought.max(axis=1, keepdims=True, initial=0.0))
    age = PAST_WEEKS - 1 - np.arange(PAST_WEEKS)
    weight = counts * 0.5 ** (age / MEMORY_WEEKS)
    amount = np.log(np.where(counts, brought, 1.0))
    price = np.log(np.where(counts, ratio, 1.0))
    total = np.maximum(weight.sum(1, keepdims=True), 1e-12)
    amount_mean = (weight * amount).sum(1, keepdims=True) / total
    price_mean = (weight * price).sum(1, keepdims=True) / total
    # A line of amounts against prices that errs alike in both, since either may be out by weeks; a series'
    # own is drawn to that of all, whose weeks count as much as a series has on average.
    spread_amount = (weight * (amount - amount_mean) ** 2).sum(1)
    spread_price = (weight * (price - price_mean) ** 2).sum(1)
    bend = np.sqrt(
        (spread_amount + spread_amount.mean())
        / np.maximum(spread_price + spread_price.mean(), 1e-9)
    )
    limit = amount_mean + bend[:, None] * price_mean
    return np.exp(np.minimum(limit[:, 0], LARGEST)), counts.sum(1)
