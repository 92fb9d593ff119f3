"""What earlier published reports would say differently now: the rows of *Điều chỉnh*.

See docs/rules/reports.md#corrections. Which files changed a figure is found once and kept (ops.report_change) until
something new bears on its period, so that a report costs the same however many came before it.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.periods import Period
from lensan.figures import adjusting
from lensan.figures.adjusting import Change


def changes_before(connection: Connection, period: Period) -> list[tuple[str, Change]]:
    """Figures of the published reports before ``period`` that are different now, each with the name of its period
    and the files that changed it. ``adjusting.refresh`` comes first; the session's work tables are made anew."""
    published = {
        row["period"]: row
        for row in warehouse.rows(
            connection,
            "figures/adjusting/published_before",
            report_kind=period.kind,
            period_start=period.start,
        )
    }
    rows = adjusting.changed_figures(
        connection, period.kind, {name: row["revision"] for name, row in published.items()}
    )
    for name, group in groupby(rows, key=itemgetter("period")):
        found = list(group)
        if any(row["file_ids"] is None or row["kept"] != len(found) for row in found):
            earlier = periods.parse(period.kind, name)
            files = adjusting.files_of(connection, earlier, found, published[name]["known_at"])
            for row, ids in zip(found, files, strict=True):
                row["file_ids"] = ids
            _keep(connection, period.kind, found)
    names = [row["period"] for row in rows]
    return list(zip(names, adjusting.named_changes(connection, rows), strict=True))


def _keep(connection: Connection, kind: str, found: list[dict[str, Any]]) -> None:
    """The files found for the figures of one report, instead of those kept before."""
    of_report = {
        "report_kind": kind,
        "period": found[0]["period"],
        "revision": found[0]["revision"],
    }
    warehouse.run(connection, "figures/adjusting/forget_changes", **of_report)
    warehouse.insert_rows(
        connection, "figures/adjusting/keep_change", [row | of_report for row in found]
    )
