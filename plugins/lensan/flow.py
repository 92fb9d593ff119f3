"""What the DAGs' tasks call: from a run's context to the library. The moment comes from the run.

A run's own interval is the period unless its params name one; the clock is never asked for it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lensan import (
    connections,
    contracts,
    indicators,
    loading,
    locations,
    periods,
    producers,
    settings,
)
from lensan.periods import ICT, Period

log = logging.getLogger(__name__)


def moment_of(context: Mapping[str, Any]) -> datetime:
    """The run's start, in Asia/Ho_Chi_Minh: one moment for all its tasks and retries."""
    return context["dag_run"].start_date.astimezone(ICT)


def period_of(kind: str, context: Mapping[str, Any]) -> Period:
    """The param, else the run's data interval, else the last period ended at its run_after."""
    name = context["params"].get("period")
    if name:
        return periods.parse(kind, name)
    run = context["dag_run"]
    if run.data_interval_start is not None and run.data_interval_start != run.data_interval_end:
        day = run.data_interval_start.astimezone(ICT).date()
        return periods.week_of(day) if kind == "week" else periods.month(day)
    return periods.due_at_or_before(kind, run.run_after)


def sources() -> list[str]:
    return list(contracts.contracts())


def sweep(source: str, context: Mapping[str, Any]) -> dict[str, int]:
    """Take in what is new of one source; returns counts by status.

    A run that names a landing root asks for what lies there: remote locations are left alone. Raises
    LocationError, after everything else was loaded, when a remote location could not be fetched.
    """
    home = settings.settings()
    contract = contracts.contract(source)
    asked = context["params"].get("landing")
    root = Path(asked or home.landing)
    remote = None
    if contract.remote and not asked:
        remote = locations.Remote(
            source,
            contract.remote,
            connections.access_of,
            home.raw_store,
            moment=moment_of(context),
        )
    outcomes = loading.sweep(
        connections.warehouse_engine(),
        contract,
        [root / folder for folder in contract.folders],
        home.raw_store,
        moment=moment_of(context),
        remote=remote,
    )
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
    return counts


def resolve_producers(context: Mapping[str, Any]) -> dict[str, int]:
    return producers.resolve(connections.warehouse_engine(), moment=moment_of(context))


def compute_figures(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    period = period_of(kind, context)
    figures = indicators.compute(connections.warehouse_engine(), period, moment=moment_of(context))
    return {"period": period.name, "figures": len(figures)}


def publishes(period: Period, context: Mapping[str, Any]) -> bool:
    """Whether the run publishes: as its param says, else yes; but a scheduled run never after the due
    day, since un-pausing a DAG makes Airflow run the last period, however old it is."""
    asked = context["params"].get("publish")
    if asked is not None:
        return bool(asked)
    if _run_type(context) != "scheduled":
        return True
    return moment_of(context).date() <= period.due_at.date()


def _run_type(context: Mapping[str, Any]) -> str:
    run_type = context["dag_run"].run_type
    return str(getattr(run_type, "value", run_type))


def publish(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Freeze the report unless the run does not publish. A published period is left as it is, or with
    ``correct`` gets its next revision where a figure is different; a retry makes no second one."""
    from lensan import publishing

    period = period_of(kind, context)
    if not publishes(period, context):
        log.warning("%s is computed, not published; run it with publish=true to publish it", period)
        return {"period": period.name, "revision": None, "is_new": False}
    published = publishing.publish(
        connections.warehouse_engine(),
        period,
        settings.settings().reports,
        moment=moment_of(context),
        correct=bool(context["params"].get("correct")),
        reason=context["params"].get("reason"),
    )
    return {"period": period.name, "revision": published.revision, "is_new": published.is_new}


def deliver(kind: str, context: Mapping[str, Any]) -> dict[str, int]:
    """Mail the report once per recipient: on the schedule, or when the run asks for it."""
    from lensan import delivery, publishing
    from lensan.reporting import mail_body

    period = period_of(kind, context)
    asked = context["params"].get("deliver")
    if asked is None:
        asked = _run_type(context) == "scheduled"
    if not asked or not publishes(period, context):
        log.info("nothing is mailed by this run: deliver=%s", asked)
        return {}
    engine = connections.warehouse_engine()
    report, files = publishing.load(engine, period)
    return delivery.deliver_report(
        engine,
        report,
        files,
        mail_body.message,
        connections.smtp_server(),
        moment=moment_of(context),
    )
