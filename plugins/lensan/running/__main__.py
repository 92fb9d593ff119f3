"""What the Makefile's targets do: `python -m lensan.running COMMAND --help`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lensan import indicators, periods, warehouse
from lensan.periods import ICT
from lensan.running import airflow_services, embedded_postgres, processes
from lensan.settings import PROJECT, Settings, settings

LOCAL_RECIPIENT = "lanh-dao@example.vn"
DEMO_WEEK = "2021-12-09"


def say(text: str) -> None:
    print(f"{datetime.now(ICT):%H:%M:%S}  {text}", flush=True)


class Home:
    """The servers of one home: started when needed, those we started are stopped at the end."""

    def __init__(self, home: Settings) -> None:
        self.settings = home
        self.server: embedded_postgres.Server | None = None

    def warehouse_url(self) -> str:
        """WAREHOUSE_URL if it is set, else the embedded server's; migrated and with reference data."""
        url = os.environ.get("WAREHOUSE_URL") or self._embedded().url("warehouse")
        engine = warehouse.connect(url)
        done = warehouse.migrate(engine)
        with engine.begin() as connection:
            indicators.load_reference(connection)
        if done:
            say(f"warehouse migrated: {', '.join(done)}")
        return url

    def metadata_url(self) -> str:
        given = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
        return given or self._embedded().url("airflow")

    def _embedded(self) -> embedded_postgres.Server:
        if self.server is None:
            self.server = embedded_postgres.start(self.settings)
        return self.server


@contextlib.contextmanager
def mail_server(home: Settings, url: str, *, web_port: int | None = None) -> Iterator[str | None]:
    """The address of the local mail catcher, started for the block; null when smtp_default is set."""
    if os.environ.get("AIRFLOW_CONN_SMTP_DEFAULT"):
        yield None
        return
    record, uri = start_mail_catcher(home, url, web_port=web_port)
    try:
        yield uri
    finally:
        processes.stop_group(record)


