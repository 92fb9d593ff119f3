"""Seeing to it: the watchdog, alarms, and the doctor."""

from __future__ import annotations

import contextlib
import json
from gettext import gettext as _
from typing import Annotated

import typer

from lensan.cli import words
from lensan.cli.commands import Commands
from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, show, smtp_of
from lensan.domain.settings import settings


@app.command(
    epilog="Examples: lensan watchdog; in crontab: */5 * * * * lensan watchdog --home /srv/lensan"
)
def watchdog(home: Home = None, json_: AsJson = False) -> None:
    """Are the reports owed now out? Sends what nobody sent in time, alarms; ends with 1 when one is not.

    For cron or a container's health check: it needs neither scheduler nor DAG.
    """
    from lensan.operations import watching

    moment = now()
    standings = watching.watch_all(
        lambda: engine_of(home), settings(home), smtp_of(home), moment=moment
    )
    found, late = [], False
    for standing in standings:
        due_at = standing.period.due_at
        late = late or (moment >= due_at and not standing.is_out)
        found.append(
            {
                "report": str(standing.period),
                "due_at": due_at,
                "published": standing.is_published,
                "out": standing.is_out,
            }
        )
    show(found, json_, _("no report is owed now"))
    if late:
        raise typer.Exit(1)


alarms_app = Commands()
app.add_typer(alarms_app, name="alarms", help="What somebody must see to: list, ack.")


@alarms_app.command("list", epilog="Examples: lensan alarms list; lensan alarms list --all --json")
def alarms_list(
    all_: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Open alarms, newest first."""
    from lensan.mail import alarms

    show(alarms.listed(engine_of(home), with_closed=all_), json_, _("no alarms"))


@alarms_app.command(
    "ack", epilog='Example: lensan alarms ack "report|week|2021-11-18|not delivered" --by "Trần B"'
)
def alarms_ack(
    key: Annotated[str, typer.Argument(help="Key of the alarm, as in the list.", metavar="KEY")],
    by: Annotated[str, typer.Option(help="Who takes it on.")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Take an alarm on: it is not told again."""
    from lensan.mail import alarms

    if not alarms.acknowledge(engine_of(home), key, by, moment=now()):
        fail(
            _("there is no alarm {key!r} that nobody has taken on; see: lensan alarms list").format(
                key=key
            )
        )
    show([{"alarm_key": key, "acknowledged_by": by}], json_, "")


@app.command(epilog="Examples: lensan doctor; lensan doctor --json")
def doctor(home: Home = None, json_: AsJson = False) -> None:
    """Check database, migrations, remote sources, SMTP, disk and clock, and say what to mend; ends
    with 1 when something must be mended. Fetches nothing and sends no mail."""
    from lensan.domain import contracts
    from lensan.operations import doctor
    from lensan.operations.running import airflow_home

    # A database that does not answer is a diagnosis, not an end.
    with contextlib.suppress(Exception):
        remote = [each.connection for each in contracts.remote_locations()]
        airflow_home.see_connections(settings(home), ["smtp_default", *remote])
    found = doctor.examine(settings(home), lambda: engine_of(home), moment=now())
    if json_:
        print(json.dumps([vars(diagnosis) for diagnosis in found], ensure_ascii=False, indent=1))
    else:
        for diagnosis in found:
            verdict = _("ok  ") if diagnosis.ok else _("MEND")
            print(f"{verdict}  {words.word(diagnosis.what)}: {diagnosis.found}")
            if not diagnosis.ok:
                print(_("      next step: {next_step}").format(next_step=diagnosis.next_step))
    if not all(diagnosis.ok for diagnosis in found):
        raise typer.Exit(1)
