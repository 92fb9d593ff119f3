"""What came in: files, quarantine, units, and invented samples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lensan import warehouse
from lensan.cli.shared import AsJson, Home, Month, Week, app, engine_of, period_of, show


@app.command(epilog="Example: lensan status")
def status(home: Home = None, json_: AsJson = False) -> None:
    """Files by source and status, rows read and held back, last arrival."""
    with engine_of(home).begin() as connection:
        show(warehouse.rows(connection, "ops/status"), json_, "no file has arrived yet")


@app.command(
    epilog="Examples: lensan quarantine; lensan quarantine --source districts --all --json"
)
def quarantine(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Settled entries too.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Rows held back: file, sheet, row, field, what is wrong. Shows personal data: stewards only."""
    with engine_of(home).begin() as connection:
        found = warehouse.rows(connection, "ops/quarantine_list", source=source, with_closed=all_)
    show(found, json_, "nothing is in quarantine")


@app.command(epilog="Examples: lensan units --week 2021-11-18; lensan units --month 2021-11 --json")
def units(week: Week = None, month: Month = None, home: Home = None, json_: AsJson = False) -> None:
    """Which unit has sent what for a week or month, and when."""
    period = period_of(week, month)
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection,
            "ops/units_submitted",
            report_kind=period.kind,
            period_start=period.start,
            last_day=period.last_day,
            due_at=period.due_at,
        )
    show(found, json_, "no units")


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
        raise typer.BadParameter(f"{out} is not empty; give a new folder")
    written = generator.write(out, seed=seed, weeks=weeks, order_lines=order_lines, mess=not clean)
    counts = {"folder": str(out), "files": len(written.files), "bad_rows": len(written.bad_rows)}
    show([counts], json_, "")
