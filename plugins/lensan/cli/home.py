"""What the Makefile's targets do: `python -m lensan.operations.running COMMAND --help`."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.domain.settings import Settings, settings
from lensan.mail import delivery
from lensan.operations.running import (
    airflow_services,
    embedded_postgres,
    preparation,
    processes,
)

LOCAL_RECIPIENT = "lanh-dao@example.vn"
DEMO_WEEK = "2021-12-09"


def say(text: str) -> None:
    print(f"{datetime.now(ICT):%H:%M:%S}  {text}", flush=True)


@contextlib.contextmanager
def databases(home: Settings, *, stay: bool) -> Iterator[tuple[str, str]]:
    """The URLs of the warehouse, migrated and with reference data, and of Airflow's metadata.

    The home's own server is started when one of them is on it; unless they ``stay``, it is stopped
    after the block, if the block started it. Raises PostgresError.
    """
    with contextlib.ExitStack() as stack:
        url = home.warehouse_url
        metadata_url = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
        if not url or not metadata_url:
            server = (
                embedded_postgres.start(home)
                if stay
                else stack.enter_context(embedded_postgres.borrowed(home))
            )
            url = url or server.url("warehouse")
            metadata_url = metadata_url or server.url("airflow")
        _prepare(url)
        yield url, metadata_url


def _prepare(url: str) -> None:
    done = preparation.warehouse_at(url)
    if done:
        say(f"warehouse migrated: {', '.join(done)}")


def start_mail_catcher(
    home: Settings, url: str, port: int, *, web_port: int | None = None, for_good: bool = False
) -> str:
    """Start the catcher and see to it that reports have a recipient; returns its key."""
    arguments = [
        sys.executable,
        "-m",
        "lensan.operations.running.mail_catcher",
        str(home.mail),
        str(port),
    ]
    if web_port:
        arguments.append(str(web_port))
    started = processes.spawn(
        home,
        "mail-catcher",
        arguments,
        dict(os.environ),
        key="mail-catcher" if for_good else None,
        outlives_us=for_good,
    )
    deadline = time.monotonic() + 20
    while processes.is_free(port):
        if time.monotonic() > deadline or not processes.is_running(started.record):
            processes.end(home, started.key)
            raise airflow_services.AirflowError(
                f"the mail catcher did not start; see {home.logs}/mail-catcher.log"
            )
        time.sleep(0.05)
    delivery.ensure_recipients(warehouse.connect(url), ("week", "month"), LOCAL_RECIPIENT)
    return started.key


# ---------------------------------------------------------------- commands


def report(home: Settings, kind: str, period: str, landing: Path) -> int:
    """Take in a landing root and publish one report, once, in the foreground."""
    chosen = periods.parse(kind, period)
    if not landing.is_dir():
        say(f"there is no folder {landing}")
        return 2
    started = time.monotonic()
    home = replace(home, landing=landing)
    dag_id = "weekly_report" if kind == "week" else "monthly_report"
    conf = {"period": chosen.name, "landing": str(landing), "publish": True, "deliver": True}
    with databases(home, stay=False) as (url, metadata_url):
        ok = _run(home, dag_id, conf, url, metadata_url)
        engine = warehouse.connect(url)
        published = _published(engine, chosen)
        if published:
            _summary(home, engine, chosen)
    say(f"done in {time.monotonic() - started:.0f} s" if ok else "failed")
    return 0 if ok and published else 1


def _run(home: Settings, dag_id: str, conf: dict[str, Any], url: str, metadata_url: str) -> bool:
    """Run a DAG by the services that are up, else by ourselves."""
    ports = processes.read_json(home.run / "ports" / "up.json")
    urls: dict[str, Any] = {"metadata_url": metadata_url, "warehouse_url": url}
    if all(airflow_services.status(home).values()) and ports:
        env = airflow_services.environment(home, **urls, smtp=None, api_port=ports["api"])
        # A paused DAG's runs are not touched by the scheduler, so we can do them beside it.
        if not airflow_services.is_paused(home, dag_id, env):
            return airflow_services.trigger(home, dag_id, conf, env, say=say)
    port = processes.free_port()
    smtp = (
        None
        if airflow_services.has_own_mail(metadata_url)
        else airflow_services.smtp_connection(port)
    )
    env = airflow_services.environment(home, **urls, smtp=smtp, api_port=processes.free_port())
    airflow_services.migrate(home, env, say=say)
    catcher = start_mail_catcher(home, url, port) if smtp else None
    try:
        return airflow_services.run_dag(home, dag_id, conf, env, say=say)
    finally:
        if catcher:
            processes.end(home, catcher)


def backfill(home: Settings, first: str, last: str, landing: Path | None) -> int:
    """The weeks from one due Thursday to another, oldest first, published and not mailed."""
    weeks = periods.between("week", first, last)
    if landing is not None:
        if not landing.is_dir():
            say(f"there is no folder {landing}")
            return 2
        home = replace(home, landing=landing)
    conf = {"landing": str(home.landing), "publish": True, "deliver": False}
    span = (weeks[0].starts_at, weeks[-1].starts_at)
    dag_id = "weekly_report"
    started = time.monotonic()
    say(f"{len(weeks)} weeks, {weeks[0].name} to {weeks[-1].name}")
    with databases(home, stay=False) as (url, metadata_url):
        ports = processes.read_json(home.run / "ports" / "up.json")
        urls: dict[str, Any] = {"metadata_url": metadata_url, "warehouse_url": url}
        if any(airflow_services.status(home).values()):
            env = airflow_services.environment(home, **urls, smtp=None, api_port=ports["api"])
            if airflow_services.is_paused(home, dag_id, env):
                say(
                    f"{dag_id} is paused in the Airflow that is up: switch it on there, or make down"
                )
                return 2
            ok = airflow_services.backfill(home, dag_id, *span, conf, env, say=say)
        else:
            env = airflow_services.environment(
                home, **urls, smtp=None, api_port=processes.free_port()
            )
            ok = _backfill_alone(home, dag_id, span, conf, env)
    say(f"done in {time.monotonic() - started:.0f} s" if ok else "not all weeks succeeded")
    return 0 if ok else 1


def _backfill_alone(
    home: Settings,
    dag_id: str,
    span: tuple[datetime, datetime],
    conf: dict[str, Any],
    env: dict[str, str],
) -> bool:
    """With services of our own, which keep no schedule: nothing but the backfill happens."""
    env = {**env, "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False"}
    airflow_services.migrate(home, env, say=say)
    try:
        airflow_services.up(home, env, outlives_us=False, say=say)
        airflow_services.wait_for_dag(home, dag_id, env)
        airflow_services.cancel_backfills(home, dag_id, env)
        was_paused = airflow_services.is_paused(home, dag_id, env)
        airflow_services.pause(home, dag_id, env, paused=False)
        try:
            return airflow_services.backfill(home, dag_id, *span, conf, env, say=say)
        finally:
            airflow_services.pause(home, dag_id, env, paused=was_paused)
    finally:
        airflow_services.down(home, say=say)


def _published(engine: Any, period: periods.Period) -> bool:
    with engine.begin() as connection:
        return bool(
            warehouse.rows(
                connection,
                "reports/export/report_revisions",
                report_kind=period.kind,
                period=period.name,
            )
        )


def _summary(home: Settings, engine: Any, period: periods.Period) -> None:
    """The indicators, what was held back, where the files and the mail are."""
    with engine.begin() as connection:
        figures = warehouse.rows(
            connection, "cli/home/figures", report_kind=period.kind, period=period.name
        )
        files = warehouse.rows(connection, "cli/home/files")
        held = warehouse.rows(connection, "cli/home/quarantine")
        sent = warehouse.rows(
            connection, "cli/home/deliveries", report_kind=period.kind, period=period.name
        )
    print(f"\n{'Chỉ tiêu':<8}{'trong kỳ':>14}{'tăng %':>10}{'lũy kế':>14}{'hoàn thành %':>14}")
    for row in figures:
        parts = [
            _pair(row["in_period"], row["in_period_2"]),
            _text(row["growth_pct"]),
            _pair(row["cumulative"], row["cumulative_2"]),
            _text(row["completion_pct"]),
        ]
        print(f"{row['indicator_code']:<8}{parts[0]:>14}{parts[1]:>10}{parts[2]:>14}{parts[3]:>14}")
    print("\nfiles: " + (", ".join(f"{r['files']} {r['status']}" for r in files) or "none"))
    for row in held:
        print(f"quarantine: {row['rows']} rows open, {row['closed']} settled, {row['entity']}")
    folder = home.reports / period.kind / period.name
    for path in sorted(folder.glob("*")):
        print(f"report: {path}")
    for row in sent:
        print(f"mail to {row['recipient']}: {row['state']}")
    newest = (
        sorted((home.mail / "new").glob("*"), key=lambda path: path.stat().st_mtime)
        if home.mail.exists()
        else []
    )
    if newest:
        print(f"mail: {newest[-1]}")
    print(flush=True)


def _text(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _pair(first: Any, second: Any) -> str:
    return _text(first) + (f"/{_text(second)}" if second is not None else "")


def demo(home: Settings) -> int:
    """Sample inputs for eight weeks, then the last week's report."""
    from lensan import samples

    folder = home.home / "demo"
    if not (folder / "landing").exists():
        say("making eight weeks of sample inputs")
        fresh = folder / "landing.new"
        shutil.rmtree(fresh, ignore_errors=True)
        samples.write(fresh, seed=1)
        fresh.rename(folder / "landing")
    return report(home, "week", DEMO_WEEK, folder / "landing")


