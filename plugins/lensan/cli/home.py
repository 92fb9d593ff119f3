"""What the Makefile's targets do: `python -m lensan.cli.home COMMAND --help`.

Setting up makes a home where there is none: up, demo, report and warehouse (and `lensan restore`).
Everything else is of a home that is there, and says so where it is not.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path

from lensan.cli import demo, runs, words
from lensan.cli.runs import say
from lensan.domain import plans
from lensan.domain.settings import Settings, settings
from lensan.operations.running import (
    airflow_home,
    airflow_services,
    embedded_postgres,
    first_start,
    preparation,
    processes,
)


def start_warehouse(home: Settings) -> int:
    """Start the home's server for good; the URL is the last line."""
    if not (home.warehouse_url or embedded_postgres.is_made(home)):
        say(_("making a home in {home}").format(home=home.home))
    url = home.warehouse_url or embedded_postgres.start(home).url("warehouse")
    done = preparation.warehouse_at(url)
    if done:
        say(_("warehouse migrated: {steps}").format(steps=", ".join(done)))
    home.belong()
    print(url, flush=True)
    return 0


def stop(home: Settings) -> int:
    """Stop whatever of this home runs."""
    if not home.home.is_dir():
        raise embedded_postgres.NoHomeError(home.home)
    airflow_services.down(home, say=say)
    if processes.kept(home, "mail-catcher"):
        say(_("stopping mail catcher"))
        processes.end(home, "mail-catcher")
    say(
        _("PostgreSQL stopped") if embedded_postgres.stop(home) else _("PostgreSQL was not running")
    )
    return 0


def up(home: Settings, *, switch_on: bool = True) -> int:
    """The whole system on loopback; prints the addresses and the logins.

    ``switch_on``: at its first start let those DAGs run that publish nothing and write to nobody.
    """
    say(_("this takes about half a minute, the first time a minute"))
    with (
        runs.holding(home, "make up"),
        preparation.databases(home, stay=True, say=say) as (url, metadata_url),
    ):
        mail_up = processes.is_running(processes.kept(home, "mail-catcher"))
        ports, are_new = _ports(home, mail_up)
        if are_new:
            # The services learnt the ports when they started.
            airflow_services.down(home, say=say)
            processes.end(home, "mail-catcher")
            mail_up = False
        has_own_mail = airflow_home.has_own_mail(metadata_url)
        smtp = None if has_own_mail else airflow_home.smtp_connection(ports["smtp"])
        env = airflow_home.environment(
            home, metadata_url=metadata_url, warehouse_url=url, smtp=smtp, api_port=ports["api"]
        )
        airflow_home.migrate(home, env, say=say)
        if smtp and not mail_up:
            preparation.catch_mails(
                home, url, ports["smtp"], web_port=ports["mails"], for_good=True
            )
        airflow_services.up(home, env, say=say)
        if switch_on:
            first_start.switch_on(home, env, writes_to_others=has_own_mail, say=say)
        analysts = first_start.reader(home, url)
    print(
        _("\nAirflow    {AIRFLOW__API__BASE_URL}").format(
            AIRFLOW__API__BASE_URL=env["AIRFLOW__API__BASE_URL"]
        )
    )
    for user, password in airflow_home.login(home).items():
        print(_("  login    {user} / {password}").format(user=user, password=password))
    if smtp:
        print(_("Mails      http://127.0.0.1:{mails}/").format(mails=ports["mails"]))
    print(_("Warehouse  {url} (the owner: may change everything)").format(url=url))
    if analysts:
        print(_("  analysts {url} (read-only, no personal data)").format(url=analysts))
    print(_("Landing    {landing}").format(landing=home.landing))
    print(_("Stop with: make down"), flush=True)
    return 0


def _ports(home: Settings, mail_up: bool) -> tuple[dict[str, int], bool]:
    """The ports of the services, those of last time where they are ours or free; whether they changed."""

    def port(name: str, is_ours: bool) -> int:
        last = known.get(name)
        return last if last and (is_ours or processes.is_free(last)) else processes.free_port()

    path = home.run / "ports" / "up.json"
    known = processes.read_json(path)
    api_up = processes.is_running(processes.kept(home, "api-server"))
    ports = {"api": port("api", api_up), "smtp": port("smtp", mail_up)}
    ports["mails"] = port("mails", mail_up)
    processes.write_json(path, ports)
    return ports, bool(known) and ports != known


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lensan.cli.home", description=__doc__)
    parser.add_argument("--home", help="folder of all state (default: HOME_DIR, else .lensan)")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("report", help="take in a landing root and publish one report")
    one.add_argument("--week", help="due day, as 2021-11-18")
    one.add_argument("--month", help="as 2021-11")
    one.add_argument("--plan", default="", help="key of a further plan, as kh2")
    one.add_argument("--landing", required=True)
    many = commands.add_parser("backfill", help="the missed weeks, without mails")
    many.add_argument("--from", dest="first", required=True, help="due day, as 2021-10-21")
    many.add_argument("--to", dest="last", required=True, help="due day, as 2021-12-30")
    many.add_argument("--plan", default="", help="key of a further plan, as kh2")
    many.add_argument("--landing", help="default: LANDING_ROOT, else landing/ below the home")
    start = commands.add_parser("up", help="start the whole system on loopback")
    start.add_argument("--paused", action="store_true", help="leave all DAGs as they are")
    for name, text in (
        ("demo", "sample inputs and the last week's report"),
        ("down", "stop it"),
        ("warehouse", "start the warehouse and print its URL"),
        ("stop", "stop everything of this home"),
    ):
        commands.add_parser(name, help=text)
    return parser


def _asked(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Callable[[Settings], int]:
    """What the arguments ask for, to be done to a home."""
    match given.command:
        case "report":
            if bool(given.week) == bool(given.month):
                parser.error("give WEEK=2021-11-18 or MONTH=2021-11, one of them")
            if not given.landing:
                parser.error("give LANDING=/path/to/landing")
            cadence, landing = "week" if given.week else "month", Path(given.landing).resolve()
            kind = plans.kind(cadence, given.plan)
            return lambda home: runs.report(home, kind, given.week or given.month, landing)
        case "backfill":
            if not given.first or not given.last:
                parser.error("give FROM=2021-10-21 TO=2021-12-30")
            root = Path(given.landing).resolve() if given.landing else None
            kind = plans.kind("week", given.plan)
            return lambda home: runs.backfill(home, given.first, given.last, root, kind)
        case "demo":
            return demo.demo
        case "up":
            return lambda home: up(home, switch_on=not given.paused)
        case "warehouse":
            return start_warehouse
        case _:
            return stop


def main(arguments: list[str] | None = None) -> int:
    """Do what a target of the Makefile asks for; returns the exit status."""
    words.speak()
    parser = _parser()
    given = parser.parse_args(arguments)
    # A command that is told to end stops what it started.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        home = settings(given.home or None)
        do = _asked(parser, given)
        processes.end_leftovers(home)
        return do(home)
    except KeyboardInterrupt:
        say(_("interrupted"))
        return 130
    except (
        ValueError,
        PermissionError,
        embedded_postgres.PostgresError,
        airflow_home.AirflowError,
    ) as error:
        say(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
