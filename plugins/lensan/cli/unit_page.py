"""Each unit's own page of a published report: written into a folder, or mailed to those who asked for it."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from lensan.cli.commands import Commands
from lensan.cli.shared import (
    AsJson,
    Home,
    Kind,
    PeriodName,
    app,
    engine_of,
    fail,
    now,
    parse_period,
    show,
    smtp_of,
    unit_code,
)

_pages = Commands(help="Each unit's own page of a published report: write, send.")
app.add_typer(_pages, name="unit-page")


@_pages.command(
    epilog="Examples: lensan unit-page write week 2021-11-18 --out DIR; "
    "lensan unit-page write week 2021-11-18 --unit ha-long --out DIR"
)
def write(
    kind: Kind,
    period_name: PeriodName,
    out: Annotated[Path, typer.Option("--out", help="Folder for the pages.")],
    unit: Annotated[
        str | None, typer.Option(help="Only this unit, by code or name; default: all.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Write the pages as PDF, one a unit."""
    from lensan.reports import publishing
    from lensan.units import unit_page

    period = parse_period(kind, period_name)
    wanted = unit_code(unit, period.last_day)
    engine = engine_of(home)
    try:
        report, _files = publishing.load(engine, period)
    except LookupError as error:
        fail(str(error))
    out.mkdir(parents=True, exist_ok=True)
    rows, to_do = [], unit_page.to_do_of(engine, period, report.revision)
    for code, name in report.units:
        if wanted in (None, code):
            path = out / unit_page.file_name(period, code, report.revision)
            path.write_bytes(unit_page.build(engine, period, code, report.revision, to_do))
            rows.append({"unit": code, "name": name, "file": str(path)})
    show(rows, json_, _("the report has no such unit"))


@_pages.command(
    epilog="Example: lensan unit-page send week 2021-11-18",
)
def send(kind: Kind, period_name: PeriodName, home: Home = None, json_: AsJson = False) -> None:
    """Mail the pages of the last revision to the addresses that asked for them (lensan addresses page), each once."""
    from lensan.units import page_mails

    engine = engine_of(home)
    try:
        found = page_mails.send(
            engine, smtp_of(home), parse_period(kind, period_name), moment=now()
        )
    except LookupError as error:
        fail(str(error))
    rows = [{"state": state, "mails": many} for state, many in sorted(found.items())]
    show(
        rows,
        json_,
        _("no page is to be sent: all are out, or nobody asked for one (lensan addresses page)"),
    )
    if set(found) - {"sent"}:
        fail(_("not all of it has gone out; see: lensan notices list --kind unit_page"))
