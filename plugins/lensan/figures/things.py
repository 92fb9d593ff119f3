"""What counts for an indicator: its things in the session, and the records that a value rests on.

The view ``thing`` shows what counts (include/sql/figures/indicators), one row per thing; everything that is
measured, noted, traced or compared reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import contracts, plans
from lensan.domain.indicators import Indicator


class FigureValue(TypedDict):
    """A row of the work table ``figure_value``: one indicator of one unit in the report's period. Null where
    blank; percentages have one decimal, tonnes three. ``previous_cumulative``: of the same channel only;
    ``unplaced``: of the province's sum, what no unit is proved for."""

    unit_code: str
    indicator_code: str
    base_rule: str | None
    channel: str | None
    in_period: Decimal | None
    in_period_2: Decimal | None
    previous: Decimal | None
    growth_pct: Decimal | None
    cumulative: Decimal | None
    cumulative_2: Decimal | None
    previous_cumulative: Decimal | None
    base: Decimal | None
    target_share: Decimal | None
    achieved: Decimal | None
    completion_pct: Decimal | None
    is_target_met: bool | None
    unplaced: Decimal | None
    unplaced_2: Decimal | None
    unplaced_cumulative: Decimal | None
    unplaced_cumulative_2: Decimal | None


def platforms() -> list[str]:
    """The sources whose contracts say that they are marketplaces."""
    return [contract.source for contract in contracts.contracts().values() if contract.platform]


def counts_lines(indicator: Indicator) -> bool:
    """Whether an indicator counts order lines, of which sums are kept: any of them on its day, once and for all."""
    return (
        indicator.has_platform
        and bool(_SUMS_RECORDS.search(indicator.statement))
        and indicator.in_period != "first"
        and indicator.cumulative != "live"
    )


def show_things(connection: Connection, indicator: Indicator) -> None:
    """Make the temporary view ``thing`` show what counts for an indicator that platforms tell of."""
    warehouse.run(connection, "figures/things/drop_thing")
    body = held(connection, indicator.statement)
    frame = "thing_view" if _SUMS_RECORDS.search(body) else "thing_view_by_record"
    connection.exec_driver_sql(
        warehouse.sql(f"figures/frames/{frame}").format(body=body).replace("%", "%%")
    )


def held(connection: Connection, body: str) -> str:
    """The statement of an indicator or a base, reading listings and stalls as they were when the period was opened
    or first asked for since: so that what they are taken for is settled once, not by each of ten statements."""
    for view, reads in _HELD.items():
        if reads.search(body):
            warehouse.run(connection, f"figures/frames/hold_{view}")
            body = reads.sub(r"pg_temp.\1", body)
    return body


_HELD = {
    "listing": re.compile(r"\bcore\.((?:counted_)?listing)\b"),
    "stall": re.compile(r"\bcore\.(counted_stall)\b"),
}
"""What is held, by the section of figures/frames that does so."""
_SUMS_RECORDS = re.compile(r"\brecords\b")
"""In a statement of things: it says of how many records each row is the sum; else a row is of one."""


@contextmanager
def by_line(
    connection: Connection, since: date | None = None, until: date | None = None
) -> Iterator[None]:
    """Within the block sales are shown line by line, each with the record it came from, of all days or of those from
    ``since`` until before ``until``; else those known now are shown as the sums kept of them, which say the same of
    every figure and are far fewer. An error ends the transaction, and the wish with it."""
    days = {"lines_from": str(since or ""), "lines_until": str(until or "")}
    warehouse.run(connection, "figures/things/show_lines", **days)
    yield
    warehouse.run(connection, "figures/things/show_sales", shown="")
    warehouse.run(connection, "figures/things/lines_of_all_days")


@contextmanager
def apart(connection: Connection) -> Iterator[None]:
    """Within the block the sums kept of sales known now are shown each month apart, and of buyers each with a number
    of the buyer as its record."""
    warehouse.run(connection, "figures/things/show_sales", shown="apart")
    yield
    warehouse.run(connection, "figures/things/show_sales", shown="")


@contextmanager
def by_file(connection: Connection) -> Iterator[None]:
    """Within the block sales known now are shown as counts of records by file, of the province as a whole."""
    warehouse.run(connection, "figures/things/show_sales", shown="by file")
    yield
    warehouse.run(connection, "figures/things/show_sales", shown="")


def platform_parameters(indicator: Indicator, unit: str) -> dict[str, Any]:
    """Bound parameters of figures/things/traced for an indicator of a unit or the province."""
    return {
        "code": indicator.code,
        "unit": unit,
        "in_period": indicator.in_period,
        "cumulative": indicator.cumulative,
        "plan_start": plans.plan(indicator.plan).start,
    }


def submission_parameters(indicator: Indicator, unit: str) -> dict[str, Any]:
    """Bound parameters of figures/things/traced_submission for an indicator of a unit or the province."""
    return {"code": indicator.code, "unit": unit, "is_list": indicator.places is not None}
