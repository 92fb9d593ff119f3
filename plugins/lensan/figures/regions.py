"""Figures of the regions between units and the province (docs/rules/units.md#regions): things of their units, each
counted once, or what was declared by these or by the region itself."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain.periods import Period
from lensan.domain.report_model import Figure, RegionFigures

MEASURES = (
    "in_period",
    "in_period_2",
    "previous",
    "growth_pct",
    "cumulative",
    "cumulative_2",
    "base",
    "target_share",
    "completion_pct",
    "channel",
)


def of_period(
    connection: Connection, period: Period, *, keep_at: datetime | None = None
) -> tuple[RegionFigures, ...]:
    """The regions of the period that the session's work tables are of, in their order; none where the province keeps
    none. ``keep_at`` (aware): keep the figures in mart as computed at that moment."""
    found = warehouse.rows(connection, "figures/regions/values", is_comparable=period.is_comparable)
    for row in found:
        row["note"] = _note(row)
    if keep_at is not None:
        _keep(connection, period, found, keep_at)
    units: dict[str, list[str]] = {}
    for row in warehouse.rows(connection, "figures/regions/units"):
        units.setdefault(row["region_code"], []).append(row["unit_code"])
    regions = []
    for code, grouped in groupby(found, key=lambda row: str(row["region_code"])):
        rows = list(grouped)
        figures = tuple(
            Figure(
                unit=code,
                indicator=row["indicator_code"],
                note=row["note"],
                **{name: row[name] for name in MEASURES},
            )
            for row in rows
        )
        first = rows[0]
        regions.append(
            RegionFigures(
                code, first["full_name"], first["is_reporting"], tuple(units[code]), figures
            )
        )
    return tuple(regions)


def _note(row: dict[str, Any]) -> str | None:
    """That a region which reports has not."""
    return "chưa báo cáo" if row["is_reporting"] and row["channel"] is None else None


def _keep(
    connection: Connection, period: Period, found: list[dict[str, Any]], moment: datetime
) -> None:
    where = {"report_kind": period.kind, "period_start": period.start}
    warehouse.run(connection, "figures/regions/keep_clear", **where)
    named = ("region_code", "indicator_code", "achieved", "note", *MEASURES)
    rows = [
        {name: row[name] for name in named}
        | where
        | {"period_end": period.end, "computed_at": moment}
        for row in found
    ]
    warehouse.insert_rows(connection, "figures/regions/keep", rows)