def start_mail_catcher(
    home: Settings, url: str, *, web_port: int | None = None
) -> tuple[dict[str, int], str]:
    from lensan import delivery

    port = processes.free_port()
    arguments = [sys.executable, "-m", "lensan.running.mail_catcher", str(home.mail), str(port)]
    if web_port:
        arguments.append(str(web_port))
    record = airflow_services.spawn(home, "mail-catcher", arguments, dict(os.environ))
    deadline = time.monotonic() + 20
    while processes.is_free(port):
        if time.monotonic() > deadline or not processes.is_running(record):
            raise airflow_services.AirflowError(
                f"the mail catcher did not start; see {home.logs}/mail-catcher.log"
            )
        time.sleep(0.05)
    delivery.ensure_recipients(warehouse.connect(url), ("week", "month"), LOCAL_RECIPIENT)
    extra = json.dumps(
        {"disable_ssl": True, "disable_tls": True, "from_email": "bao-cao@lensan.example"}
    )
    return record, json.dumps(
        {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": json.loads(extra)}
    )


def _environment(home: Home, url: str, smtp: str | None, api_port: int) -> dict[str, str]:
    env = airflow_services.environment(
        home.settings,
        metadata_url=home.metadata_url(),
        warehouse_url=url,
        smtp_uri=smtp,
        api_port=api_port,
    )
    airflow_services.migrate(home.settings, env)
    return env


# ---------------------------------------------------------------- commands


def report(home: Settings, kind: str, period: str, landing: Path) -> int:
    """Take in a landing root and publish one report, once, in the foreground."""
    chosen = periods.parse(kind, period)
    if not landing.is_dir():
        say(f"there is no folder {landing}")
        return 2
    started = time.monotonic()
    home = replace(home, landing=landing.resolve())
    was_running = embedded_postgres.status(home) is not None
    house = Home(home)
    url = house.warehouse_url()
    try:
        with mail_server(home, url) as smtp:
            env = _environment(house, url, smtp, processes.free_port())
            ok = airflow_services.run_dag(
                home,
                "weekly_report" if kind == "week" else "monthly_report",
                {
                    "period": chosen.name,
                    "landing": str(home.landing),
                    "publish": True,
                    "deliver": True,
                },
                env,
                say=say,
            )
        engine = warehouse.connect(url)
        published = _published(engine, chosen)
        if published:
            _summary(home, engine, chosen)
        say(f"done in {time.monotonic() - started:.0f} s" if ok else "failed")
        return 0 if ok and published else 1
    finally:
        if not was_running:
            embedded_postgres.stop(home)


def _published(engine: Any, period: periods.Period) -> bool:
    with engine.begin() as connection:
        return bool(
            warehouse.rows(
                connection, "ops/report_revisions", report_kind=period.kind, period=period.name
            )
        )


def _summary(home: Settings, engine: Any, period: periods.Period) -> None:
    """The indicators, what was held back, where the files and the mail are."""
    with engine.begin() as connection:
        figures = warehouse.rows(
            connection, "ops/summary_figures", report_kind=period.kind, period=period.name
        )
        files = warehouse.rows(connection, "ops/summary_files")
        held = warehouse.rows(connection, "ops/summary_quarantine")
        sent = warehouse.rows(
            connection, "ops/summary_deliveries", report_kind=period.kind, period=period.name
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
    print(Home(home).warehouse_url())
    return 0


def stop(home: Settings) -> int:
    airflow_services.down(home, say=say)
    _stop_catcher(home)
    say("PostgreSQL stopped" if embedded_postgres.stop(home) else "PostgreSQL was not running")
    return 0


def up(home: Settings) -> int:
    """The whole system on loopback; prints the addresses and the login."""
    house = Home(home)
    url = house.warehouse_url()
    state_path = home.home / "up.json"
    state = processes.read_json(state_path)
    smtp = None
    if not os.environ.get("AIRFLOW_CONN_SMTP_DEFAULT"):
        if processes.is_running(state.get("mail_catcher")):
            smtp = state["smtp"]
        else:
            web_port = processes.free_port()
            record, smtp = start_mail_catcher(home, url, web_port=web_port)
            state.update(mail_catcher=record, smtp=smtp, mail_page=f"http://127.0.0.1:{web_port}/")
    api_port = state.get("api_port") or processes.free_port()
    state["api_port"] = api_port
    processes.write_json(state_path, state)
    env = _environment(house, url, smtp, api_port)
    airflow_services.up(home, env, say=say)
    print(f"\nAirflow   {env['AIRFLOW__API__BASE_URL']}")
    for user, password in airflow_services.login(home).items():
        print(f"  login   {user} / {password}")
    if "mail_page" in state:
        print(f"Mails     {state['mail_page']}")
    print(f"Warehouse {url}")
    print("Stop with: make down", flush=True)
    return 0


def _stop_catcher(home: Settings) -> None:
    state_path = home.home / "up.json"
    state = processes.read_json(state_path)
    if processes.is_running(state.get("mail_catcher")):
        say("stopping mail catcher")
        processes.stop_group(state["mail_catcher"])
    for name in ("mail_catcher", "smtp", "mail_page"):
        state.pop(name, None)
    if state_path.exists():
        processes.write_json(state_path, state)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m lensan.running", description=__doc__)
    parser.add_argument("--home", help="folder of all state (default: HOME_DIR, else .lensan)")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("report", help="take in a landing root and publish one report")
    one.add_argument("--week", help="due Thursday, as 2021-11-18")
    one.add_argument("--month", help="as 2021-11")
    one.add_argument("--landing", type=Path, required=True)
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
    home.home.mkdir(parents=True, exist_ok=True)
    os.chdir(PROJECT)
    try:
        if given.command == "report":
            if bool(given.week) == bool(given.month):
                parser.error("give WEEK=2021-11-18 or MONTH=2021-11, one of them")
            kind = "week" if given.week else "month"
            return report(home, kind, given.week or given.month, given.landing)
        return {
            "demo": demo,
            "up": up,
            "down": stop,
            "warehouse": start_warehouse,
            "stop": stop,
        }[given.command](home)
    except (ValueError, embedded_postgres.PostgresError, airflow_services.AirflowError) as error:
        say(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
