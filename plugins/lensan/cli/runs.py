"""What `make report` and `make backfill` do, and `make demo` at its end: runs of the reports' DAGs, in the foreground."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.cli import words
from lensan.domain import installation, periods
from lensan.domain.periods import ICT, Period
from lensan.domain.settings import Settings
from lensan.operations import report_runs
from lensan.operations.choices import NO, YES
from lensan.operations.running import (
    airflow_api,
    airflow_home,
    airflow_services,
    at_work,
    embedded_postgres,
    one_run,
    preparation,
    processes,
)
from lensan.operations.running.airflow_api import Api


def say(text: str) -> None:
    """Tell whoever waits, with the time of day (Asia/Ho_Chi_Minh)."""
    print(f"{datetime.now(ICT):%H:%M:%S}  {text}", flush=True)


def holding(home: Settings, command: str, *, alone: bool = False) -> AbstractContextManager[None]:
    """Keep a home for the block from others who take files in or publish there (see at_work.holding)."""
    return at_work.holding(home, command, alone=alone, say=say, since=datetime.now(ICT))


# ---------------------------------------------------------------- one report


def report(home: Settings, kind: str, period: str, landing: Path) -> int:
    """Take in a landing root and publish one report, once, in the foreground.

    Makes a home only where nobody can have mistyped it. Raises NoHomeError elsewhere.
    """
    chosen = periods.parse(kind, period)
    if not landing.is_dir():
        say(_("there is no folder {landing}").format(landing=landing))
        return 2
    if not (home.warehouse_url or embedded_postgres.is_made(home) or _is_meant(home.home)):
        raise embedded_postgres.NoHomeError(home.home)
    say(_("this takes one to three minutes, the more the more files are new"))
    started = time.monotonic()
    with (
        holding(home, "make report"),
        preparation.databases(home, stay=False, say=say) as (url, metadata_url),
    ):
        ok, published = publish(home, chosen, landing, url, metadata_url)
        if published:
            summary(home, warehouse.connect(url), chosen)
    say(
        _("done in {seconds:.0f} s").format(seconds=time.monotonic() - started)
        if ok
        else _("failed")
    )
    return 0 if ok and published else 1


def publish(
    home: Settings, chosen: Period, landing: Path, url: str, metadata_url: str
) -> tuple[bool, bool]:
    """Run the DAG of a period's report; whether it succeeded, and whether the report is published."""
    # It reads reports, mails and gates, which takes as long as all else that a command imports.
    from lensan.operations import obligations

    home = replace(home, landing=landing)
    conf = {"period": chosen.name, "landing": str(landing), "publish": YES, "deliver": YES}
    ok = _run(home, report_runs.dag_id(chosen.kind), conf, url, metadata_url)
    return ok, obligations.standing(warehouse.connect(url), chosen).is_published


def _is_meant(folder: Path) -> bool:
    """Whether a folder that is no home yet is meant as one: the default, or an empty one that somebody made.
    A mistyped path is neither."""
    is_empty = folder.is_dir() and all(path.name == at_work.LOCK for path in folder.iterdir())
    return is_empty or folder == installation.DEFAULT_HOME


def _run(home: Settings, dag_id: str, conf: dict[str, Any], url: str, metadata_url: str) -> bool:
    """Run a DAG by the services that are up, else by ourselves."""
    ports = processes.read_json(home.run / "ports" / "up.json")
    urls: dict[str, Any] = {"metadata_url": metadata_url, "warehouse_url": url}
    if all(airflow_services.status(home).values()) and ports:
        env = airflow_home.environment(home, **urls, smtp=None, api_port=ports["api"])
        api = airflow_api.entered(home, env)
        # A paused DAG's runs are not touched by the scheduler, so we can do them beside it.
        if not api.is_paused(dag_id):
            return airflow_api.trigger(api, dag_id, conf, say=say)
    port = processes.free_port()
    has_own_mail = airflow_home.has_own_mail(metadata_url)
    smtp = None if has_own_mail else airflow_home.smtp_connection(port)
    env = airflow_home.environment(home, **urls, smtp=smtp, api_port=processes.free_port())
    airflow_home.migrate(home, env, say=say)
    catcher = preparation.catch_mails(home, url, port) if smtp else None
    try:
        return one_run.run_dag(home, dag_id, conf, env, say=say)
    except (KeyboardInterrupt, SystemExit):
        say(
            _(
                "stopped {dag_id}: nothing of it goes on; what it had published or mailed by then stays"
            ).format(dag_id=dag_id)
        )
        raise
    finally:
        if catcher:
            processes.end(home, catcher)


