"""The revisions of a published report as the warehouse keeps them, and the text that a report is frozen in.

Revision 0 is what was published first; each correction is the next one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from gettext import gettext as _
from typing import Any

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain.periods import Period
from lensan.domain.report_forms import ReportForm
from lensan.domain.report_model import Figure, RegionFigures, Report, SheetTable
from lensan.reports import figures_json


@dataclass(frozen=True)
class Revision:
    """A published revision. ``known_at``: the last arrival that it rests on, or its publication where
    nothing had arrived; ``reason``: why it corrects the one before. Both moments are aware."""

    number: int
    published_at: datetime
    known_at: datetime
    reason: str | None


def published(connection: Connection, period: Period) -> list[Revision]:
    """All revisions of a period's report, the first one first; empty: it has not been published."""
    return [
        Revision(**row)
        for row in warehouse.rows(
            connection, "reports/revisions/published", report_kind=period.kind, period=period.name
        )
    ]


def find(connection: Connection, period: Period, number: int | None = None) -> Revision:
    """One revision of a period's report, by default the last. Raises LookupError when there is none."""
    done = published(connection, period)
    for revision in reversed(done):
        if number in (None, revision.number):
            return revision
    raise LookupError(
        _("{period} has not been published in revision {number}").format(
            period=period, number=number
        )
        if done
        else _("{period} has not been published").format(period=period)
    )


def frozen_report(connection: Connection, period: Period, number: int) -> Report:
    """A published revision as it was frozen."""
    plain = warehouse.scalar(
        connection,
        "reports/revisions/frozen",
        report_kind=period.kind,
        period=period.name,
        revision=number,
    )
    return from_plain(plain, period)


def to_plain(report: Report, form: ReportForm | None = None) -> dict[str, Any]:
    """The report as JSON-able values; from_plain gives it back exactly. ``form``: as of figures_json.dump."""
    printed = json.loads(figures_json.dump(report, form))
    return {key: printed[key] for key in ("root", "regions") if key in printed} | {
        "revision": report.revision,
        "units": [list(unit) for unit in report.units],
        "figures": printed["figures"],
        "tables": {
            key: {
                "columns": list(table.columns),
                "rows": [[_cell(v) for v in row] for row in table.rows],
            }
            for key, table in sorted(report.tables.items())
        },
    }


def from_plain(plain: dict[str, Any], period: Period) -> Report:
    """The report of what to_plain gave."""
    return Report(
        period=period,
        revision=plain["revision"],
        figures=tuple(_figure(figure) for figure in plain["figures"]),
        units=tuple((code, name) for code, name in plain["units"]),
        tables={
            key: SheetTable(
                tuple(table["columns"]),
                tuple(tuple(_value(cell) for cell in row) for row in table["rows"]),
            )
            for key, table in plain["tables"].items()
        },
        regions=tuple(_region(region) for region in plain.get("regions", ())),
        root=plain.get("root"),
    )


def _cell(value: Any) -> Any:
    """A cell as JSON keeps it: ``{"t": type, "v": text}`` for what JSON has no type for."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, date):
        return {"t": type(value).__name__, "v": value.isoformat()}
    return {"t": "n", "v": str(value)}


_TYPES: dict[str, Callable[[str], Any]] = {
    "n": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}


def _value(cell: Any) -> Any:
    return _TYPES[cell["t"]](cell["v"]) if isinstance(cell, dict) else cell


_TEXTS = ("unit", "indicator", "channel", "note")


def _region(plain: dict[str, Any]) -> RegionFigures:
    return RegionFigures(
        code=plain["code"],
        name=plain["name"],
        is_reporting=plain["is_reporting"],
        units=tuple(plain["units"]),
        figures=tuple(_figure(figure) for figure in plain["figures"]),
    )


def _figure(plain: dict[str, Any]) -> Figure:
    """A figure of its JSON: every number becomes an exact Decimal."""
    exact: dict[str, Any] = {
        name: value if name in _TEXTS or value is None else Decimal(str(value))
        for name, value in plain.items()
    }
    return Figure(**exact)
