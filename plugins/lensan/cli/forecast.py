"""Surpluses of the weeks ahead, and how good earlier forecasts of them were."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from gettext import gettext as _
from typing import Annotated, Any

import typer

from lensan import warehouse
from lensan.cli.commands import Commands
from lensan.cli.shared import (
    AsJson,
    Board,
    Home,
    app,
    board_of,
    engine_of,
    fail,
    now,
    parse_moment,
    show,
    unit_code,
    who,
)
from lensan.domain import periods
from lensan.domain.places import places
from lensan.forecast import forecasting
from lensan.forecast.forecasting import Judgement, Outlook, Replay

forecast_app = Commands(no_args_is_help=False)
app.add_typer(
    forecast_app,
    name="forecast",
)
AsKnownAt = Annotated[
    str | None,
    typer.Option(
        "--as-known-at",
        metavar="MOMENT",
        help="From what had arrived by then, as 2021-11-18T13:00+07:00; default: all that has.",
    ),
]


@forecast_app.callback(
    invoke_without_command=True,
    epilog="Examples: lensan forecast; lensan forecast --unit 193 --as-known-at 2023-05-04T11:00+07:00 --json; "
    "lensan forecast backtest",
)
def forecast(
    context: typer.Context,
    unit: Annotated[str | None, typer.Option(help="Only this unit, as 193.")] = None,
    as_known_at: AsKnownAt = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """What is harvested, sold and left over in the eight weeks ahead, of each key product and unit.

    state: forecast; no_calendar, short_history, off_season or switched_off (it has been worse than the
    calendar alone): then nothing is guessed. In --json also each week, and the 80 % intervals.
    """
    if context.invoked_subcommand:
        return
    replay = _replay(home, as_known_at)
    code = unit_code(unit, replay.history.edge(replay.edges[-1]))
    found = [each for each in forecasting.outlooks(replay) if code in (None, each.unit)]
    show(
        [_whole(each) if json_ else _line(each) for each in found],
        json_,
        _("no harvest calendar has a key product of these units"),
    )


@forecast_app.command(
    "backtest",
    epilog="Examples: lensan forecast backtest; lensan forecast backtest --as-known-at 2023-05-04T11:00+07:00 --json",
)
def backtest(as_known_at: AsKnownAt = None, home: Home = None, json_: AsJson = False) -> None:
    """Warnings of the last two years, each from what was known then, against the gluts that came.

    A glut: two weeks of a harvest with the market's price below the price frame. warned: three weeks or more
    before it began. Beside the forecast: the calendar alone, last year's week, the market's price alone.
    cost: three for a glut not warned of, one for an alert without a glut. coverage: of the 80 % intervals.
    What is found is kept for the board.
    """
    from lensan.units import backtests

    found = backtests.compute(
        engine_of(home), known_at=parse_moment(as_known_at), moment=now()
    ).judgements
    rows = [dataclasses.asdict(each) for each in found]
    if not json_:
        rows = [_rated(each) for each in found]
    show(rows, json_, _("no harvest calendar has a key product of these units"))


@forecast_app.command(
    "effect",
    epilog="Examples: lensan forecast effect; lensan forecast effect --as-known-at 2023-05-04T11:00+07:00 --json",
)
def effect(as_known_at: AsKnownAt = None, home: Home = None, json_: AsJson = False) -> None:
    """What the platforms sold more of harvests with an alert than of others, with its 99 % interval.

    Of harvests of the last two years that are over, the share sold around the largest week beside the share of the
    year before; larger harvests beside larger ones, of one product. verdict: effect; no_effect: none can be claimed;
    too_few: fewer than eight harvests with an alert, or without.
    """
    from lensan.forecast import effect as effects
    from lensan.units import glut_alerts

    replay = _replay(home, as_known_at)
    found = effects.effect(replay, glut_alerts.given(engine_of(home), replay.history))
    row: dict[str, Any] = {
        "verdict": found.state,
        "with_alert": found.alerted,
        "without": found.compared,
    }
    for name in ("share", "low", "high"):
        value = getattr(found, name)
        row[f"more_sold_pct{'' if name == 'share' else '_' + name}"] = (
            None if value is None else round(100 * value, 1)
        )
    show([row], json_, "")


@forecast_app.command(
    "alerts", epilog="Examples: lensan forecast alerts; lensan forecast alerts --all --json"
)
def alerts(
    all_: Annotated[bool, typer.Option("--all", help="Also those that are closed.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Alerts that published weekly reports gave: peak, how sure, how much, who has taken them in hand.

    outcome of what is closed: glut (the market's price fell below its frame), none, or unknown.
    """
    from lensan.units import glut_alerts

    rows = [
        {
            "alert_id": row["alert_id"],
            "unit": places().unit_name(row["unit_code"]),
            "product": row["product"],
            "alert_since": row["warned_on"],
            "peak_week": row["peak_on"],
            "chance_pct": row["chance_pct"],
            "tonnes_left_over": row["unsold"],
            "storage_tonnes": row["promised"].storage,
            "transport_tonnes_week": row["promised"].transport,
            "acknowledged": ", ".join(each["actor"] for each in row["answers"]) or None,
            "asked": ", ".join(row["asked"]),
            "outcome": row["outcome"],
        }
        for row in glut_alerts.listed(engine_of(home))
        if all_ or row["closed_at"] is None
    ]
    show(rows, json_, _("no alert stands"))


