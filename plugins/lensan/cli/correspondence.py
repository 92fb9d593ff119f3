"""Mails to the units: reminders, answers, and the ledger of all mails that are no reports."""

from __future__ import annotations

from datetime import datetime
from gettext import gettext as _
from typing import TYPE_CHECKING, Annotated

import typer

from lensan.cli.commands import Commands
from lensan.cli.shared import (
    AsJson,
    Home,
    app,
    engine_of,
    fail,
    now,
    show,
    smtp_of,
    unit_code,
    who,
)
from lensan.domain import periods, plans
from lensan.domain.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Engine


@app.command(
    epilog="Examples: lensan reminders; lensan reminders --send; lensan reminders --unit van-don --send"
)
def reminders(
    send: Annotated[bool, typer.Option("--send", help="Send them; else only show.")] = False,
    unit: Annotated[
        str | None,
        typer.Option(
            help="Only this one, as 203 or van-don: also once more, outside the schedule."
        ),
    ] = None,
    kind: Annotated[
        str, typer.Option(help="With --unit: of which report, week or month.")
    ] = "week",
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Which units would be reminded now, and at which address."""
    from lensan.intake import locations
    from lensan.units import reminders

    engine, moment = engine_of(home), now()
    if unit is not None:
        _remind_one(engine, kind, unit, moment, send=send, home=home, json_=json_)
        return
    known = locations.addresses(engine)
    found = []
    for of in plans.kinds():
        reminder = reminders.reminders_due(engine, of, moment=moment)
        if reminder is None:
            continue
        if send:
            board = settings(home).board
            reminders.remind(engine, smtp_of(home), reminder, moment=moment, board=board)
        found += [
            {
                "report": str(reminder.period),
                "reminder": reminder.number,
                "unit": missing,
                "addresses": ", ".join(str(r["address"]) for r in known if r["sender"] == missing)
                or (None if json_ else _("none: lensan addresses add")),
            }
            for missing in reminder.missing
        ]
    show(found, json_, _("nobody is to be reminded now"))


def _remind_one(
    engine: Engine, kind: str, unit: str, moment: datetime, *, send: bool, home: Home, json_: bool
) -> None:
    """Show or send the reminder of one unit; ends with 1 where there is a reason not to."""
    from lensan.units import phrases, reminders

    if kind not in plans.kinds():
        known = _(" or ").join(plans.kinds())
        raise typer.BadParameter(_("--kind is {kinds}").format(kinds=known))
    code = unit_code(unit, periods.owed(kind, moment).last_day)
    assert code is not None
    one = reminders.of_one_unit(engine, kind, code, moment=moment)
    period = one.reminder.period
    why_not = {
        "submitted": _("{name} has handed in for {period}"),
        "early": _("{period} is not reminded of before {first}"),
        "late": _("{period} is released since {release}: a reminder helps nobody any more"),
        "no_address": _(
            "{name} has no mail address; next step: lensan addresses add ADDRESS {unit}"
        ),
        "just_reminded": _("{name} was reminded at {last}; it can be again an hour later"),
    }.get(one.why_not or "")
    if why_not:
        fail(
            why_not.format(
                unit=code,
                name=phrases.sender_name(code),
                period=period,
                first=f"{period.reminders_at()[0]:%Y-%m-%d}",
                release=f"{period.automatic_release_at:%H:%M %Y-%m-%d}",
                last=one.last_at and f"{one.last_at.astimezone(periods.ICT):%H:%M}",
            )
        )
    sent = {}
    if send:
        board = settings(home).board
        found = reminders.remind_one(
            engine, smtp_of(home), one, by=who(), moment=moment, board=board
        )
        sent = {"state": ", ".join(sorted(found))}
    show(
        [{"report": str(period), "unit": code, "addresses": ", ".join(one.addresses), **sent}],
        json_,
        "",
    )
    if send and set(found) != {"sent"}:
        fail(_("not all of it has gone out; see: lensan notices list --kind reminder"))


notices_app = Commands()
app.add_typer(
    notices_app, name="notices", help="Reminders, answers, receipts, alarms by mail: list, resend."
)


@notices_app.command(
    "list", epilog="Examples: lensan notices list; lensan notices list --kind reminder --json"
)
def notices_list(
    kind: Annotated[
        str | None,
        typer.Option(
            help="reminder, feedback, receipt, unit_page, difficulty, glut or alarm; else all."
        ),
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
