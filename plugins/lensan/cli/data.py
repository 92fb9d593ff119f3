"""For analysts: the data dictionary and the export of mart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lensan.cli.shared import AsJson, Home, app, engine_of, show

Out = Annotated[Path, typer.Option("--out", help="Folder to write into; made when missing.")]


@app.command(epilog="Example: lensan dictionary --out docs/du-lieu")
def dictionary(out: Out, home: Home = None, json_: AsJson = False) -> None:
    """Write the data dictionary of mart from the database's comments: HTML, Markdown, a picture (SVG),
    with ten example queries."""
    from lensan import dictionary as made

    files = made.write(engine_of(home), out)
    show([{"file": str(path), "bytes": path.stat().st_size} for path in files], json_, "")
