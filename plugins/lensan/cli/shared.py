"""What all commands share: the app, the home's warehouse, printing, periods.

The calendar is imported where a command asks for it: ``--help`` reads no file.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from gettext import gettext as _
from gettext import pgettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

import lensan
from lensan.cli import words
from lensan.cli.commands import Commands, Root
from lensan.domain.settings import settings

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.exc import SQLAlchemyError

    from lensan.domain.periods import Period
    from lensan.mail.transport import Transport


class Lensan(Root):
    """`lensan`; a server that does not answer ends it in a sentence, not in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; errors that people meet end in a sentence and the next step."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            _end(error)
            raise


def _end(error: Exception) -> None:
    """End with the sentence for an error that operators mend; of any other nothing is said."""
    if "lensan.domain.yaml_file" in sys.modules:
        from lensan.domain.yaml_file import Slips

        if isinstance(error, Slips):
            fail(
                _("{what}\nNext step: mend the file, then lensan province check").format(what=error)
            )
    if "sqlalchemy" not in sys.modules:
        return
    from sqlalchemy.exc import InterfaceError, OperationalError

    from lensan.operations.running.embedded_postgres import NoHomeError, PostgresError

    if isinstance(error, OperationalError | InterfaceError):
        fail(
            _(
                "the warehouse does not answer: {why}. Next step: lensan doctor, then start PostgreSQL "
                "(make warehouse for the home's own) or mend WAREHOUSE_URL"
            ).format(why=_said(error))
        )
    if isinstance(error, NoHomeError):
        fail(str(error))
    if isinstance(error, PostgresError):
        fail(_("{why}. Next step: lensan doctor").format(why=error))


app = Commands(
    name="lensan",
    cls=Lensan,
    help="Files, figures, reports and mails of Lên Sàn, of one home.",
)


