"""The way back to a district: its workbook with the cells to correct, or a receipt."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from lensan.cli.shared import AsJson, Home, app, engine_of
from lensan.domain.settings import settings


@app.command(epilog="Examples: lensan feedback 17; lensan feedback 17 --out sua.xlsx")
def feedback(
    file_id: Annotated[int, typer.Argument(help="Number of the file; see lensan files.")],
    out: Annotated[
        Path | None, typer.Option(help="Where the marked workbook goes (default: its own name).")
    ] = None,
    home: Home = None,
    json_: AsJson = False,
) -> None:
    """What a district gets back for a file: the mail's text, and its workbook with the cells marked.

    Sends nothing. The workbook holds personal data: stewards only.
    """
    from lensan.units import answers as way_back

    try:
        answer = way_back.respond(engine_of(home), file_id, settings(home).raw_store)
    except (KeyError, ValueError, FileNotFoundError) as error:
        raise typer.BadParameter(str(error.args[0] if error.args else error)) from error
    written = None
    if answer.attachment is not None:
        written = out or Path(answer.attachment_name or "can-sua.xlsx")
        written.write_bytes(answer.attachment)
    if json_:
        facts = {
            "kind": answer.kind,
            "sender": answer.sender,
            "period": answer.period.name if answer.period else None,
            "problems": sum(1 for f in answer.remarks if not f.is_doubt),
            "doubts": sum(1 for f in answer.remarks if f.is_doubt),
            "subject": answer.subject,
            "workbook": str(written) if written else None,
        }
        json.dump(facts, sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    print(f"{answer.subject}\n\n{answer.text}")
    if written:
        print(f"\n→ {written}")