def start_warehouse(home: Settings) -> int:
    """Start the home's server for good; the URL is the last line."""
    url = home.warehouse_url or embedded_postgres.start(home).url("warehouse")
    _prepare(url)
    print(url, flush=True)
    return 0


def stop(home: Settings) -> int:
    """Stop whatever of this home runs."""
    airflow_services.down(home, say=say)
    if processes.kept(home, "mail-catcher"):
        say("stopping mail catcher")
        processes.end(home, "mail-catcher")
    say("PostgreSQL stopped" if embedded_postgres.stop(home) else "PostgreSQL was not running")
    return 0


def up(home: Settings) -> int:
    """The whole system on loopback; prints the addresses and the login."""
    with databases(home, stay=True) as (url, metadata_url):
        api_up = processes.is_running(processes.kept(home, "api-server"))
        mail_up = processes.is_running(processes.kept(home, "mail-catcher"))
        path = home.run / "ports" / "up.json"
        known = processes.read_json(path)
        ports = {
            "api": _port(known.get("api"), api_up),
            "smtp": _port(known.get("smtp"), mail_up),
            "mails": _port(known.get("mails"), mail_up),
        }
        if known and ports != known:
            # The services learnt the ports when they started.
            airflow_services.down(home, say=say)
            processes.end(home, "mail-catcher")
            mail_up = False
        processes.write_json(path, ports)
        smtp = (
            None
            if airflow_services.has_own_mail(metadata_url)
            else airflow_services.smtp_connection(ports["smtp"])
        )
        env = airflow_services.environment(
            home, metadata_url=metadata_url, warehouse_url=url, smtp=smtp, api_port=ports["api"]
        )
        airflow_services.migrate(home, env, say=say)
        if smtp and not mail_up:
            start_mail_catcher(home, url, ports["smtp"], web_port=ports["mails"], for_good=True)
        airflow_services.up(home, env, say=say)
    print(f"\nAirflow    {env['AIRFLOW__API__BASE_URL']}")
    for user, password in airflow_services.login(home).items():
        print(f"  login    {user} / {password}")
    if smtp:
        print(f"Mails      http://127.0.0.1:{ports['mails']}/")
    print(f"Warehouse  {url}")
    print(f"Landing    {home.landing}")
    print("Stop with: make down", flush=True)
    return 0


