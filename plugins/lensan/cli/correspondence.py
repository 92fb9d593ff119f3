"""Mails to the units: reminders, answers, and the ledger of all mails that are no reports."""

from __future__ import annotations

from gettext import gettext as _
from typing import Annotated

import typer

from lensan.cli.commands import Commands
from lensan.cli.shared import AsJson, Home, app, engine_of, fail, now, show, smtp_of
from lensan.domain.periods import Kind


@app.command(epilog="Examples: lensan reminders; lensan reminders --send")
def reminders(
    send: Annotated[bool, typer.Option("--send", help="Send them; else only show.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Which units would be reminded now, and at which address."""
    from lensan.intake import locations
    from lensan.units import reminders

    engine, moment = engine_of(home), now()
    known = locations.addresses(engine)
    found = []
    kinds: tuple[Kind, ...] = ("week", "month")
    for kind in kinds:
        reminder = reminders.reminders_due(engine, kind, moment=moment)
        if reminder is None:
            continue
        if send:
            reminders.remind(engine, smtp_of(home), reminder, moment=moment)
        found += [
            {
                "report": str(reminder.period),
                "reminder": reminder.number,
                "unit": unit_code,
                "addresses": ", ".join(str(r["address"]) for r in known if r["sender"] == unit_code)
                or "none: lensan addresses add",
            }
            for unit_code in reminder.missing
        ]
    show(found, json_, _("nobody is to be reminded now"))


notices_app = Commands()
app.add_typer(
    notices_app, name="notices", help="Reminders, answers, receipts, alarms by mail: list, resend."
)


@notices_app.command(
    "list", epilog="Examples: lensan notices list; lensan notices list --kind reminder --json"
)
def notices_list(
    kind: Annotated[
        str | None, typer.Option(help="reminder, feedback, receipt or alarm; else all.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Every such mail with its state, newest first."""
    from lensan.mail import ledger

    show(ledger.notices(engine_of(home), kind), json_, _("no such mails yet"))


@notices_app.command(
    "resend", epilog='Example: lensan notices resend "reminder|week|2021-11-18|193|1|a@example.vn"'
)
def notices_resend(
    key: Annotated[str, typer.Argument(help="Its key, as in the list.", metavar="KEY")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Let one that failed, or whose outcome is unknown, go out again with the next run of its kind."""
    from lensan.mail import ledger

    if not ledger.resend_notice(engine_of(home), key, moment=now()):
        fail(
            _("there is no failed or unknown mail {key!r}; see: lensan notices list").format(
                key=key
            )
        )
    show([{"notice_key": key, "state": "pending"}], json_, "")
