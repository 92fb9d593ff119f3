"""How good warnings were: gluts that came, lead time, precision, recall, coverage, cost, and simpler rules beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lensan.forecast.history import PAST_WEEKS, Floats, Known
from lensan.forecast.model import GLUT_WEEKS, HORIZON, LATE_WEEKS, Forecast, is_season
from lensan.forecast.replay import Alert

GAP_WEEKS = 3
YEAR_WEEKS = 52
LEAD_WEEKS = 3
"""A warning that comes later leaves no time to list, to pack and to find buyers."""
MISS_COSTS = 3.0
"""A glut missed or warned of too late costs as much as three alerts for nothing."""


@dataclass(frozen=True)
class Glut:
    """A glut that came: weeks of the grid, both included."""

    series: int
    first: int
    last: int


def gluts(is_over: NDArray[np.bool_], first: int = 0) -> list[Glut]:
    """The gluts of series × weeks from ``first`` on: at least two weeks of a harvest; less than four weeks
    apart they are one glut."""
    found = []
    for series, row in enumerate(is_over):
        weeks = np.nonzero(row)[0]
        if not len(weeks):
            continue
        for run in np.split(weeks, np.nonzero(np.diff(weeks) > GAP_WEEKS + 1)[0] + 1):
            if len(run) >= GLUT_WEEKS:
                found.append(Glut(series, first + int(run[0]), first + int(run[-1])))
    return found


def seen(known: Known) -> list[Glut]:
    """The gluts that the market's prices showed: harvest, and a price below its frame."""
    supply = np.nan_to_num(known.supply)
    is_cheap = np.nan_to_num(known.ratio, nan=9.0) < 1
    return gluts(is_season(supply) & is_cheap, known.edge - PAST_WEEKS)


@dataclass(frozen=True)
class Score:
    """Counts of one rule; rates are None where there is nothing to count."""

    gluts: int
    warned: int
    alerts: int
    borne_out: int
    leads: tuple[int, ...]

    @property
    def recall(self) -> float | None:
        """Share of the gluts that were warned of in time."""
        return self.warned / self.gluts if self.gluts else None

    @property
    def precision(self) -> float | None:
        """Share of the alerts that were followed by a glut."""
        return self.borne_out / self.alerts if self.alerts else None

    @property
    def cost(self) -> float:
        """What was missed and what was said for nothing, in alerts for nothing."""
        return MISS_COSTS * (self.gluts - self.warned) + self.alerts - self.borne_out

    def __add__(self, other: Score) -> Score:
        return Score(
            self.gluts + other.gluts, self.warned + other.warned, self.alerts + other.alerts,
            self.borne_out + other.borne_out, self.leads + other.leads,
        )  # fmt: skip


NOTHING = Score(0, 0, 0, 0, ())


def score(
    alerts: Sequence[Alert], came: Sequence[Glut], judged: range, *, lead: int = LEAD_WEEKS
) -> Score:
    """Alerts given at the judged edges against gluts that began when they could be warned of.

    A glut is warned of by an alert of its series given at least ``lead`` weeks before it began and speaking of
    its weeks. An alert is borne out by a glut in the weeks that it speaks of. Those whose weeks end after
    the last judged edge are left out: nobody knows yet.
    """
    told = [a for a in alerts if a.given in judged and a.given + HORIZON + LATE_WEEKS < judged.stop]
    due = [g for g in came if judged.start + lead <= g.first and g.first < judged.stop - 1]
    leads = []
    for glut in due:
        before = [
            glut.first - a.given
            for a in alerts
            if a.series == glut.series and a.given <= glut.first <= a.last_week
        ]
        leads.append(max(before, default=-1))
    right = sum(
        any(g.series == a.series and g.first <= a.last_week and g.last >= a.given for g in came)
        for a in told
    )
    return Score(
        len(due), sum(each >= lead for each in leads), len(told), right,
        tuple(each for each in leads if each >= 0),
    )  # fmt: skip


def calendar_only(known: Known) -> Floats:
    """Warns before each peak that the calendar has: a week ahead with four fifths of the year's largest."""
    supply = np.nan_to_num(known.supply)
    year = supply[:, PAST_WEEKS - 22 : PAST_WEEKS + 30].max(axis=1, initial=0.0)
    ahead = supply[:, PAST_WEEKS : PAST_WEEKS + HORIZON].max(axis=1)
    return np.asarray((ahead >= 0.8 * year) & (year > 0)).astype(float)


def last_years_week(known: Known) -> Floats:
    """Warns where the price was below its frame in these weeks a year ago."""
    begin = PAST_WEEKS - YEAR_WEEKS
    weeks = known.ratio[:, begin : begin + HORIZON]
    return np.asarray(((np.nan_to_num(weeks, nan=9.0) < 1).sum(1) >= GLUT_WEEKS).astype(float))


def price_only(known: Known) -> Floats:
    """Warns when the market's price has come within a twentieth of its frame's lower end, or fell by a
    tenth within four weeks."""
    now, before = known.ratio[:, PAST_WEEKS - 1], known.ratio[:, PAST_WEEKS - 5]
    near = np.nan_to_num(now, nan=9.0) < 1.05
    falls = np.nan_to_num(now / before, nan=9.0) < 0.9
    return np.asarray(near | falls).astype(float)


def coverage(
    found: Sequence[Forecast], unsold: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Series × forecasts: whether any surplus was thought possible, and whether what came (series × weeks)
    lay in the interval. Where some of the weeks are nan, they have not ended: not asked."""
    asked, inside = [], []
    for each in found:
        came = unsold[:, each.edge : each.edge + HORIZON].sum(1)
        is_over = ~np.isnan(came)
        asked.append(is_over & each.has_calendar & each.has_history & (each.unsold_high > 0))
        inside.append((came >= each.unsold_low - 1e-6) & (came <= each.unsold_high + 1e-6))
    return np.stack(asked, 1), np.stack(inside, 1)
