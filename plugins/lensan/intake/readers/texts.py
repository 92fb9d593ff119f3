"""Delimited text and JSON Lines: read from beginning to end by the process that opens files, then streamed here.

What the child has read within its limits of memory and time takes no more of them here, where a loader may
hold a lock while it reads: the readers are the same, and the bytes are (lensan.intake.landing).
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from lensan.intake.gate import Unreadable
from lensan.intake.readers import delimited, json_lines
from lensan.intake.readers.asking import ask, seconds_for_text
from lensan.intake.readers.model import SourceDocument, Stream


def read(path: Path, kind: str) -> SourceDocument:
    """A file as one table, its rows streamed. ``kind``: csv or jsonl. Raises Unreadable."""
    answer = ask(path, kind, seconds=seconds_for_text(path))
    if kind == "csv":
        return delimited.document(path, answer["encoding"])
    return json_lines.document(path, answer["encoding"], answer["keys"])


def prove(path: Path, kind: str) -> dict[str, Any]:
    """Read all of a file, in the child; returns what need not be found out again. Raises Unreadable."""
    encoding = delimited.encoding_of(path)
    answer: dict[str, Any] = {"encoding": encoding}
    if kind == "csv":
        document = delimited.document(path, encoding)
    else:
        answer["keys"] = json_lines.keys_of(path, encoding)
        document = json_lines.document(path, encoding, answer["keys"])
    for table in document.tables:
        # What is wrong with its rows is told where they are used, not of what nobody asks for.
        with contextlib.suppress(Unreadable):
            rows = table.rows
            for _ in rows.parts() if isinstance(rows, Stream) else rows:
                pass
    return answer
