"""Blank forms for the districts."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from lensan.cli.shared import (
    AsJson,
    Board,
    Home,
    Month,
    OfPlan,
    app,
    board_of,
    engine_of,
    now,
    period_of,
    show,
    unit_code,
)


@app.command(
    epilog="Examples: lensan forms 2021-11-18 --out bieu-mau; lensan forms --month 2021-11"
)
def forms(
    week: Annotated[str | None, typer.Argument(help="Due day, as 2021-11-18.")] = None,
    month: Month = None,
    plan: OfPlan = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="Only this unit, as 193; may be repeated.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The folder to write them to.")] = Path(),
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Write a blank form for each unit, prefilled with what it last declared."""
    from lensan.units import blank_forms

    period = period_of(week, month, plan)
    units = [str(unit_code(each, period.last_day)) for each in unit] if unit else None
    try:
        files = blank_forms.build_all(engine_of(home), period, units)
    except KeyError as error:
        raise typer.BadParameter(str(error.args[0])) from error
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
    show([{"file": str(out / name)} for name in files], json_, _("no unit reports then"))


@app.command(
    "form-link",
    epilog="Example: lensan form-link 2021-11-18 --unit ha-long --board https://lensan.example.vn/board",
)
def form_link(
    week: Annotated[str | None, typer.Argument(help="Due day, as 2021-11-18.")] = None,
    month: Month = None,
    plan: OfPlan = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="Only this unit, as 193; may be repeated.")
    ] = None,
    board: Board = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The links of units' forms on the phone: of one unit and period each, good for 14 days, without an account."""
    from lensan.units import blank_forms, phone_form

    period, engine = period_of(week, month, plan), engine_of(home)
    at = board_of(home, board)
    units = [str(unit_code(each, period.last_day)) for each in unit or ()]
    rows = [
        {
            "unit": code,
            "link": phone_form.address(engine, at, code, period, moment=now()),
        }
        for code in units or blank_forms.unit_codes(period)
    ]
    show(rows, json_, _("no unit reports then"))
