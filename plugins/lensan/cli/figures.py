"""The figures of a period as they would be reported now: nothing is kept, published or mailed."""

from __future__ import annotations

import dataclasses
from gettext import gettext as _
from typing import Annotated, Any

import typer

from lensan import warehouse
from lensan.cli.shared import (
    AsJson,
    Home,
    Kind,
    PeriodName,
    app,
    engine_of,
    fail,
    parse_moment,
    parse_period,
    show,
    unit_code,
)
from lensan.domain import indicators
from lensan.domain.places import places
from lensan.domain.report_model import Figure
from lensan.figures import measuring

_IN_TEXT = ("indicator", "unit", "in_period", "in_period_2", "growth_pct", "cumulative", "cumulative_2", "base", "completion_pct", "channel", "note")  # fmt: skip


@app.command(
    "figures",
    epilog="Examples: lensan figures week 2021-11-18; lensan figures week 2021-11-18 --unit 193 "
    "--indicator II.1 --json; lensan figures month 2021-11 --unit 22",
)
def figures(
    kind: Kind,
    period_name: PeriodName,
    unit: Annotated[
        str | None,
        typer.Option(help="Only this unit, as 193; 22 is the province. Default: all of them."),
    ] = None,
    indicator: Annotated[
        list[str] | None, typer.Option(help="Only this one, as II.1; may be given again.")
    ] = None,
    as_known_at: Annotated[
        str | None,
        typer.Option(
            "--as-known-at",
            metavar="MOMENT",
            help="From what had arrived by then, as 2021-11-18T13:00+07:00; default: all that has.",
        ),
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Compute the figures of a week or month from what is in the warehouse; nothing is kept or published.

    In --json: in_period, previous, growth_pct, cumulative, base, target_share, completion_pct, channel, note,
    and the second parts in_period_2 and cumulative_2 of III.1, III.5 and IV.1.
    """
    period = parse_period(kind, period_name)
    unit = unit_code(unit, period.last_day)
    known = {each.code for each in indicators.indicators()}
    if wrong := set(indicator or ()) - known:
        fail(
            _("there is no indicator {wrong}; there are {known}").format(
                wrong=", ".join(sorted(wrong)), known=", ".join(sorted(known))
            )
        )
    known_at = parse_moment(as_known_at)
    with engine_of(home).begin() as connection, warehouse.as_known_at(connection, known_at):
        found = measuring.figures(connection, period, indicator)
    rows = [_row(figure) for figure in found if unit in (None, figure.unit)]
    if not json_:
        rows = [{name: row[name] for name in _IN_TEXT} for row in rows]
    show(rows, json_, _("{period} has no figures of unit {unit}").format(period=period, unit=unit))


def _row(figure: Figure) -> dict[str, Any]:
    names = {row["code"]: row["name"] for row in places().units}
    values = dataclasses.asdict(figure)
    code, of = values.pop("indicator"), values.pop("unit")
    return {"indicator": code, "unit": of, "name": names.get(of, of), **values}
