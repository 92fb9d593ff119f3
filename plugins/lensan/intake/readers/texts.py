"""Delimited text and JSON Lines: read from beginning to end by the process that opens files, then streamed here.

What the child has read within its limits of memory and time takes no more of them here, where a loader may
hold a lock while it reads: the readers are the same, and the bytes are (lensan.intake.landing). What it made
columns of, it hands over (lensan.intake.readers.handed).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lensan.intake.gate import Unreadable
from lensan.intake.readers import delimited, json_lines
from lensan.intake.readers.asking import ask, begin, seconds_for_text
from lensan.intake.readers.model import SourceDocument, SourceRow, Stream

if TYPE_CHECKING:
    from lensan.intake.readers.handed import HandingOver


def read(path: Path, kind: str, *, ahead: bool = False) -> SourceDocument:
    """A file as one table, its rows streamed. ``kind``: csv or jsonl; ``ahead``: not to wait until all of it is read,
    where columns come before that. Raises Unreadable."""
    seconds = seconds_for_text(path)
    if kind != "csv":
        answer = ask(path, kind, seconds=seconds)
        return json_lines.document(path, answer["encoding"], answer["keys"])
    from lensan.intake.readers.handed import Handed

    handed = Handed()

    def more() -> dict[str, Any]:
        return {"hand": handed.asked_for}

    handed.expect(begin(path, kind, seconds=seconds, more=more, told=handed.told))
    if not ahead:
        handed.whole()
    return delimited.document(path, handed.wait_for_columns(), handed)


def prove(
    path: Path,
    kind: str,
    hand: dict[str, Any] | None = None,
    tell: Callable[[list[Any]], None] = lambda _: None,
) -> dict[str, Any]:
    """Read all of a file, in the child; returns what need not be found out again. ``hand``: where to hand over
    columns; ``tell``: how it is told what is there already. Raises Unreadable."""
    encoding = delimited.encoding_of(path)
    tell(["encoding", encoding])
    answer: dict[str, Any] = {"encoding": encoding}
    if kind == "csv":
        document = delimited.document(path, encoding, passed=lambda count: tell(["pieces", count]))
    else:
        answer["keys"] = json_lines.keys_of(path, encoding)
        document = json_lines.document(path, encoding, answer["keys"])
    for table in document.tables:
        # What is wrong with its rows is told where they are used, not of what nobody asks for.
        with contextlib.suppress(Unreadable):
            rows = table.rows
            if isinstance(rows, Stream):
                _read(rows, hand, tell)
    return answer


def _read(rows: Stream, asked: dict[str, Any] | None, tell: Callable[[list[Any]], None]) -> None:
    """Read rows to their end, and hand over the blocks among them."""
    hand: HandingOver | None = None
    with contextlib.ExitStack() as opened:
        for part in rows.parts():
            if isinstance(part, SourceRow) or asked is None:
                continue
            if hand is None:
                from lensan.intake.readers.handed import HandingOver

                hand = HandingOver(**asked, tell=tell)
                opened.callback(hand.close)
            hand.over(part)