@forecast_app.command(
    "acknowledge",
    epilog='Example: lensan forecast acknowledge 4 so-cong-thuong "Đã mời ba siêu thị"',
)
def acknowledge(
    number: Annotated[int, typer.Argument(help="Number of the alert.", metavar="ALERT")],
    actor: Annotated[str, typer.Argument(help="A unit's code or an actor's key.", metavar="ACTOR")],
    said: Annotated[str, typer.Argument(help="What is being done.", metavar="TEXT")] = "",
    storage: Annotated[
        float | None, typer.Option(help="Tonnes that an enterprise promises to store.")
    ] = None,
    transport: Annotated[
        float | None, typer.Option(help="Tonnes a week that it promises to carry.")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Note that who was asked has taken an alert in hand; the last word of each holds."""
    from lensan.units import glut_alerts

    promise = glut_alerts.Promise(
        *(None if each is None else Decimal(str(each)) for each in (storage, transport))
    )

    try:
        glut_alerts.acknowledge(
            engine_of(home), number, actor, said, promise, by=who(), moment=now()
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    except LookupError as error:
        fail(str(error.args[0]))
    show([{"alert_id": number, "actor": actor}], json_, "")


@forecast_app.command(
    "promise-link",
    epilog="Example: lensan forecast promise-link buu-dien-tinh --board https://lensan.example.vn/board",
)
def promise_link(
    actor: Annotated[str, typer.Argument(help="An enterprise's key.", metavar="ENTERPRISE")],
    board: Board = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """The link of an enterprise's form of what it stores and carries for the alerts that stand; without an account."""
    from lensan.units import glut_alerts, promise_form

    if actor not in glut_alerts.enterprises():
        raise typer.BadParameter(
            _("{actor!r} is no enterprise; those are {known}").format(
                actor=actor, known=", ".join(sorted(glut_alerts.enterprises()))
            )
        )
    at = board_of(home, board)
    link = promise_form.address(engine_of(home), at, actor, moment=now())
    show([{"actor": actor, "link": link}], json_, "")


def _replay(home: Home, as_known_at: str | None) -> Replay:
    known_at = parse_moment(as_known_at)
    period = periods.due_at_or_before("week", known_at or now())
    with engine_of(home).begin() as connection, warehouse.as_known_at(connection, known_at):
        return forecasting.replay_of(connection, period)


def _whole(each: Outlook) -> dict[str, Any]:
    weeks = [
        {"week": week.begins_on.isoformat()}
        | {k: v for k, v in week._asdict().items() if k != "begins_on"}
        for week in each.weeks
    ]
    return dataclasses.asdict(each) | {"weeks": weeks}


def _line(each: Outlook) -> dict[str, Any]:
    return {
        "unit": places().unit_name(each.unit),
        "product": each.name,
        "state": each.state,
        "chance_pct": None if each.chance is None else round(100 * each.chance),
        "peak_week": each.peak,
        "tonnes_left_over": each.unsold,
        "interval": None
        if each.unsold_low is None
        else f"{each.unsold_low:g}-{each.unsold_high:g}",
        "alert_since": each.warned_on,
    }


def _rated(each: Judgement) -> dict[str, Any]:
    return {
        "product": each.product,
        "method": each.method,
        "gluts": each.gluts,
        "warned": each.warned,
        "recall": each.recall,
        "alerts": each.alerts,
        "precision": each.precision,
        "lead_weeks": each.lead_weeks,
        "coverage": each.coverage,
        "cost": each.cost,
        "is_off": each.is_off,
    }
