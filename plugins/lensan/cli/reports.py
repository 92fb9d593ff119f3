"""What goes out: reports, their mails and who gets them."""

from __future__ import annotations

from typing import Annotated

import typer

from lensan import warehouse
from lensan.cli.shared import AsJson, Home, Month, Week, app, engine_of, period_of, show


@app.command(
    epilog="Examples: lensan report --week 2021-11-18; lensan report --month 2021-11 --json"
)
def report(
    week: Week = None, month: Month = None, home: Home = None, json_: AsJson = False
) -> None:
    """The published figures of a report (its last revision)."""
    period = period_of(week, month)
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection, "ops/summary_figures", report_kind=period.kind, period=period.name
        )
    if not found and not json_:
        print(f"{period} has not been published")
        raise typer.Exit(1)
    show(found, json_, "")


@app.command(epilog="Example: lensan deliver --week 2021-11-18")
def deliver(
    week: Week = None, month: Month = None, home: Home = None, json_: AsJson = False
) -> None:
    """The mails of a report with their states."""
    period = period_of(week, month)
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection, "ops/summary_deliveries", report_kind=period.kind, period=period.name
        )
    show(found, json_, f"no mail of {period} has been queued")


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

    engine = engine_of(home)
    try:
        if add:
            delivery.add_recipient(engine, kind, role, add)
        if remove and not delivery.remove_recipient(engine, kind, remove):
            raise typer.BadParameter(f"{remove} gets no {kind} report")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    show(delivery.recipients(engine), json_, "no recipients yet")
