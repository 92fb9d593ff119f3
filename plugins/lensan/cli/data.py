"""For analysts: the data dictionary and the export of mart."""

from __future__ import annotations

from gettext import gettext as _
from pathlib import Path
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
)

Out = Annotated[Path, typer.Option("--out", help="Folder to write into; made when missing.")]


@app.command(epilog="Example: lensan dictionary --out docs/du-lieu")
def dictionary(out: Out, home: Home = None, json_: AsJson = False) -> None:
    """Write the data dictionary of mart from the database's comments: HTML, Markdown, a picture (SVG),
    with ten example queries."""
    from lensan.reports import dictionary as made

    files = made.write(engine_of(home), out)
    show([{"file": str(path), "bytes": path.stat().st_size} for path in files], json_, "")


@app.command(
    epilog="Examples: lensan export week 2021-11-18 --out /tmp/data; "
    "lensan export month 2021-11 --out /tmp/data --revision 1; lensan export week 2021-11-18 --out rows --rows"
)
def export(
    kind: Kind,
    period_name: PeriodName,
    out: Out,
    revision: Annotated[int | None, typer.Option(help="A revision; default: the last.")] = None,
    rows: Annotated[
        bool,
        typer.Option(
            "--rows",
            help="All of mart, with rows of single producers: for analysts, not to be passed on.",
        ),
    ] = False,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """Write the public package of a published report: CSV, Parquet and datapackage.json with what may be published
    openly. The folder is replaced. The same stands beside the reports in reports/data/."""
    from lensan.reports import export

    period = parse_period(kind, period_name)
    if out.exists() and any(out.iterdir()) and not (out / "datapackage.json").exists():
        fail(_("{out} is not empty and no export; name another folder").format(out=out))
    try:
        files = export.write(engine_of(home), period, out, revision, with_rows=rows)
    except LookupError as error:
        fail(
            _("{error}; publish it first: lensan report publish {kind} {period_name}").format(
                error=error, kind=kind, period_name=period_name
            )
        )
    except ValueError as error:
        fail(str(error))
    show([{"file": str(path), "bytes": path.stat().st_size} for path in files], json_, "")
