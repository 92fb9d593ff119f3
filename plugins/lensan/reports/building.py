"""From figures to the report object: what a period's report says, as known now or at a moment."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import contracts, duties, report_forms
from lensan.domain.periods import Period
from lensan.domain.report_model import Figure, Report, SheetTable
from lensan.figures import adjusting, earlier, measuring, pace, regions
from lensan.reports import wording


def build(
    engine: Engine,
    period: Period,
    *,
    moment: datetime,
    revision: int = 0,
    known_at: datetime | None = None,
) -> Report:
    """The report object of a period as known now, or at ``known_at`` (both moments aware)."""
    # Half a second of pandas, which nobody waits for who only asks whether a report is out.
    from lensan.forecast import forecasting

    spec = report_forms.form(period.kind)
    codes = spec.indicator_codes
    if known_at is None:
        adjusting.refresh(engine, period, codes, moment=moment)
    with engine.begin() as connection, warehouse.as_known_at(connection, known_at):
        adjusted = [] if known_at else earlier.changes_before(connection, period)
        figures = measuring.figures(
            connection, period, codes, keep_at=None if known_at else moment, with_records=True
        )
        of_regions = regions.of_period(connection, period, keep_at=None if known_at else moment)
        adjusting.fill(connection, adjusted, spec.word)
        pace.fill(connection, period, is_measured=True)
        forecasting.fill(connection, period)
        units = tuple(
            (row["unit_code"], row["full_name"])
            for row in warehouse.rows(connection, "figures/measuring/units")
        )
        parameters = table_parameters(period, revision)
        tables = {key: table(connection, key, parameters) for key in spec.table_keys}
    for key in ONLY_WITH_ROWS:
        if key in tables and not tables[key].rows:
            del tables[key]
    return Report(
        period=period,
        revision=revision,
        figures=_with_doubts(figures, tables["quality_figures"]),
        units=units,
        tables=tables,
        regions=of_regions,
        known_at=known_at,
    )


def _with_doubts(figures: tuple[Figure, ...], odd: SheetTable) -> tuple[Figure, ...]:
    """The figures with what failed at gate figures printed in their notes; warnings stay in their sheet."""
    lines: dict[tuple[str, str], list[str]] = {}
    for row in odd.records():
        if row["severity"] == wording.FAILED and row["unit"] and row["indicator"]:
            lines.setdefault((row["unit"], row["indicator"]), []).append(wording.doubt(row))
    return tuple(
        replace(f, note="\n".join([*filter(None, [f.note]), *lines[f.unit, f.indicator]]))
        if (f.unit, f.indicator) in lines
        else f
        for f in figures
    )


ONLY_WITH_ROWS = ("difficulties", "season_weeks")
"""Tables that a report has only when there is something in them."""


def table_parameters(period: Period, revision: int) -> dict[str, Any]:
    """What the further sheets' SQL may name."""
    every = contracts.contracts().values()
    enterprises = [(key, names[0]) for c in every for key, names in c.enterprises.items()]
    actors = duties.register().actors
    return {
        "actors": [actor.key for actor in actors],
        "actor_names": [actor.name(period.due_day) for actor in actors],
        "report_kind": period.kind,
        "cadence": period.cadence,
        "week_kind": period.week_kind,
        "period": period.name,
        "trace_command": f"lensan trace {period.kind} {period.name}",
        "revision": revision,
        "period_start": period.start,
        "period_end": period.end,
        "last_day": period.last_day,
        "due_at": period.due_at,
        "year": period.year,
        "counts_from": max(date(period.year, 1, 1), period.plan.start),
        "sources": [c.source for c in every],
        "source_titles": [c.title for c in every],
        "source_contacts": [c.contact_on(period.due_day) for c in every],
        "enterprises": [key for key, _ in enterprises],
        "enterprise_names": [name for _, name in enterprises],
    }


def table(connection: Connection, key: str, parameters: dict[str, Any]) -> SheetTable:
    """The rows of one further sheet, from the session's work tables."""
    body = warehouse.sql(f"reports/sheets/{key}")
    named = {name: value for name, value in parameters.items() if re.search(rf":{name}\b", body)}
    result = warehouse.run(connection, f"reports/sheets/{key}", **named)
    return SheetTable(tuple(result.keys()), tuple(tuple(row) for row in result))
