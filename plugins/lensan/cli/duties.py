"""The register of the plan's duties: who owes what, and which sentence of the plan says so."""

from __future__ import annotations

from datetime import timedelta
from gettext import gettext as _
from typing import Annotated

import typer

from lensan.cli.commands import Commands
from lensan.cli.shared import (
    AsJson,
    Home,
    app,
    engine_of,
    fail,
    now,
    parse_day,
    parse_moment,
    show,
    smtp_of,
    who,
)
from lensan.domain import duties
from lensan.domain.periods import ICT

_duties = Commands(help="Who owes what by the plan: list, plan, remind, note.")
app.add_typer(_duties, name="duties")


@_duties.command(
    "list",
    epilog="Examples: lensan duties list; lensan duties list --owed; lensan duties list --actor 193 --json",
)
def list_(
    owed: Annotated[bool, typer.Option("--owed", help="Only what has not been done.")] = False,
    actor: Annotated[
        str | None, typer.Option(help="Only this one: a unit's code or an actor's key.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="As it stood at a moment, as 2021-11-18T13:00+07:00.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """What each actor of the plan owes now, of the term that is asked for; state: done, late, open or missing."""
    from lensan.units import duties as standings

    moment = parse_moment(at) or now()
    on = moment.astimezone(ICT).date()
    rows = [
        {
            "actor": each.actor,
            "name": standings.actor_name(each.actor, on),
            "duty": each.duty.code,
            "term": each.term.name,
            "due_on": (each.term.due_at.astimezone(ICT) - timedelta(seconds=1)).date(),
            "state": each.state,
            "proved_at": each.proved_at,
            "detail": each.detail,
            "told_at": each.told_at,
        }
        for each in standings.matrix(engine_of(home), moment=moment)
        if actor in (None, each.actor) and (not owed or each.state in standings.OWED)
    ]
    show(rows, json_, _("nobody owes anything"))


@_duties.command("plan", epilog="Examples: lensan duties plan; lensan duties plan --json")
def plan(json_: AsJson = False) -> None:
    """The sentences of the plan with the duties that follow from each, or why none does."""
    rows = [
        {
            "at": each.at,
            "begins": each.begins,
            "duties": ", ".join(each.duties) or None,
            "why_none": each.why_none,
        }
        for each in duties.register().plan
    ]
    show(rows, json_, _("this province has no register of duties (duties.yml)"))


@_duties.command("remind", epilog="Examples: lensan duties remind; lensan duties remind --send")
def remind(
    send: Annotated[bool, typer.Option("--send", help="Send them; else only show.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Who would be told now what they owe, each of each term once; units get their forms by lensan reminders."""
    from lensan.intake import locations
    from lensan.units import duties as standings
    from lensan.units import duty_mails

    engine, moment = engine_of(home), now()
    known = locations.addresses(engine)
    rows = [
        {
            "actor": each.actor,
            "duty": each.duty.code,
            "term": each.term.name,
            "state": each.state,
            "addresses": ", ".join(str(r["address"]) for r in known if r["sender"] == each.actor)
            or (None if json_ else _("none: lensan addresses add")),
        }
        for each in standings.matrix(engine, moment=moment)
        if each.is_to_tell
    ]
    if send:
        found = duty_mails.remind(engine, smtp_of(home), moment=moment)
        if set(found) - {"sent", "told", "without_address"}:
            show(rows, json_, "")
            fail(_("not all of it has gone out; see: lensan notices list --kind reminder"))
    show(rows, json_, _("nobody is to be told anything now"))


@_duties.command(
    "note",
    epilog="Example: lensan duties note ke-hoach-dia-phuong 193 once --reference 12/KH-UBND --on 2021-11-10",
)
def note(
    duty: Annotated[str, typer.Argument(help="Code of the duty, as in the list.", metavar="DUTY")],
    actor: Annotated[str, typer.Argument(help="A unit's code or an actor's key.", metavar="ACTOR")],
    term: Annotated[
        str, typer.Argument(help="As in the list: 2021-11, 2021, once.", metavar="TERM")
    ],
    reference: Annotated[str, typer.Option(help="Number and symbol of the document; no names.")],
    on: Annotated[str, typer.Option(help="Day of the document, as 2021-11-10.")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Note the document by which something was done that no file proves."""
    from lensan.units import duties as standings

    day = parse_day(on)
    try:
        standings.note(
            engine_of(home),
            duty,
            actor,
            term,
            reference=reference,
            dated_on=day,
            by=who(),
            moment=now(),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    show([{"duty": duty, "actor": actor, "term": term, "reference": reference}], json_, "")
