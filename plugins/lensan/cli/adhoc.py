"""Ad-hoc reports: any days, units and indicators, numbered and frozen."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
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
    now,
    parse_day,
    show,
    smtp_of,
    unit_code,
    who,
)
from lensan.domain import periods
from lensan.domain.settings import settings

adhoc_app = Commands()
app.add_typer(adhoc_app, name="adhoc", help="Ad-hoc reports: new, list, show, trace, mail.")
Number = Annotated[str, typer.Argument(help="As adhoc list shows it, as 2021-3.", metavar="NUMBER")]


@adhoc_app.command(
    "new",
    epilog='Examples: lensan adhoc new --from 2021-11-03 --to 2021-11-17 --title "Hai tuần đầu tháng 11" '
    '--reason "UBND tỉnh yêu cầu"; lensan adhoc new --from 2021-11-01 --to 2021-11-11 --unit 193 '
    '--indicator II.3 --indicator III.2 --title "Hạ Long" --reason "họp giao ban" --mail ubnd@example.vn',
)
def new(
    first: Annotated[str, typer.Option("--from", help="The first day, as 2021-11-03.")],
    to: Annotated[str, typer.Option("--to", help="The day after the last day, as 2021-11-17.")],
    title: Annotated[str, typer.Option(help="What it is called; printed.")],
    reason: Annotated[str, typer.Option(help="Why it is made; printed and kept.")],
    unit: Annotated[
        list[str] | None, typer.Option(help="Only this unit; may be given again. Default: all.")
    ] = None,
    indicator: Annotated[
        list[str] | None, typer.Option(help="Only this one, as II.1; may be given again.")
    ] = None,
    mail: Annotated[
        list[str] | None,
        typer.Option(help="Mail it to this address; may be given again. Default: to nobody."),
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Compute, number and freeze a report of any days, with workbook and PDF in the office's form.

    Nobody gets it by mail unless --mail names them.
    """
    from lensan.reports import adhoc

    moment = now()
    try:
        period = periods.span(parse_day(first), parse_day(to))
        last_day = period.end - timedelta(days=1)
        units = [unit_code(each, last_day) or "" for each in unit or ()]
        asked = adhoc.request(
            period, title=title, reason=reason, units=units, indicators=indicator or (), moment=moment
        )  # fmt: skip
        made = adhoc.make(engine_of(home), asked, settings(home).reports, moment=moment, by=who())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except LookupError as error:
        fail(str(error.args[0]))
    folder = adhoc.folder_of(settings(home).reports, made.number)
    show([{"number": made.number, "file": str(folder / name)} for name in made.files], json_, "")
    if mail:
        _send(home, made.number, mail, json_=False)


@adhoc_app.command("list", epilog="Example: lensan adhoc list")
def listed(home: Home = None, json_: AsJson = False) -> None:
    """The ad-hoc reports that were made, newest first."""
    from lensan.reports import adhoc

    with engine_of(home).begin() as connection:
        found = adhoc.listed(connection)
    rows = [
        {
            "number": row["number"],
            "first_day": row["period_start"],
            "last_day": row["period_end"] - timedelta(days=1),
            "title": row["title"],
            "reason": row["reason"],
            "asked_by": row["asked_by"],
            "published_at": row["published_at"],
        }
        for row in found
    ]
    show(rows, json_, _("no ad-hoc report yet"))


@adhoc_app.command(
    "show", epilog="Examples: lensan adhoc show 2021-1; lensan adhoc show 2021-1 --out ./dot-xuat"
)
def shown(
    number: Number,
    out: Annotated[Path | None, typer.Option(help="Folder to write its files to.")] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The figures of an ad-hoc report as it was frozen."""
    from lensan.reports import adhoc, wording

    try:
        made = adhoc.load(engine_of(home), number)
    except LookupError as error:
        fail(str(error.args[0]))
    if out:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in made.files.items():
            (out / name).write_bytes(content)
    names = dict(wording.places(made.report))
    rows = [
        {"indicator": figure.indicator, "unit": figure.unit, "name": names.get(figure.unit, "")}
        | {
            key: value
            for key, value in dataclasses.asdict(figure).items()
            if key not in ("indicator", "unit", "target_share", "note", "previous")
        }
        for figure in made.report.figures
        if json_ or figure.unit == made.report.whole
    ]
    show(rows, json_, "")


@adhoc_app.command(
    "trace",
    epilog="Examples: lensan adhoc trace 2021-1 II.3; lensan adhoc trace 2021-1 II.3 --unit 193",
)
def traced(
    number: Number,
    indicator: Annotated[str, typer.Argument(help="As II.3", metavar="INDICATOR")],
    unit: Annotated[
        str | None, typer.Option(help="Code or name; default: whose the form is.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The records behind a figure of an ad-hoc report, each with its file, sheet and row."""
    from lensan.reports import adhoc, tracing

    engine = engine_of(home)
    try:
        found = adhoc.trace(engine, number, indicator, unit=unit_code(unit))
    except LookupError as error:
        fail(str(error.args[0]))
    if not json_:
        print("\n".join([*tracing.heading(found), ""]))
    show(
        [
            dataclasses.asdict(record)
            if json_
            else {name: tracing.shown(name, getattr(record, name)) for name in tracing.COLUMNS}
            for record in found.records
        ],
        json_,
        _("no records"),
    )


@adhoc_app.command("mail", epilog="Example: lensan adhoc mail 2021-1 ubnd@example.vn")
def mailed(
    number: Number,
    address: Annotated[list[str], typer.Argument(help="Who gets it.", metavar="ADDRESS")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Mail an ad-hoc report, once to each address."""
    _send(home, number, address, json_=json_)


def _send(home: Path | None, number: str, addresses: list[str], *, json_: bool) -> None:
    from lensan.mail import adhoc_mail

    try:
        states = adhoc_mail.send(
            engine_of(home), smtp_of(home), number, addresses, moment=now(), by=who()
        )
    except LookupError as error:
        fail(str(error.args[0]))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    show([{"recipient": key, "state": state} for key, state in states.items()], json_, "")
    if set(states.values()) - {"sent"}:
        fail(_("not every mail has gone out; again: lensan adhoc mail {number} ADDRESS").format(number=number))  # fmt: skip
