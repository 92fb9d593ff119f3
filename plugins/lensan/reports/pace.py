"""The pace of a period for those who ask: as it was printed, else from the figures computed last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.report_forms import FormRow, ReportForm
from lensan.domain.report_model import Report
from lensan.figures import pace
from lensan.reports import revisions, wording

KEY = "pace"
OUTLOOKS = {
    "met": "Đã đạt",
    "on_pace": "Kịp",
    "behind": "Sẽ không kịp",
    "missed": "Không đạt",
    "too_short": "Chưa đủ dữ liệu",
}
SPANS = {"week": "bốn tuần", "month": "ba tháng"}
"""How far back *of late* looks (lensan.figures.pace), as people read it."""
LATE = ("behind", "missed")
"""Who will miss the target, and who has."""


def of(
    connection: Connection, period: Period, *, as_published: bool = True
) -> list[dict[str, Any]]:
    """The rows of include/sql/reports/sheets/pace.sql, in the order of the form, the province before its units.

    ``as_published``: as the last revision printed them, where it did; else from the figures kept last.
    """
    done = revisions.published(connection, period) if as_published else []
    if done:
        printed = revisions.frozen_report(connection, period, done[-1].number).tables.get(KEY)
        if printed is not None:
            return printed.records()
    pace.fill(connection, period, is_measured=False)
    return warehouse.rows(connection, f"reports/sheets/{KEY}")


def of_report(report: Report) -> list[dict[str, Any]]:
    """The rows that a report carries; none where it was published before there was a pace."""
    table = report.tables.get(KEY)
    return table.records() if table is not None else []


def lines(
    rows: Iterable[Mapping[str, Any]], form: ReportForm, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """A line for each indicator with a target, as people read it: the province's pace and outlook, the names of
    the units that will miss it (``late``) and of those of which too little is known (``too_short``).

    ``names``: code → name of the units.
    """
    found = []
    for row in form.lines:
        own = [each for each in rows if each["indicator"] == row.indicator]
        whole = next((each for each in own if each["unit"] == PROVINCE), None)
        if whole is None:
            continue
        units = [each for each in own if each["unit"] != PROVINCE]
        found.append(
            {
                "code": row.indicator,
                "label": row.label,
                "short": row.short,
                "unit_of_measure": row.unit_of_measure,
                "needed": amount(row, whole["needed_weekly"]),
                "recent": amount(row, whole["recent_weekly"]),
                "outlook": whole["outlook"],
                "outlook_text": OUTLOOKS[whole["outlook"]],
                "due_on": whole["due_on"],
                "late": [names.get(u["unit"], u["unit"]) for u in units if u["outlook"] in LATE],
                "too_short": [
                    names.get(u["unit"], u["unit"]) for u in units if u["outlook"] == "too_short"
                ],
            }
        )
    return found


def amount(row: FormRow, value: Decimal | None) -> str:
    """What a week brings, as text: whole numbers without a decimal, ``–`` where nothing is known."""
    if value is None:
        return "–"
    decimals = 3 if row.decimals else 0 if value == value.to_integral_value() else 1
    return wording.number(value, decimals)
