"""How good the forecast was, kept: computed by ``lensan forecast backtest`` and each night, read by the board.

The replay: lensan.forecast; the rule: docs/rules/forecast.md#how-good-here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods
from lensan.forecast import forecasting
from lensan.forecast.forecasting import Judgement


@dataclass(frozen=True)
class Backtest:
    """A replay until a week's end. ``known_at`` (aware): whose knowledge it rests on. ``judged_from``,
    ``judged_until``: days of the first and the last forecast that could be judged; None: there was none."""

    period: str
    known_at: datetime
    computed_at: datetime
    judged_from: date | None
    judged_until: date | None
    judgements: tuple[Judgement, ...]


def compute(engine: Engine, *, known_at: datetime | None, moment: datetime) -> Backtest:
    """Replay two years until the last week's end, as known at a moment (None: all that has come) and keep the
    result in place of an earlier one of that week. ``moment`` (aware) is now."""
    period = periods.due_at_or_before("week", known_at or moment)
    with engine.begin() as connection, warehouse.as_known_at(connection, known_at):
        replay = forecasting.replay_of(connection, period)
    judged, edge = replay.judged, replay.history.edge
    found = Backtest(
        period.name,
        known_at or moment,
        moment,
        edge(judged.start) if len(judged) else None,
        edge(judged.stop - 1) if len(judged) else None,
        tuple(forecasting.judgements(replay)) if len(replay.history.series) else (),
    )
    keep(engine, found)
    return found


def keep(engine: Engine, found: Backtest) -> None:
    """Keep a result in place of an earlier one until the same week."""
    with engine.begin() as connection:
        warehouse.run(
            connection,
            "units/backtests/keep",
            period=found.period,
            known_at=found.known_at,
            moment=found.computed_at,
            judged_from=found.judged_from,
            judged_until=found.judged_until,
        )
        warehouse.run(connection, "units/backtests/clear", period=found.period)
        rows = [
            each.__dict__ | {"period": found.period, "position": at}
            for at, each in enumerate(found.judgements)
        ]
        warehouse.insert_rows(connection, "units/backtests/keep_judgement", rows)


def last(engine: Engine) -> Backtest | None:
    """The one that was kept until the last week; None: none was."""
    with engine.begin() as connection:
        kept = warehouse.rows(connection, "units/backtests/last")
        if not kept:
            return None
        rows = warehouse.rows(connection, "units/backtests/judgements", period=kept[0]["period"])
    return Backtest(**kept[0], judgements=tuple(Judgement(**_plain(row)) for row in rows))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    shares = ("recall", "precision", "lead_weeks", "cost", "coverage")
    return row | {key: None if row[key] is None else float(row[key]) for key in shares}


def is_due(engine: Engine, moment: datetime) -> bool:
    """Whether the last week's replay was not kept yet. ``moment`` (aware) is now."""
    kept = last(engine)
    return kept is None or kept.period < periods.due_at_or_before("week", moment).name