def _port(known: int | None, ours: bool) -> int:
    """The port of last time if it is ours or free, so that addresses stay."""
    return known if known and (ours or processes.is_free(known)) else processes.free_port()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m lensan.operations.running", description=__doc__
    )
    parser.add_argument("--home", help="folder of all state (default: HOME_DIR, else .lensan)")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("report", help="take in a landing root and publish one report")
    one.add_argument("--week", help="due Thursday, as 2021-11-18")
    one.add_argument("--month", help="as 2021-11")
    one.add_argument("--landing", required=True)
    many = commands.add_parser("backfill", help="the missed weeks, without mails")
    many.add_argument("--from", dest="first", required=True, help="due Thursday, as 2021-10-21")
    many.add_argument("--to", dest="last", required=True, help="due Thursday, as 2021-12-30")
    many.add_argument("--landing", help="default: LANDING_ROOT, else landing/ below the home")
    for name, text in (
        ("demo", "sample inputs and the last week's report"),
        ("up", "start the whole system on loopback"),
        ("down", "stop it"),
        ("warehouse", "start the warehouse and print its URL"),
        ("stop", "stop everything of this home"),
    ):
        commands.add_parser(name, help=text)
    given = parser.parse_args(arguments)
    home = settings(given.home or None)
    # A command that is told to end stops what it started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        home.home.mkdir(parents=True, exist_ok=True)
        processes.end_leftovers(home)
        if given.command == "report":
            if bool(given.week) == bool(given.month):
                parser.error("give WEEK=2021-11-18 or MONTH=2021-11, one of them")
            if not given.landing:
                parser.error("give LANDING=/path/to/landing")
            kind = "week" if given.week else "month"
            return report(home, kind, given.week or given.month, Path(given.landing).resolve())
        if given.command == "backfill":
            if not given.first or not given.last:
                parser.error("give FROM=2021-10-21 TO=2021-12-30")
            landing = Path(given.landing).resolve() if given.landing else None
            return backfill(home, given.first, given.last, landing)
        return {
            "demo": demo,
            "up": up,
            "down": stop,
            "warehouse": start_warehouse,
            "stop": stop,
        }[given.command](home)
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except (
        ValueError,
        PermissionError,
        embedded_postgres.PostgresError,
        airflow_services.AirflowError,
    ) as error:
        say(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
