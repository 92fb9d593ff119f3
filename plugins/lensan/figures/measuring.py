"""Indicators measured for a period (docs/rules/indicators.md): evidence by channel, official values, figures.

Which things count stands with each indicator (include/sql/figures/indicators). Everything else is written once,
over those things: in the period, cumulative, province, growth, bases, completion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Engine, text

from lensan import warehouse
from lensan.domain import indicators
from lensan.domain.indicators import Indicator
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.report_model import Figure
from lensan.figures.notes import notes_of
from lensan.figures.things import (
    FigureValue,
    by_file,
    held,
    platform_parameters,
    platforms,
    show_things,
    submission_parameters,
)

DAYS_TOLD_APART = 28
"""Before a period's end, for prices of late (include/sql/reports/sheets/season.sql)."""


def compute(
    engine: Engine,
    period: Period,
    *,
    moment: datetime,
    codes: Iterable[str] | None = None,
    known_at: datetime | None = None,
) -> tuple[Figure, ...]:
    """Compute a period's figures for the province and its units and keep them in mart.

    ``moment`` (aware) is noted as the time of computing. With ``known_at`` (aware) the figures are
    those known then, and nothing is kept. Order: indicator, province, units.
    """
    with engine.begin() as connection, warehouse.as_known_at(connection, known_at):
        return figures(connection, period, codes, keep_at=None if known_at else moment)


def figures(
    connection: Connection,
    period: Period,
    codes: Iterable[str] | None = None,
    *,
    keep_at: datetime | None = None,
    with_records: bool = False,
) -> tuple[Figure, ...]:
    """The period's figures as the session knows them; its work tables stay until the transaction ends.

    ``keep_at`` (aware): keep them in mart as computed at that moment. ``with_records``: also count the
    records behind each of the province's figures, by file, in the work table ``rested``.
    """
    measure(connection, period, codes, with_records=with_records)
    found = values(connection)
    notes = notes_of(connection, period, found)
    if keep_at is not None:
        _keep(connection, period, notes, keep_at)
    return tuple(
        Figure(
            unit=value["unit_code"],
            indicator=value["indicator_code"],
            in_period=value["in_period"],
            in_period_2=value["in_period_2"],
            previous=value["previous"],
            growth_pct=value["growth_pct"],
            cumulative=value["cumulative"],
            cumulative_2=value["cumulative_2"],
            base=value["base"],
            target_share=value["target_share"],
            completion_pct=value["completion_pct"],
            channel=value["channel"],
            note=notes.get((value["unit_code"], value["indicator_code"])),
        )
        for value in found
    )


def values(connection: Connection) -> list[FigureValue]:
    """The figures in the session's work tables, in the order of the form: the province, then its units."""
    rows = warehouse.rows(connection, "figures/measuring/values")
    return [cast(FigureValue, row) for row in rows]


def open_period(connection: Connection, period: Period) -> None:
    """Make the session's work tables anew, with the period (no 1), the one before it (no 2) and the
    units of the report."""
    connection.exec_driver_sql(warehouse.sql("figures/measuring/work_tables"))
    warehouse.run(connection, "figures/measuring/report_units", last_day=period.last_day)
    warehouse.run(connection, "figures/regions/report_regions", last_day=period.last_day)
    for number, each in enumerate((period, period.previous()), 1):
        warehouse.run(
            connection,
            "figures/measuring/add_period",
            no=number,
            report_kind=each.kind,
            week_kind=each.week_kind,
            s=each.start,
            e=each.end,
            plan_start=period.plan.start,
            year=each.year,
            platforms=platforms(),
        )
    warehouse.run(connection, "figures/measuring/period_units")
    warehouse.run(connection, "figures/measuring/settle_sales")
    _tell_days(connection, period)


def _tell_days(connection: Connection, period: Period) -> None:
    """To the transaction's end sums kept of sales are shown by month where no figure or sheet of the period tells
    the days of a month apart, and not beyond the period."""
    told_apart = min(period.previous().start, period.end - timedelta(days=DAYS_TOLD_APART))
    until = told_apart.replace(day=1)
    first_whole_month = (period.plan.start.replace(day=1) + timedelta(days=31)).replace(day=1)
    warehouse.run(
        connection,
        "figures/measuring/tell_days",
        whole_months_from=min(first_whole_month, until).isoformat(),
        whole_months_until=until.isoformat(),
        days_until=period.end.isoformat(),
    )