def _version(asked: bool) -> None:
    if asked:
        print(f"lensan {lensan.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Files, figures, reports and mails of Lên Sàn, of one home."""


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Home = Annotated[
    Path | None, typer.Option("--home", help="HOME_DIR (default: the environment's, else .lensan).")
]


def engine_of(home: Path | None) -> Engine:
    """The warehouse of WAREHOUSE_URL, else of the home's server; a home that is not there is not made."""
    from lensan import warehouse

    url = os.environ.get("WAREHOUSE_URL")
    if not url:
        from lensan.operations.running import embedded_postgres

        server = embedded_postgres.reopen(settings(home))
        url = server.url("warehouse")
    engine = warehouse.connect(url)
    warehouse.migrate(engine)
    return engine


def board_of(home: Path | None, given: str | None) -> str:
    """The address of the board as others reach it: as given, else the home's; empty where nothing says it."""
    return settings(home).board or "" if given is None else given


def smtp_of(home: Path | None) -> Transport:
    """The mail server that the home's reports go through; ends with status 1 where there is none."""
    from sqlalchemy.exc import SQLAlchemyError

    from lensan.operations import connections
    from lensan.operations.running import airflow_home

    step = _("Next step: set the Airflow connection smtp_default (or AIRFLOW_CONN_SMTP_DEFAULT)")
    try:
        airflow_home.see_connections(settings(home))
    except SQLAlchemyError as error:
        fail(
            _("no mail can go out: Airflow's database does not answer: {why}. {step}").format(
                why=_said(error), step=step
            )
        )
    try:
        return connections.smtp_server()
    except Exception as error:
        # Not its text: that of a connection that cannot be read may quote its password.
        fail(
            _(
                "no mail can go out: there is no connection smtp_default ({kind}). {step}; for a try: make up"
            ).format(kind=type(error).__name__, step=step)
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


def verdict(text: str, as_json: bool) -> None:
    """The one sentence that a command ends with: whether it is well. Not part of its JSON."""
    if not as_json:
        print(text)


_WORDED = {
    "state",
    "status",
    "verdict",
    "severity",
    "mended_by",
    "channel",
    "report_kind",
    "outlook",
    "method",
}
"""Columns of words of ours; what stands in others may be anybody's."""
_WHOLE = {"by_files", "link", "missing", "sha256", "trace"}
"""Columns that are good for nothing where they are cut."""


def show(rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str) -> None:
    """Print rows as a table, or as JSON; ``empty`` stands where there are none."""
    if as_json:
        found = [{key: plain(value) for key, value in row.items()} for row in rows]
        json.dump(found, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    if not rows:
        print(empty)
        return
    cells = [[_cell(key, value) for key, value in row.items()] for row in rows]
    head = [pgettext("column", name) for name in rows[0]]
    widths = [max(len(row[i]) for row in [head, *cells]) for i in range(len(head))]
    for line in [head, *cells]:
        print(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        )


def _cell(column: str, value: Any) -> str:
    """A value as a table shows it: moments to the minute, in Asia/Ho_Chi_Minh."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        from lensan.domain import periods

        return f"{value.astimezone(periods.ICT):%Y-%m-%d %H:%M}"
    if column in _WHOLE:
        return str(value)
    return _short(words.word(value) if column in _WORDED else str(plain(value)))


def _short(text: str) -> str:
    """Prose on one line, cut with an ellipsis; a path or a hash is good for nothing unless it is whole."""
    text = text.replace("\n", " ")
    return f"{text[:59]}…" if " " in text and len(text) > 60 else text


def period_of(week: str | None, month: str | None, plan: str | None = None) -> Period:
    """The period of --week or --month, and of which plan. Raises BadParameter unless one of them is given rightly."""
    from lensan.domain import periods, plans

    if bool(week) == bool(month):
        raise typer.BadParameter(_("give --week 2021-11-18 or --month 2021-11, one of them"))
    try:
        kind = plans.kind("week" if week else "month", plan or "")
        return periods.parse(kind, week or month or "")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_period(kind: str, name: str) -> Period:
    """The period of a kind and a name. Raises BadParameter saying what is expected."""
    from lensan.domain import periods

    try:
        return periods.parse(kind, name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def unit_code(  # noqa: RET503  (fail ends it)
    text: str | None, on: date | None = None
) -> str | None:
    """The code of a unit given by its code or name (193, ha-long, Hạ Long; 22 or the province's name), as it is
    called on a day; without one as it was called first.
    Ends the command with the list of units for any other; None stays None."""
    if text is None:
        return None
    from lensan.domain.office import PROVINCE
    from lensan.domain.places import places

    codes = {row["code"]: row["name"] for row in places().units}
    found = places().match_unit(text.replace("-", " "), on).value
    if text in (PROVINCE, *codes):
        return text
    if found is not None:
        return str(found)
    units = ", ".join(f"{code} {name}" for code, name in sorted(codes.items()))
    fail(
        _("there is no unit {text!r}; there are {units}, and {province} for the province").format(
            text=text, units=units, province=PROVINCE
        )
    )


def first(rows: Sequence[Mapping[str, Any]], most: int | None) -> Sequence[Mapping[str, Any]]:
    """The first ``most`` rows of a list that was asked for one more; says so where it is cut."""
    if most is None or len(rows) <= most:
        return rows
    print(
        _("only the first {most} are shown; for more: --limit {more}").format(
            most=most, more=10 * most
        ),
        file=sys.stderr,
    )
    return rows[:most]


def parse_day(text: str) -> date:
    """A day as it is written in an option. Raises typer.BadParameter."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            _("{text!r} is no day; write it like 2026-03-02").format(text=text)
        ) from error


def parse_moment(text: str | None) -> datetime | None:
    """An ISO 8601 moment with its offset; one without could be anybody's."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            _("{text!r} is no moment; write it like 2021-11-18T13:00+07:00").format(text=text)
        ) from error
    if moment.tzinfo is None:
        raise typer.BadParameter(
            _("{text!r} has no offset; write it like {text}+07:00").format(text=text)
        )
    return moment


def now() -> datetime:
    """The moment a command is given, in Asia/Ho_Chi_Minh: below the command line it is an argument."""
    from lensan.domain import periods

    return datetime.now(periods.ICT)


def who() -> str:
    """The operator: the account of the machine, of those who use sudo their own."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    print(message, file=sys.stderr)
    raise typer.Exit(1)


Kind = Annotated[
    str, typer.Argument(help="week or month, of a further plan as week_kh2", metavar="KIND")
]
PeriodName = Annotated[
    str,
    typer.Argument(help="The due day, as 2021-11-18, or the month, as 2021-11", metavar="PERIOD"),
]
Week = Annotated[str | None, typer.Option("--week", help="Due day, as 2021-11-18.")]
Board = Annotated[
    str | None,
    typer.Option(help="Address of the board, as units reach it (default: LENSAN_URL's)."),
]
Month = Annotated[str | None, typer.Option("--month", help="As 2021-11.")]
OfPlan = Annotated[
    str | None,
    typer.Option("--plan", help="Key of a further plan, as kh2; left out: the first plan."),
]
