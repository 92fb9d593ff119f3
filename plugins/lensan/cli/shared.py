"""What all commands share: the app, the home's warehouse, printing, periods."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from typer.core import TyperGroup

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.settings import settings

if TYPE_CHECKING:
    from lensan.mail.transport import Transport


class Commands(TyperGroup):
    """The commands; a server that does not answer ends one in a sentence, not in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; errors that people meet end in a sentence and the next step, not in a traceback."""
        from lensan.operations.running.embedded_postgres import NoHomeError, PostgresError

        try:
            return super().invoke(ctx)
        except (OperationalError, InterfaceError) as error:
            fail(
                f"the warehouse does not answer: {_said(error)}. Next step: lensan doctor, then start "
                "PostgreSQL (make warehouse for the home's own) or mend WAREHOUSE_URL"
            )
        except NoHomeError as error:
            fail(str(error))
        except PostgresError as error:
            fail(f"{error}. Next step: lensan doctor")


app = typer.Typer(
    name="lensan",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Báo cáo đưa hộ SXNN lên sàn TMĐT: files, figures, reports, deliveries of one home.",
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Home = Annotated[
    Path | None, typer.Option("--home", help="HOME_DIR (default: the environment's, else .lensan).")
]


def engine_of(home: Path | None) -> Engine:
    """The warehouse of WAREHOUSE_URL, else of the home's server; a home that is not there is not made."""
    url = os.environ.get("WAREHOUSE_URL")
    if not url:
        from lensan.operations.running import embedded_postgres

        server = embedded_postgres.reopen(settings(home))
        url = server.url("warehouse")
    engine = warehouse.connect(url)
    warehouse.migrate(engine)
    return engine


def smtp_of(home: Path | None) -> Transport:
    """The mail server that the home's reports go through; ends with status 1 where there is none."""
    from lensan.operations import connections
    from lensan.operations.running import airflow_home

    step = "Next step: set the Airflow connection smtp_default (or AIRFLOW_CONN_SMTP_DEFAULT)"
    try:
        airflow_home.see_connections(settings(home))
    except SQLAlchemyError as error:
        fail(f"no mail can go out: Airflow's database does not answer: {_said(error)}. {step}")
    try:
        return connections.smtp_server()
    except Exception as error:
        # Not its text: that of a connection that cannot be read may quote its password.
        fail(
            f"no mail can go out: there is no connection smtp_default ({type(error).__name__}). "
            f"{step}; for a try: make up"
        )


def _said(error: SQLAlchemyError) -> str:
    """The first line of what the driver says."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def plain(value: Any) -> Any:
    """A value as JSON and tables show it: numbers without a tail of zeros, moments as ISO text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def show(rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str) -> None:
    """Print rows as a table, or as JSON; ``empty`` stands where there are none."""
    rows = [{key: plain(value) for key, value in row.items()} for row in rows]
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    if not rows:
        print(empty)
        return
    cells = [["" if v is None else _short(str(v)) for v in row.values()] for row in rows]
    head = list(rows[0])
    widths = [max(len(row[i]) for row in [head, *cells]) for i in range(len(head))]
    for line in [head, *cells]:
        print(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        )


def _short(text: str) -> str:
    """Prose on one line, cut; a path or a hash is good for nothing unless it is whole."""
    text = text.replace("\n", " ")
    return text[:60] if " " in text else text


def period_of(week: str | None, month: str | None) -> periods.Period:
    """The period of --week or --month. Raises BadParameter unless one of them is given rightly."""
    if bool(week) == bool(month):
        raise typer.BadParameter("give --week 2021-11-18 or --month 2021-11, one of them")
    try:
        return periods.parse("week" if week else "month", week or month or "")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_period(kind: str, name: str) -> periods.Period:
    """The period of a kind and a name. Raises BadParameter saying what is expected."""
    try:
        return periods.parse(kind, name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_moment(text: str | None) -> datetime | None:
    """An ISO 8601 moment with its offset; one without could be anybody's."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no moment; write it like 2021-11-18T13:00+07:00"
        ) from error
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset; write it like {text}+07:00")
    return moment


def now() -> datetime:
    """The moment a command is given, in Asia/Ho_Chi_Minh: below the command line it is an argument."""
    return datetime.now(periods.ICT)


def who() -> str:
    """The operator: the account of the machine, of those who use sudo their own."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    print(message, file=sys.stderr)
    raise typer.Exit(1)


Kind = Annotated[str, typer.Argument(help="week or month", metavar="KIND")]
PeriodName = Annotated[
    str,
    typer.Argument(help="The due day, as 2021-11-18, or the month, as 2021-11", metavar="PERIOD"),
]
Week = Annotated[str | None, typer.Option("--week", help="Due day, as 2021-11-18.")]
Month = Annotated[str | None, typer.Option("--month", help="As 2021-11.")]
