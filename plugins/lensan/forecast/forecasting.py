"""What the house says of the weeks ahead, and how good what it said before was (docs/rules/forecast.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.periods import Period
from lensan.forecast import judging, reading
from lensan.forecast.history import PAST_WEEKS, TODAY, Floats, History, Known, as_utc, known
from lensan.forecast.judging import NOTHING, Glut, Score
from lensan.forecast.model import HORIZON, Forecast, forecast
from lensan.forecast.replay import ALERT_FROM, Alert, alerts, chances

REPLAYED_WEEKS = 104
"""Two years are replayed, each week looking back as far again."""
RESOLVED = 5
"""So many gluts and alerts of a product, or nobody can say that its forecast is worse than the calendar."""
RULES: dict[str, Callable[[Known], Floats]] = {
    "calendar": judging.calendar_only,
    "last_year": judging.last_years_week,
    "price": judging.price_only,
}
"""Simpler rules, by name."""
NO_CALENDAR, SHORT_HISTORY, OFF_SEASON, SWITCHED_OFF, FORECAST = (
    "no_calendar", "short_history", "off_season", "switched_off", "forecast"
)  # fmt: skip


@dataclass(frozen=True)
class Replay:
    """A history week by week: what was known (``seen``), said (``said``) and, per simple rule, warned of
    (series × edges) at each of ``edges``; ``now`` is what is known today of all of it."""

    history: History
    edges: range
    seen: list[Known]
    said: list[Forecast]
    now: Known

    @property
    def judged(self) -> range:
        """The edges at which enough was known of some series to say anything."""
        able = [bool(each.has_history.any()) for each in self.said]
        return (
            range(self.edges.start + able.index(True), self.edges.stop) if any(able) else range(0)
        )

    def alerts(self) -> list[Alert]:
        """The alerts of the forecast."""
        return alerts(chances(self.said), self.edges.start)

    def simple(self, rule: str) -> list[Alert]:
        """The alerts of a simple rule."""
        told = np.stack([RULES[rule](each) for each in self.seen], axis=1)
        return alerts(told, self.edges.start, ALERT_FROM)


def replayed(
    history: History, moments: Sequence[tuple[int, datetime | np.datetime64]], at: np.datetime64
) -> Replay:
    """A history replayed at (edge, moment), none of them later than ``at``, which is today."""
    moments = [(edge, min(as_utc(moment), at)) for edge, moment in moments]
    seen = [known(history, edge, moment) for edge, moment in moments]
    edges = range(moments[0][0], moments[-1][0] + 1)
    return Replay(
        history, edges, seen, [forecast(each) for each in seen], known(history, edges[-1], at)
    )


def replay_of(connection: Connection, period: Period) -> Replay:
    """The two years until a week's end, as the session's moment knows them."""
    history = reading.read(connection, period.end, REPLAYED_WEEKS + PAST_WEEKS)
    asked = reading.asked_at(connection)
    weeks = REPLAYED_WEEKS if len(history.quotes) else 1
    moments = reading.moments(history, period, weeks)
    return replayed(history, moments, TODAY if asked is None else as_utc(asked))


def judged(replay: Replay, came: Sequence[Glut]) -> dict[str, dict[str, Score]]:
    """Product → rule (``forecast`` and the simple ones) → its score against the gluts that came."""
    warned = {FORECAST: replay.alerts()} | {rule: replay.simple(rule) for rule in RULES}
    products = replay.history.series["product"]
    found: dict[str, dict[str, Score]] = {}
    for product, rows in replay.history.series.groupby("product", sort=True).groups.items():
        of = set(rows)
        found[str(product)] = {
            rule: judging.score(
                [a for a in told if a.series in of],
                [g for g in came if g.series in of],
                replay.judged,
            )
            for rule, told in warned.items()
        }
    assert len(found) == products.nunique()
    return found


def switched_off(scores: Mapping[str, Mapping[str, Score]]) -> set[str]:
    """Products whose forecast has cost more than the calendar alone would have."""
    return {
        product
        for product, of in scores.items()
        if of[FORECAST].gluts + of[FORECAST].alerts >= RESOLVED
        and of[FORECAST].cost > of["calendar"].cost
    }


class Week(NamedTuple):
    """A week ahead from its first day, in tonnes: harvested with its 80 % interval, sold on the platforms, left over
    on the average of the cases."""

    begins_on: date
    harvested: float
    harvested_low: float
    harvested_high: float
    sold: float
    left_over: float


@dataclass(frozen=True)
class Outlook:
    """What is said of one product of one unit. ``state``: forecast; or why there is none: no_calendar,
    short_history (``priced_weeks`` weeks with harvest and a quote, eight are needed), off_season,
    switched_off (its forecast has been worse than the calendar).

    ``peak``, ``peak_low``, ``peak_high``: first days of weeks, the latter two an 80 % interval; ``unsold``,
    ``unsold_low``, ``unsold_high``: tonnes over eight weeks, likewise; ``chance``: of a glut, 0 to 1;
    ``weeks``: those ahead; ``taken``: tonnes a week that buyers take
    within the price frame; ``warned_on``: since when an alert stands, else None.
    """

    unit: str
    product: str
    name: str
    state: str
    priced_weeks: int
    chance: float | None = None
    peak: date | None = None
    peak_low: date | None = None
    peak_high: date | None = None
    unsold: float | None = None
    unsold_low: float | None = None
    unsold_high: float | None = None
    taken: float | None = None
    warned_on: date | None = None
    weeks: tuple[Week, ...] = ()


def outlooks(replay: Replay) -> list[Outlook]:
    """What is said today of each key product and unit, in the order of the series."""
    if not len(replay.history.series):
        return []
    now = forecast(replay.now)
    off = switched_off(judged(replay, judging.seen(replay.now)))
    # An alert is given when a report is drafted, from what is known then; between reports it stands.
    standing = {a.series: replay.history.edge(a.given) for a in replay.alerts() if a.over is None}
    rows = replay.history.series.to_dict("records")
    return [_outlook(replay, now, off, standing.get(i), i, row) for i, row in enumerate(rows)]


def _outlook(
    replay: Replay, now: Forecast, off: set[str], warned_on: date | None, i: int, row: dict[Any, Any]
) -> Outlook:  # fmt: skip
    edge = replay.history.edge
    state = (
        NO_CALENDAR if not now.has_calendar[i]
        else OFF_SEASON if now.supply[i].sum() <= 0
        else SHORT_HISTORY if not now.has_history[i]
        else SWITCHED_OFF if row["product"] in off
        else FORECAST
    )  # fmt: skip
    said = Outlook(row["unit"], row["product"], row["name"], state, int(now.priced_weeks[i]))
    if state not in (FORECAST, OFF_SEASON):
        return said
    weeks = tuple(
        Week(
            edge(now.edge + k),
            *(
                _round(of[i, k])
                for of in (now.supply, now.supply_low, now.supply_high, now.sold, now.surplus)
            ),
        )
        for k in range(HORIZON)
    )  # fmt: skip
    if state == OFF_SEASON:
        return Outlook(**{**said.__dict__, "weeks": weeks})
    return Outlook(
        **{**said.__dict__,
        "chance": round(float(now.chance[i]), 2),
        "peak": edge(int(now.peak[i])),
        "peak_low": edge(int(now.peak_low[i])),
        "peak_high": edge(int(now.peak_high[i])),
        "unsold": _round(now.unsold[i]),
        "unsold_low": _round(now.unsold_low[i]),
        "unsold_high": _round(now.unsold_high[i]),
        "taken": _round(now.taken[i]),
        "warned_on": warned_on,
        "weeks": weeks}
    )  # fmt: skip


def _round(tonnes: float) -> float:
    """Tonnes to a tenth: more would pretend to know it."""
    return round(float(tonnes), 1)


def fill(connection: Connection, period: Period) -> None:
    """Put what is said at a period's end into the work tables ``outlook`` and ``outlook_week``, for the report's sheet; of a month what
    the last week before its end says. The table stays to the end of the transaction."""
    week = period if period.cadence == "week" else periods.due_at_or_before("week", period.ends_at)
    found = outlooks(replay_of(connection, week))
    warehouse.run(connection, "forecast/reading/units_on", last_day=period.last_day)
    warehouse.run(connection, "forecast/forecasting/clear")
    rows = [dict(each.__dict__, position=at) for at, each in enumerate(found)]
    warehouse.insert_rows(connection, "forecast/forecasting/add", rows)
    weeks = [
        dict(week._asdict(), position=at) for at, each in enumerate(found) for week in each.weeks
    ]
    warehouse.insert_rows(connection, "forecast/forecasting/add_week", weeks)


@dataclass(frozen=True)
class Judgement:
    """How good a method (the forecast or a simple rule) was for a product; ``all``: of every product together.

    ``recall`` and ``precision`` are None where there is nothing to count, ``lead_weeks`` is the median of the
    gluts warned of, ``coverage`` the share of the 80 % intervals in which lay what came, None for methods that
    give none; ``intervals``: how many.
    """

    product: str
    method: str
    gluts: int
    warned: int
    recall: float | None
    alerts: int
    borne_out: int
    precision: float | None
    lead_weeks: float | None
    cost: float
    intervals: int | None
    coverage: float | None
    is_off: bool


def judgements(replay: Replay) -> list[Judgement]:
    """The backtest: each product and rule, then all products together."""
    scores = judged(replay, judging.seen(replay.now))
    off = switched_off(scores)
    asked, inside = judging.coverage(replay.said, _left_over(replay))
    of = replay.history.series["product"].to_numpy()
    names = dict(zip(of, replay.history.series["name"], strict=True))
    found = [
        _judgement(
            names[product], rule, score, product in off, _covered(asked, inside, of == product)
        )
        for product, rules in scores.items()
        for rule, score in rules.items()
    ]
    for rule in (FORECAST, *RULES):
        total = sum((rules[rule] for rules in scores.values()), NOTHING)
        found.append(_judgement("all", rule, total, False, _covered(asked, inside, of == of)))
    return found


def _left_over(replay: Replay) -> Floats:
    """What came, series × weeks, as it is known today: harvested, not sold on the platforms, and more than
    buyers are known to take. Nobody weighs it; weeks that have not ended are nan."""
    now = forecast(replay.now)
    left = np.nan_to_num(replay.now.supply) - replay.now.sold - now.taken[:, None]
    first = replay.now.edge - PAST_WEEKS
    before = np.full((len(left), max(first, 0)), np.nan)
    return np.concatenate([before, np.maximum(left, 0)[:, max(-first, 0) :]], axis=1)


def _covered(
    asked: NDArray[np.bool_], inside: NDArray[np.bool_], rows: NDArray[np.bool_]
) -> tuple[int, int]:
    return int(asked[rows].sum()), int((asked & inside)[rows].sum())


def _judgement(
    product: str, rule: str, score: Score, is_off: bool, covered: tuple[int, int]
) -> Judgement:
    intervals, inside = covered if rule == FORECAST else (None, None)
    return Judgement(
        product, rule, score.gluts, score.warned, _share(score.recall), score.alerts, score.borne_out,
        _share(score.precision), float(np.median(score.leads)) if score.leads else None, score.cost,
        intervals, _share(inside / intervals) if intervals and inside is not None else None, is_off,
    )  # fmt: skip


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