def summary(home: Settings, engine: Engine, period: Period) -> None:
    """The indicators, what was held back, where the files and the mail are."""
    where = {"report_kind": period.kind, "period": period.name}
    with engine.begin() as connection:
        figures = warehouse.rows(connection, "cli/runs/figures", **where)
        files = warehouse.rows(connection, "cli/runs/files")
        held = warehouse.rows(connection, "cli/runs/quarantine")
        sent = warehouse.rows(connection, "cli/runs/deliveries", **where)
    print(f"\n{'Chỉ tiêu':<8}{'trong kỳ':>14}{'tăng %':>10}{'lũy kế':>14}{'hoàn thành %':>14}")
    for row in figures:
        parts = [
            _pair(row["in_period"], row["in_period_2"]),
            _text(row["growth_pct"]),
            _pair(row["cumulative"], row["cumulative_2"]),
            _text(row["completion_pct"]),
        ]
        print(f"{row['indicator_code']:<8}{parts[0]:>14}{parts[1]:>10}{parts[2]:>14}{parts[3]:>14}")
    counts = ", ".join(f"{r['files']} {words.word(r['status'])}" for r in files)
    print("\n" + _("files: {counts}").format(counts=counts or _("none")))
    for row in held:
        print(
            _("quarantine: {rows} rows open, {closed} settled, {entity}").format(
                rows=row["rows"], closed=row["closed"], entity=row["entity"]
            )
        )
    for path in sorted((home.reports / period.kind / period.name).glob("*")):
        print(_("report: {path}").format(path=path))
    for row in sent:
        print(
            _("mail to {recipient}: {state}").format(
                recipient=row["recipient"], state=words.word(row["state"])
            )
        )
    newest = max((home.mail / "new").glob("*"), key=lambda path: path.stat().st_mtime, default=None)
    if newest:
        print(_("mail: {newest}").format(newest=newest))
    print(flush=True)


def _text(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _pair(first: Any, second: Any) -> str:
    return _text(first) + (f"/{_text(second)}" if second is not None else "")


# ---------------------------------------------------------------- backfill


def backfill(
    home: Settings, first: str, last: str, landing: Path | None, kind: str = "week"
) -> int:
    """The weeks from one due day to another, oldest first, published and not mailed.

    Of a home that is there: missed weeks are those of an office that works already.
    """
    weeks = periods.between(kind, first, last)
    if not (home.warehouse_url or embedded_postgres.is_made(home)):
        raise embedded_postgres.NoHomeError(home.home)
    if landing is not None:
        if not landing.is_dir():
            say(_("there is no folder {landing}").format(landing=landing))
            return 2
        home = replace(home, landing=landing)
    conf = {"landing": str(home.landing), "publish": YES, "deliver": NO}
    dag_id = report_runs.dag_id(kind)
    started = time.monotonic()
    say(
        _("{weeks} weeks, {first} to {last}").format(
            weeks=len(weeks), first=weeks[0].name, last=weeks[-1].name
        )
    )
    with (
        holding(home, "make backfill"),
        preparation.databases(home, stay=False, say=say) as (url, metadata_url),
        _services(home, dag_id, url, metadata_url) as api,
    ):
        if api.is_paused(dag_id):
            say(
                _(
                    "{dag_id} is paused in the Airflow that is up: switch it on there, or make down"
                ).format(dag_id=dag_id)
            )
            return 2
        span = (weeks[0].starts_at, weeks[-1].starts_at)
        ok = airflow_api.backfill(api, dag_id, *span, conf, say=say)
    say(
        _("done in {seconds:.0f} s").format(seconds=time.monotonic() - started)
        if ok
        else _("not all weeks succeeded")
    )
    return 0 if ok else 1


@contextmanager
def _services(home: Settings, dag_id: str, url: str, metadata_url: str) -> Iterator[Api]:
    """The Airflow that is up; else services of our own for the block, which keep no schedule: nothing
    but what is asked of them happens."""
    ports = processes.read_json(home.run / "ports" / "up.json")
    urls: dict[str, Any] = {"metadata_url": metadata_url, "warehouse_url": url}
    if any(airflow_services.status(home).values()):
        env = airflow_home.environment(home, **urls, smtp=None, api_port=ports["api"])
        yield airflow_api.entered(home, env)
        return
    env = airflow_home.environment(home, **urls, smtp=None, api_port=processes.free_port())
    env["AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE"] = "False"
    airflow_home.migrate(home, env, say=say)
    try:
        airflow_services.up(home, env, outlives_us=False, say=say)
        api = airflow_api.entered(home, env)
        airflow_api.wait_for_dag(api, dag_id)
        airflow_api.cancel_backfills(api, dag_id)
        was_paused = api.is_paused(dag_id)
        api.pause(dag_id, paused=False)
        try:
            yield api
        finally:
            api.pause(dag_id, paused=was_paused)
    finally:
        airflow_services.down(home, say=say)
