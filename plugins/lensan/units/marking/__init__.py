"""Colours and comments put into a sender's own workbook, by a child process under limits.

The .xlsx is not loaded and written anew: the few tags that change are spliced into its parts and every
other byte stays. So formulas keep their results, rich text its fonts, and pictures, charts, macros'
buttons and whatever the sender's program knows stay as they are; libraries that write a workbook anew
lose some of it (openpyxl: all results of formulas, so that the book could not be sent back).

What could run on opening is never sent on: macros are cut out, and a book with DDE links, embedded
objects, ActiveX, data connections or Excel 4 macro sheets is refused (Unmarkable).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lensan.intake import gate
from lensan.units.marking.model import (
    BAD_COLOUR,
    DOUBT_COLOUR,
    ListSheet,
    Mark,
    Unmarkable,
    letters,
)

__all__ = ["BAD_COLOUR", "DOUBT_COLOUR", "ListSheet", "Mark", "Unmarkable", "letters", "mark"]

TIMEOUT_S = 60.0


def mark(path: Path, marks: Sequence[Mark], first: Sequence[ListSheet], *, author: str) -> bytes:
    """The workbook with its cells marked and our sheets as its first ones.

    ``author``: who writes the comments, one of model.AUTHORS. Raises gate.Unreadable where it is not safe to open, Unmarkable where it cannot be marked.
    """
    if gate.check_zip(path) != "xlsx":
        raise Unmarkable("no .xlsx")
    job = {
        "path": str(path),
        "marks": [vars(each) for each in marks],
        "first": [vars(each) for each in first],
        "author": author,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lensan.units.marking"],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
                "LC_ALL": "C.UTF-8",
            },
        )
    except subprocess.TimeoutExpired as error:
        raise Unmarkable(f"no answer in {TIMEOUT_S:.0f} s") from error
    if done.returncode != 0 or not done.stdout.startswith(b"PK"):
        raise Unmarkable(
            done.stdout.decode("utf-8", "replace")[:300] or f"status {done.returncode}"
        )
    return done.stdout
