"""What would have been said week by week, each time from what was known then, and the alerts of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from lensan.forecast.history import Floats, History, known
from lensan.forecast.model import HORIZON, LATE_WEEKS, Forecast, forecast

ALERT_FROM = 0.4
"""Chance from which an alert is given."""
CALM_WEEKS = 3
"""So many weeks in a row below half of it end the danger."""


@dataclass(frozen=True)
class Alert:
    """A warning of one harvest: given at an edge of the grid, over when the danger was gone (None: open)."""

    series: int
    given: int
    over: int | None

    @property
    def last_week(self) -> int:
        """The last week of the grid that it speaks of."""
        spoken = self.given + HORIZON + LATE_WEEKS
        return spoken if self.over is None else max(spoken, self.over)


def replay(
    history: History, moments: Sequence[tuple[int, datetime | np.datetime64]]
) -> list[Forecast]:
    """A forecast at each (edge, moment), from what was known then."""
    return [forecast(known(history, edge, moment)) for edge, moment in moments]


def alerts(chances: Floats, first_edge: int, threshold: float = ALERT_FROM) -> list[Alert]:
    """The alerts of chances (series × edges from ``first_edge``): one for each danger, however long it lasts."""
    found = []
    for series, row in enumerate(chances):
        given: int | None = None
        calm = 0
        for at, chance in enumerate(row, first_edge):
            if given is None:
                if chance >= threshold:
                    given, calm = at, 0
                continue
            calm = calm + 1 if chance < threshold / 2 else 0
            if calm >= CALM_WEEKS and at >= given + HORIZON:
                found.append(Alert(series, given, at))
                given = None
        if given is not None:
            found.append(Alert(series, given, None))
    return found


def chances(found: Sequence[Forecast]) -> Floats:
    """Series × edges; where there is not enough data: 0."""
    return np.stack(
        [each.chance * (each.has_calendar & each.has_history) for each in found], axis=1
    )


def table(found: Sequence[Alert]) -> pd.DataFrame:
    """Alerts as rows: series, given, over, last_week."""
    return pd.DataFrame(
        [(a.series, a.given, a.over, a.last_week) for a in found],
        columns=["series", "given", "over", "last_week"],
    )
