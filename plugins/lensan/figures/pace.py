"""Pace: what a week must bring to meet a target by the end of its year, and what a week brought of late.

It rests on figures that are computed already and counts nothing again (docs/rules/reports.md#pace).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import indicators
from lensan.domain.periods import Period

WINDOW_DAYS = {"week": 31, "month": 93}
"""How far back *of late* looks from a period's end: four weeks (one of them of up to ten days), three months."""
LEAST_POINTS = 2
"""So many earlier periods must bear a figure of the same channel; of one alone nothing is foretold."""


def fill(connection: Connection, period: Period, *, is_measured: bool) -> None:
    """Put the pace of a period into the work table ``pace``: a row per unit and indicator whose target is an amount.

    ``is_measured``: from the session's work tables, which figures.measuring has filled; else from the figures kept
    last. The table stays to the end of the transaction.
    """
    run = warehouse.run
    run(connection, "figures/pace/clear")
    if is_measured:
        run(connection, "figures/pace/measured")
    else:
        run(
            connection,
            "figures/pace/kept",
            report_kind=period.kind,
            period_start=period.start,
            period_end=period.end,
        )
    told = indicators.indicators()
    run(
        connection,
        "figures/pace/fill",
        report_kind=period.kind,
        period_end=period.end,
        year=period.year,
        ends_on=date(period.year + 1, 1, 1),
        window_days=WINDOW_DAYS[period.cadence],
        least_points=LEAST_POINTS,
        codes=[each.code for each in told],
        steps=[Decimal(1).scaleb(-each.decimals) for each in told],
    )