def measure(
    connection: Connection,
    period: Period,
    codes: Iterable[str] | None = None,
    *,
    with_records: bool = False,
) -> None:
    """Fill the session's work tables: evidence of each channel and the official values of the
    period (no 1) and the one before it (no 2), the bases of the targets, the figures made of them.

    ``codes``: of these indicators only, in the order of the form; codes of no indicator are passed over.
    """
    run = warehouse.run
    wanted = None if codes is None else set(codes)
    told = indicators.of_plan(period.plan.key)
    chosen = [each for each in told if wanted is None or each.code in wanted]
    open_period(connection, period)
    warehouse.insert_rows(
        connection, "figures/measuring/add_indicator", [_indicator_row(each) for each in chosen]
    )
    for indicator in chosen:
        if indicator.has_platform:
            show_things(connection, indicator)
            run(
                connection,
                "figures/measuring/measure",
                code=indicator.code,
                in_period=indicator.in_period,
                cumulative=indicator.cumulative,
                plan_start=period.plan.start,
            )
            if with_records:
                with by_file(connection):
                    _count_records(
                        connection,
                        "figures/things/traced",
                        platform_parameters(indicator, PROVINCE),
                    )
        if indicator.base is not None:
            _add_base(connection, period, indicator, indicator.base)
    run(connection, "figures/measuring/evidence_platform")
    run(connection, "figures/measuring/evidence_submission")
    run(connection, "figures/measuring/carried")
    run(connection, "figures/measuring/region_declared")
    run(connection, "figures/measuring/listed_place")
    run(connection, "figures/measuring/evidence_submission_province")
    run(connection, "figures/measuring/official", plan_start=period.plan.start)
    run(connection, "figures/regions/region_official", plan_start=period.plan.start)
    run(connection, "figures/measuring/figure_value", is_comparable=period.is_comparable)
    if with_records:
        _count_declared_records(connection, chosen)


def _indicator_row(indicator: Indicator) -> dict[str, Any]:
    base = indicators.bases()[indicator.base] if indicator.base else None
    sums = [part == "sum" for part in indicator.province]
    return {
        "code": indicator.code,
        "position": indicator.position,
        "parts": indicator.parts,
        "has_platform": indicator.has_platform,
        "has_submission": indicator.has_submission,
        "has_units": indicator.units,
        "is_sum": sums[0],
        "is_sum_2": sums[1] if indicator.parts == 2 else None,
        "places": indicator.places,
        "base": indicator.base,
        "base_needs_platform": base is not None and not base.is_of_cumulative,
    }


def _add_base(connection: Connection, period: Period, indicator: Indicator, base: str) -> None:
    """The base's rows summed by unit. A base is told only of what its SQL names."""
    body = held(connection, indicators.bases()[base].statement)
    every = {
        "period_end": period.end,
        "year": period.year,
        "counts_from": max(date(period.year, 1, 1), period.plan.start),
    }
    connection.execute(
        text(warehouse.sql("figures/frames/base_rows").format(body=body)),
        {name: value for name, value in every.items() if f":{name}" in body},
    )
    warehouse.run(connection, "figures/measuring/add_base", code=indicator.code)


def _count_records(connection: Connection, name: str, parameters: Mapping[str, Any]) -> None:
    body = warehouse.sql(name)
    connection.execute(
        text(warehouse.sql("figures/frames/rested").format(body=body)), dict(parameters)
    )


def _count_declared_records(connection: Connection, chosen: Iterable[Indicator]) -> None:
    """Where the province's figure is declared, it rests on the forms' rows, not on the platforms'."""
    for indicator in chosen:
        channel = warehouse.scalar(
            connection, "figures/measuring/official_channel", code=indicator.code, unit=PROVINCE
        )
        if indicator.has_submission and channel != "platform":
            warehouse.run(connection, "figures/measuring/rested_clear", code=indicator.code)
            _count_records(
                connection,
                "figures/things/traced_submission",
                submission_parameters(indicator, PROVINCE),
            )


def _keep(
    connection: Connection,
    period: Period,
    notes: Mapping[tuple[str, str], str],
    moment: datetime,
) -> None:
    where = {"report_kind": period.kind, "period_start": period.start, "period_end": period.end}
    warehouse.run(connection, "figures/measuring/keep_evidence_clear", **where)
    warehouse.run(connection, "figures/measuring/keep_evidence", computed_at=moment, **where)
    warehouse.run(
        connection,
        "figures/measuring/keep_value",
        computed_at=moment,
        units=[unit for unit, _ in notes],
        codes=[code for _, code in notes],
        notes=list(notes.values()),
        **where,
    )
