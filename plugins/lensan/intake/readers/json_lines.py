"""JSON Lines: one object a line; numbers stay numbers, a line that is none is kept as unreadable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lensan.domain import legacy_fonts
from lensan.intake.readers.delimited import encoding_of, text_lines
from lensan.intake.readers.model import SourceDocument, SourceRow, SourceTable, Stream


def read(path: Path) -> SourceDocument:
    """The file as one table; its header is the union of the keys of all its lines: one that is left out
    where it has no value may first stand in the last."""
    encoding = encoding_of(path)
    keys: dict[str, int] = {}
    for line in text_lines(path, encoding):
        record = _record(line)
        for key in record or ():
            keys.setdefault(key, len(keys))
    return SourceDocument(
        "jsonl",
        [
            SourceTable(
                None, Stream(partial(_rows, path, encoding, tuple(keys))), header=tuple(keys)
            )
        ],
    )


def _record(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _rows(path: Path, encoding: str, keys: tuple[str, ...]) -> Iterator[SourceRow]:
    for number, line in enumerate(text_lines(path, encoding), 1):
        if not line.strip():
            yield SourceRow(number, ())
            continue
        record = _record(line)
        cells = None if record is None else tuple(_cell(record.get(key)) for key in keys)
        if cells is None or any(isinstance(cell, dict | list) for cell in cells):
            yield SourceRow(number, (line.rstrip("\r\n"),), "unreadable")
        else:
            yield SourceRow(number, cells)


def _cell(value: Any) -> Any:
    """Escapes in JSON may hide legacy or decomposed text from text_lines."""
    if isinstance(value, str) and not value.isascii():
        return legacy_fonts.decode(value)
    return value
