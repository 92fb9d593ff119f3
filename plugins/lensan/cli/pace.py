"""Who will meet the year's targets at the pace of late."""

from __future__ import annotations

from gettext import gettext as _
from typing import Annotated

import typer

from lensan.cli.shared import (
    AsJson,
    Home,
    Kind,
    PeriodName,
    app,
    engine_of,
    fail,
    parse_period,
    show,
    unit_code,
)
from lensan.domain.office import PROVINCE
from lensan.domain.places import places


@app.command(
    "pace",
    epilog="Examples: lensan pace week 2021-11-18; lensan pace week 2021-11-18 --unit all --late; "
    "lensan pace month 2021-11 --unit 193 --json",
)
def pace(
    kind: Kind,
    period_name: PeriodName,
    unit: Annotated[
        str, typer.Option(help="Code or name of a unit, as 193 or ha-long; 22: the province; all.")
    ] = PROVINCE,
    late: Annotated[
        bool, typer.Option("--late", help="Only who will miss the target, or has.")
    ] = False,
    now: Annotated[
        bool, typer.Option("--now", help="From what was computed last, not as it was published.")
    ] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """For each target what a week must bring to meet it by the end of its year, and what it brought of late.

    outlook: met, on_pace, behind (will miss it), missed, or too_short: too little is known to foretell.
    """
    from lensan.reports import pace as paces

    period = parse_period(kind, period_name)
    wanted = None if unit == "all" else unit_code(unit, period.last_day)
    with engine_of(home).begin() as connection:
        found = paces.of(connection, period, as_published=not now)
    if not found:
        fail(
            _(
                "{period} has no figures with a target; compute them: lensan report publish "
                "{kind} {period_name}"
            ).format(period=period, kind=kind, period_name=period_name)
        )
    names = {row["code"]: row["name"] for row in places().units}
    rows = [
        {"indicator": row["indicator"], "unit": row["unit"], "name": names.get(row["unit"], "")}
        | {key: value for key, value in row.items() if key not in ("indicator", "unit")}
        for row in found
        if wanted in (None, row["unit"]) and (not late or row["outlook"] in paces.LATE)
    ]
    show(rows, json_, _("nobody, as far as can be foretold"))
