"""The checks and what they found: list, show, trend, accept."""

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
    now,
    period_of,
    show,
)

quality_app = Commands()
app.add_typer(
    quality_app,
    name="quality",
    help="Checks at the gates rows, core and figures: list, show, trend, stopped, accept, project.",
)
CheckName = Annotated[
    str, typer.Argument(help="Name of the check, as in the list.", metavar="CHECK")
]


@quality_app.command(
    "list",
    epilog="Examples: lensan quality list; lensan quality list --gate core --source districts --all --json",
)
def quality_list(
    gate: Annotated[str | None, typer.Option(help="rows, core or figures")] = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Those that passed too.")] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """What did not pass when it was last asked: severity, why it matters, who can mend it."""
    with engine_of(home).begin() as connection:
        found = warehouse.rows(
            connection, "board/facts/list", gate=gate, source=source, with_passed=all_
        )
    if not json_:
        found = [
            # A check's name begins with its source.
            {k: v for k, v in row.items() if k not in ("reason", "mended_by", "source")}
            for row in found
        ]
    show(found, json_, _("every check passed when it was last asked"))


@quality_app.command(
    "show",
    epilog="Examples: lensan quality show figures.jump; lensan quality show districts.rows.unknown_word --json",
)
def quality_show(check: CheckName, home: Home = None, json_: AsJson = False) -> None:
    """Where a check failed when it was last asked: unit, indicator or field, found and expected."""
    _known(check)
    with engine_of(home).begin() as connection:
        found = warehouse.rows(connection, "cli/quality/show", check_name=check)
    show(found, json_, _("{check} passed when it was last asked").format(check=check))


@quality_app.command("trend", epilog="Example: lensan quality trend districts.rows.missing --json")
def quality_trend(check: CheckName, home: Home = None, json_: AsJson = False) -> None:
    """How a check went, report by report."""
    _known(check)
    with engine_of(home).begin() as connection:
        found = warehouse.rows(connection, "cli/quality/trend", check_name=check)
    show(found, json_, _("{check} has not been asked yet").format(check=check))


@quality_app.command("stopped", epilog="Example: lensan quality stopped")
def quality_stopped(home: Home = None, json_: AsJson = False) -> None:
    """Files that wait because a check stopped their merge or holds their source."""
    with engine_of(home).begin() as connection:
        found = warehouse.rows(connection, "board/facts/stopped")
    show(found, json_, _("no file is stopped"))


@quality_app.command(
    "accept",
    epilog='Example: lensan quality accept 214 --by "Trần B" --reason "sàn đóng cửa đợt này"',
)
def quality_accept(
    file_id: Annotated[
        int, typer.Argument(help="Number of the file, as in `lensan quality stopped`.")
    ],
    by: Annotated[str, typer.Option(help="Who decides.")],
    reason: Annotated[str, typer.Option(help="Why the file is right.")],
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Let a stopped file in: the next sweep merges it. Noted in the audit."""
    from lensan.gates import judge

    waived = judge.accept(engine_of(home), file_id, by=by, reason=reason, moment=now())
    if waived is None:
        fail(
            _("file {file_id} is not stopped by a check; see: lensan quality stopped").format(
                file_id=file_id
            )
        )
    show([{"file_id": file_id, "check": waived, "accepted_by": by}], json_, "")


@quality_app.command("project", epilog="Example: lensan quality project gx --week 2021-11-18")
def quality_project(
    folder: Annotated[
        Path, typer.Argument(help="New or empty folder for the project.", metavar="DIR")
    ],
    week: Week = None,
    month: Month = None,
    plan: OfPlan = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """A period's checks as a project of Great Expectations, judged by its checkpoints, with its own Data Docs.

    Asks the warehouse as it is now; the gates' verdicts stay. Results are counts, no values. The pages are as
    Great Expectations makes them: in English, and a browser fetches their styles from the internet.
    """
    from lensan.gates import gx_project

    period = period_of(week, month, plan)
    try:
        index, passed = gx_project.write(engine_of(home), period, folder)
    except FileExistsError:
        fail(_("{folder} holds something; name a new or empty folder").format(folder=folder))
    rows = [{"gate": gate, "passed": ok, "data_docs": str(index)} for gate, ok in passed.items()]
    show(rows, json_, _("nothing has come that a gate could judge"))


def _known(check: str) -> None:
    from lensan.domain import checks

    name, kind = check, check.partition(".")[2]
    if name not in checks.catalogue() and not kind.startswith(("files.", "rows.", "doubts.")):
        fail(_("there is no check {check!r}; see: lensan quality list --all").format(check=check))
