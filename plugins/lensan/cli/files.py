"""What came in: files, quarantine, units, and invented samples."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path
from typing import Annotated

import typer

from lensan import warehouse
from lensan.cli.commands import Commands
from lensan.cli.shared import (
    AsJson,
    Home,
    Month,
    OfPlan,
    Week,
    app,
    engine_of,
    fail,
    first,
    period_of,
    plain,
    show,
    unit_code,
)
from lensan.domain import csv_text


@app.command(epilog="Example: lensan status")
def status(home: Home = None, json_: AsJson = False) -> None:
    """Files by source and status, rows read and held back, last arrival."""
    with engine_of(home).begin() as connection:
        show(warehouse.rows(connection, "cli/files/status"), json_, _("no file has arrived yet"))


@app.command(
    "files",
    epilog="Examples: lensan files --status rejected; lensan files --source districts --unit 202",
)
def files_(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    unit: Annotated[str | None, typer.Option(help="Only files of this unit, as 193.")] = None,
    status_: Annotated[
        str | None, typer.Option("--status", help="received, loaded, rejected or duplicate.")
    ] = None,
    most: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 50,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Files with their numbers, newest first, and why one was rejected. Names may be personal: stewards only."""
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection,
            "cli/files/files",
            source=source,
            unit=unit_code(unit),
            status=status_,
            most=most + 1,
        )
    show(first(found, most), json_, _("no such file has arrived"))


quarantine_app = Commands()
app.add_typer(
    quarantine_app,
    name="quarantine",
    help="Rows held back: list, show, export. Shows personal data: stewards only.",
)

Source = Annotated[str | None, typer.Option(help="Only this source.")]
Unit = Annotated[str | None, typer.Option(help="Only files of this unit, as 193.")]
All = Annotated[bool, typer.Option("--all", help="Settled entries too.")]


@quarantine_app.command(
    "list",
    epilog="Examples: lensan quarantine list; lensan quarantine list --source districts --all --json",
)
def quarantine_list(
    source: Source = None,
    unit: Unit = None,
    all_: All = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Rows held back: file, sheet, row, field, what is wrong."""
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection,
            "cli/files/quarantine_list",
            source=source,
            unit=unit_code(unit),
            with_closed=all_,
        )
    show(found, json_, _("nothing is in quarantine"))


@quarantine_app.command("show", epilog="Example: lensan quarantine show 17")
def quarantine_show(
    quarantine_id: Annotated[int, typer.Argument(help="Number of the entry, as in the list.")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """One entry with its whole row as read, and what became of it."""
    with engine_of(home).begin() as connection:
        found = warehouse.rows(connection, "cli/files/quarantine_show", quarantine_id=quarantine_id)
    if not found:
        fail(
            _(
                "there is no quarantine entry {quarantine_id}; see: lensan quarantine list --all"
            ).format(quarantine_id=quarantine_id)
        )
    entry = dict(found[0])
    cells = dict(zip(entry.pop("headers") or (), entry.pop("cells") or (), strict=False))
    if json_:
        show([{**entry, "row": cells}], True, "")
        return
    for part in (entry, cells):
        for key, value in part.items():
            print(f"{key}: {'' if value is None else plain(value)}")
        print()


@quarantine_app.command(
    "export", epilog="Example: lensan quarantine export held-back.csv --source districts"
)
def quarantine_export(
    out: Annotated[Path, typer.Argument(help="The CSV to write (UTF-8 with BOM, for Excel).")],
    source: Source = None,
    unit: Unit = None,
    all_: All = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The list as CSV. Cells that a spreadsheet would run get a ' before them."""
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection,
            "cli/files/quarantine_list",
            source=source,
            unit=unit_code(unit),
            with_closed=all_,
        )
    out.write_text(csv_text.as_csv(found), encoding="utf-8-sig")
    show([{"file": str(out), "entries": len(found)}], json_, "")


@app.command(epilog="Examples: lensan units --week 2021-11-18; lensan units --month 2021-11 --json")
def units(
    week: Week = None,
    month: Month = None,
    plan: OfPlan = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Which unit has sent what for a week or month, and when."""
    period = period_of(week, month, plan)
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection,
            "units/reminders/units_submitted",
            report_kind=period.kind,
            period_start=period.start,
            last_day=period.last_day,
        )
    show(found, json_, _("no units"))


@app.command(
    epilog="Examples: lensan samples ./landing; lensan samples ./big --order-lines 1000000 --clean"
)
def samples(
    out: Annotated[Path, typer.Argument(help="The landing root to write.")],
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 1,
    weeks: Annotated[int, typer.Option(help="Reporting weeks.")] = 8,
    order_lines: Annotated[
        int, typer.Option(help="Order lines in all; people grow with them.")
    ] = 3000,
    clean: Annotated[
        bool, typer.Option("--clean", help="Canonical spellings, no bad rows.")
    ] = False,
    json_: AsJson = False,
) -> None:
    """Write a landing root of invented inputs: all sources, by default with all their mess."""
    from lensan import samples as generator

    if out.exists() and any(out.iterdir()):
        raise typer.BadParameter(_("{out} is not empty; give a new folder").format(out=out))
    written = generator.write(out, seed=seed, weeks=weeks, order_lines=order_lines, mess=not clean)
    counts = {"folder": str(out), "files": len(written.files), "bad_rows": len(written.bad_rows)}
    show([counts], json_, "")
