"""What stewards and units have to do for households and products, derived from what has come in."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from lensan.cli.commands import Commands
from lensan.cli.shared import (
    AsJson,
    Home,
    app,
    engine_of,
    fail,
    first,
    now,
    parse_moment,
    show,
    unit_code,
)

_worklist = Commands(help="What is to be done for households and products: count, list, sheet.")
app.add_typer(_worklist, name="worklist")

At = Annotated[str | None, typer.Option(help="As known at a moment, as 2021-12-09T13:00+07:00.")]


@_worklist.command(
    epilog="Examples: lensan worklist count; lensan worklist count --at 2021-12-09T13:00+07:00 --json"
)
def count(at: At = None, home: Home = None, json_: AsJson = False) -> None:
    """How much is open by unit and kind, and how much was done in the week before; without names."""
    from lensan.units import worklist

    found = worklist.at(engine_of(home), moment=parse_moment(at) or now())
    show(found.counts(), json_, _("nothing is to be done"))


@_worklist.command(
    "list",
    epilog="Examples: lensan worklist list --unit ha-long; lensan worklist list --kind certificate_ending --json",
)
def list_(
    unit: Annotated[
        str | None, typer.Option(help="Only this unit, by code or name; default: all.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, as in the count.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    at: At = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """What is open, with names of people: for whoever may see them."""
    from lensan.units import worklist

    moment = parse_moment(at) or now()
    wanted = unit_code(unit, moment.date())
    if kind not in (None, *worklist.KINDS):
        raise typer.BadParameter(
            _("there is no kind {kind!r}; there are {kinds}").format(
                kind=kind, kinds=", ".join(worklist.KINDS)
            )
        )
    rows = [
        {key: value for key, value in each.items() if key != "is_done"}
        for each in worklist.at(engine_of(home), moment=moment).entries
        if wanted in (None, each["unit_code"]) and kind in (None, each["kind"])
    ]
    shown = rows if json_ else first(rows, limit)
    show(shown, json_, _("nothing is to be done"))


@_worklist.command(epilog="Example: lensan worklist sheet --unit ha-long --out viec-can-lam.xlsx")
def sheet(
    unit: Annotated[str, typer.Option(help="The unit, by code or name.")],
    out: Annotated[Path, typer.Option("--out", help="The workbook to write.")],
    at: At = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Write a unit's entries with names into a workbook, for that unit."""
    from lensan.units import duties, worklist

    moment = parse_moment(at) or now()
    code = unit_code(unit, moment.date())
    assert code is not None
    found = worklist.at(engine_of(home), moment=moment)
    entries = worklist.of_unit(found, code)
    if not entries:
        fail(_("nothing is to be done"))
    title = f"Việc cần làm – {duties.actor_name(code, moment.date())}"
    out.write_bytes(worklist.to_workbook(entries, title, found.day))
    show([{"unit": code, "entries": len(entries), "file": str(out)}], json_, "")
