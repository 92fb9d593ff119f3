"""The command `lensan`. Every command has --json for scripts; --help shows examples."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from lensan import periods, warehouse
from lensan.settings import settings

app = typer.Typer(
    name="lensan",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Báo cáo đưa hộ SXNN lên sàn TMĐT: files, figures, reports, deliveries of one home.",
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Home = Annotated[
    Path | None, typer.Option("--home", help="HOME_DIR (default: the environment's, else .lensan).")
]


def _engine(home: Path | None) -> Engine:
    """The warehouse of WAREHOUSE_URL, else of the home's running server."""
    url = os.environ.get("WAREHOUSE_URL")
    if not url:
        from lensan.running import embedded_postgres

        server = embedded_postgres.start(settings(home))
        url = server.url("warehouse")
    engine = warehouse.connect(url)
    warehouse.migrate(engine)
    return engine


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def _show(rows: Sequence[dict[str, Any]], as_json: bool, empty: str) -> None:
    rows = [{key: _plain(value) for key, value in row.items()} for row in rows]
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    if not rows:
        print(empty)
        return
    cells = [
        [("" if v is None else str(v)).replace("\n", " ") for v in row.values()] for row in rows
    ]
    head = list(rows[0])
    widths = [min(60, max(len(row[i]) for row in [head, *cells])) for i in range(len(head))]
    for line in [head, *cells]:
        print(
            "  ".join(
                text[:60].ljust(width) for text, width in zip(line, widths, strict=True)
            ).rstrip()
        )


def _period(week: str | None, month: str | None) -> periods.Period:
    if bool(week) == bool(month):
        raise typer.BadParameter("give --week 2021-11-18 or --month 2021-11, one of them")
    try:
        return periods.parse("week" if week else "month", week or month or "")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


Week = Annotated[str | None, typer.Option("--week", help="Due Thursday, as 2021-11-18.")]
Month = Annotated[str | None, typer.Option("--month", help="As 2021-11.")]


@app.command(epilog="Example: lensan status")
def status(home: Home = None, json_: AsJson = False) -> None:
    """Files by source and status, rows read and held back, last arrival."""
    with _engine(home).begin() as connection:
        _show(warehouse.rows(connection, "ops/status"), json_, "no file has arrived yet")


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
    with _engine(home).begin() as connection:
        found = warehouse.rows(connection, "ops/quarantine_list", source=source, with_closed=all_)
    _show(found, json_, "nothing is in quarantine")


@app.command(epilog="Examples: lensan units --week 2021-11-18; lensan units --month 2021-11 --json")
def units(week: Week = None, month: Month = None, home: Home = None, json_: AsJson = False) -> None:
    """Which unit has sent what for a week or month, and when."""
    period = _period(week, month)
    with _engine(home).begin() as connection:
        found = warehouse.rows(
            connection,
            "ops/units_submitted",
            report_kind=period.kind,
            period_start=period.start,
            last_day=period.last_day,
            due_at=period.due_at,
        )
    _show(found, json_, "no units")


@app.command(
    epilog="Examples: lensan report --week 2021-11-18; lensan report --month 2021-11 --json"
)
def report(
    week: Week = None, month: Month = None, home: Home = None, json_: AsJson = False
) -> None:
    """The published figures of a report (its last revision)."""
    period = _period(week, month)
    with _engine(home).begin() as connection:
        found = warehouse.rows(
            connection, "ops/summary_figures", report_kind=period.kind, period=period.name
        )
    if not found and not json_:
        print(f"{period} has not been published")
        raise typer.Exit(1)
    _show(found, json_, "")


@app.command(epilog="Example: lensan deliver --week 2021-11-18")
def deliver(
    week: Week = None, month: Month = None, home: Home = None, json_: AsJson = False
) -> None:
    """The mails of a report with their states."""
    period = _period(week, month)
    with _engine(home).begin() as connection:
        found = warehouse.rows(
            connection, "ops/summary_deliveries", report_kind=period.kind, period=period.name
        )
    _show(found, json_, f"no mail of {period} has been queued")


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
    _show([counts], json_, "")


@app.command(
    epilog="Examples: lensan recipients; lensan recipients --add lanh-dao@example.vn --kind week"
)
def recipients(
    add: Annotated[str | None, typer.Option(help="Address to add.")] = None,
    remove: Annotated[str | None, typer.Option(help="Address that gets no more mail.")] = None,
    kind: Annotated[str, typer.Option(help="week, month or alarm.")] = "week",
    role: Annotated[str, typer.Option(help="to, cc or bcc.")] = "to",
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Who gets which report by mail."""
    from lensan import delivery

    engine = _engine(home)
    try:
        if add:
            delivery.add_recipient(engine, kind, role, add)
        if remove and not delivery.remove_recipient(engine, kind, remove):
            raise typer.BadParameter(f"{remove} gets no {kind} report")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    _show(delivery.recipients(engine), json_, "no recipients yet")


def main() -> int:
    app()
    return 0


if __name__ == "__main__":
    sys.exit(main())
