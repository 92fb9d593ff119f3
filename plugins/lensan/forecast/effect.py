"""Whether alerts did anything: what alerted harvests sold of themselves beside comparable ones that nobody was alerted of.

The rule, and what it cannot know: docs/rules/forecast.md#effect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lensan.forecast.forecasting import Replay
from lensan.forecast.history import FOREVER, PAST_WEEKS, Floats, History, spread
from lensan.forecast.judging import GAP_WEEKS
from lensan.forecast.model import is_season
from lensan.forecast.replay import Alert

Bools = NDArray[np.bool_]

AROUND = (4, 4)
"""Of the largest week of a harvest: so many weeks before it and from it on are looked at."""
BEFORE_WEEKS = 52
LEAST_WEEKS = 4
"""With a harvest, among those weeks and before them, or its share is not known."""
LEAST_CASES = 8
"""Alerted harvests, and others, or nothing is said."""
SURE = 0.99
"""An interval that has nothing in it claims nothing: once in a hundred it would claim what is not there."""
EFFECT, NO_EFFECT, TOO_FEW = "effect", "no_effect", "too_few"


@dataclass(frozen=True)
class Harvest:
    """A harvest that is over. ``change``: the logarithm of the share of it that the platforms sold around its largest
    week, of an alerted one since the alert, by the share of the year before; ``size``: likewise of its tonnes a week."""

    series: int
    is_alerted: bool
    change: float
    size: float


@dataclass(frozen=True)
class Effect:
    """What alerts changed, as a share (0.3: three tenths more were sold), with its 99 % interval.

    ``state``: effect; no_effect: none can be claimed, the interval has nothing in it; too_few: fewer than eight
    harvests on either side, or of fewer than three series, then the numbers are None.
    """

    state: str
    alerted: int
    compared: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


def effect(replay: Replay, given: Collection[Alert]) -> Effect:
    """The effect of alerts. ``given``: those that went out, at the edges of the replay's history."""
    now = replay.now
    supply = np.where(harvested(replay.history, now.edge), np.nan_to_num(now.supply), 0.0)
    found = harvests(supply, now.sold, now.edge, given)
    of_product = replay.history.series["product"].to_numpy()
    return estimated(found, [str(of_product[each.series]) for each in found])


def harvested(history: History, edge: int) -> Bools:
    """Series × weeks, as ``Known`` has them: whether the week's month was told again after it had ended. An alert
    is likelier where a plan was too large, so that beside plans alerted harvests would seem to sell less."""
    first = history.edge(edge - PAST_WEEKS)
    months = spread(first)[1]
    rows = history.columns["calendar"]
    month = rows["month"].astype(np.int64)
    ended = (np.datetime64(history.first_edge, "M") + month + 1).astype("M8[us]")
    counts = (rows["known_until"] >= FOREVER) & (rows["known_from"] >= ended)
    at = month - history.month(first)
    counts &= (at >= 0) & (at <= months.max())
    told = np.zeros((len(history.series), int(months.max()) + 1), bool)
    told[rows["series"][counts], at[counts]] = True
    return np.asarray(told[:, months])


def harvests(supply: Floats, sold: Floats, edge: int, given: Collection[Alert]) -> list[Harvest]:
    """The harvests of series × weeks (``PAST_WEEKS`` that ended before ``edge``, then those ahead) of which a share
    before is known."""
    spoken = np.zeros(supply.shape, bool)
    for alert in given:
        begin, end = (at - edge + PAST_WEEKS for at in (alert.given, alert.last_week))
        spoken[alert.series, max(begin, 0) : max(end, 0)] = True
    found = []
    for series, row in enumerate(is_season(supply)):
        for first, last in _runs(row):
            if last < PAST_WEEKS:
                found += _harvest(
                    supply[series], sold[series], row, spoken[series], series, first, last
                )
    return found


def _harvest(
    supply: Floats, sold: Floats, season: Bools, spoken: Bools, series: int, first: int, last: int
) -> list[Harvest]:
    """One harvest, from its first to its last week; none where a share is not known."""
    peak = first + int(np.argmax(supply[first : last + 1]))
    around = np.arange(max(first, peak - AROUND[0]), min(last + 1, peak + AROUND[1]))
    weeks = around[season[around]]
    is_alerted = bool(spoken[weeks].any())
    weeks = weeks[spoken[weeks]] if is_alerted else weeks
    past = np.arange(max(0, first - BEFORE_WEEKS), first)
    before = past[season[past] & ~spoken[past]]
    if min(len(weeks), len(before)) < LEAST_WEEKS:
        return []
    shares = [sold[each].sum() / supply[each].sum() for each in (weeks, before)]
    if min(shares) <= 0:
        return []
    size = supply[weeks].mean() / supply[before].mean()
    change, larger = np.log(shares[0] / shares[1]), np.log(size)
    return [Harvest(series, is_alerted, float(change), float(larger))]


def _runs(row: Bools) -> Iterator[tuple[int, int]]:
    weeks = np.nonzero(row)[0]
    if len(weeks):
        for run in np.split(weeks, np.nonzero(np.diff(weeks) > GAP_WEEKS + 1)[0] + 1):
            yield int(run[0]), int(run[-1])


def estimated(found: Sequence[Harvest], products: Sequence[str]) -> Effect:
    """Least squares of the change by alert and size, within products; series by series for the uncertainty, since a
    stall that sells well does so in every harvest. ``products``: of each harvest."""
    alerted = np.array([each.is_alerted for each in found], bool)
    counts = int(alerted.sum()), int((~alerted).sum())
    series = np.array([each.series for each in found])
    if min(counts) < LEAST_CASES or min(len(set(series[alerted])), len(set(series[~alerted]))) < 3:
        return Effect(TOO_FEW, *counts)
    change, size = (
        np.array([getattr(each, name) for each in found]) for name in ("change", "size")
    )
    of = np.array(products)
    columns = np.column_stack(
        [
            alerted.astype(float),
            size,
            *((of == each).astype(float) for each in sorted(set(products))),
        ]
    )
    inverse = np.linalg.pinv(columns.T @ columns)
    fitted = inverse @ columns.T @ change
    rest = change - columns @ fitted
    groups = sorted(set(series.tolist()))
    scores = np.stack([columns[series == each].T @ rest[series == each] for each in groups])
    few = len(groups) / (len(groups) - 1) * (len(found) - 1) / max(len(found) - columns.shape[1], 1)
    error = float(np.sqrt((inverse @ scores.T @ scores @ inverse)[0, 0] * few))
    wide = float(stats.t.ppf((1 + SURE) / 2, len(groups) - 1)) * error
    share, low, high = (float(np.expm1(fitted[0] + by)) for by in (0, -wide, wide))
    return Effect(EFFECT if low > 0 or high < 0 else NO_EFFECT, *counts, share, low, high)
