"""JSON Lines: one object a line; numbers stay numbers, a line that is none is kept as unreadable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lensan.domain import legacy_fonts
from lensan.intake.gate import Unreadable
from lensan.intake.readers.delimited import encoding_of, text_lines
from lensan.intake.readers.model import SourceDocument, SourceRow, SourceTable, Stream

MOST_BYTES = 64 << 20
"""Of an array of objects, which is read whole."""


def read(path: Path) -> SourceDocument:
    """The file as one table; its header is the union of the keys of all its lines: one that is left out
    where it has no value may first stand in the last. An array of objects is read as its lines would be.

    Raises Unreadable for JSON of another shape.
    """
    encoding = encoding_of(path)
    if _first_letter(path, encoding) == "[":
        return _array(path, encoding)
    keys: dict[str, int] = {}
    records = lines = 0
    for line in text_lines(path, encoding):
        lines += bool(line.strip())
        record = _record(line)
        records += record is not None
        for key in record or ():
            keys.setdefault(key, len(keys))
    if not records and lines > 1:
        raise Unreadable("not_a_spreadsheet", "JSON, but not an object a line", case="json")
    return SourceDocument(
        "jsonl",
        [
            SourceTable(
                None, Stream(partial(_rows, path, encoding, tuple(keys))), header=tuple(keys)
            )
        ],
    )


def _first_letter(path: Path, encoding: str) -> str:
    for line in text_lines(path, encoding):
        if line.strip("\ufeff \t\r\n"):
            return line.strip("\ufeff \t\r\n")[0]
    return ""


def _array(path: Path, encoding: str) -> SourceDocument:
    if path.stat().st_size > MOST_BYTES:
        raise Unreadable("not_a_spreadsheet", "a JSON array of many bytes", case="json")
    try:
        found = json.loads("".join(text_lines(path, encoding)).lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_a_spreadsheet", f"no JSON: {error}"[:200], case="json") from error
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise Unreadable("not_a_spreadsheet", "a JSON array of other things", case="json")
    keys = tuple(dict.fromkeys(key for record in found for key in record))
    rows = [
        _row(number, record, json.dumps(record, ensure_ascii=False), keys)
        for number, record in enumerate(found, 1)
    ]
    return SourceDocument("jsonl", [SourceTable(None, rows, header=keys)])


def _record(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _rows(path: Path, encoding: str, keys: tuple[str, ...]) -> Iterator[SourceRow]:
    for number, line in enumerate(text_lines(path, encoding), 1):
        if not line.strip():
            yield SourceRow(number, ())
        else:
            yield _row(number, _record(line), line.rstrip("\r\n"), keys)


def _row(number: int, record: dict[str, Any] | None, text: str, keys: tuple[str, ...]) -> SourceRow:
    cells = None if record is None else tuple(_cell(record.get(key)) for key in keys)
    if cells is None or any(isinstance(cell, dict | list) for cell in cells):
        return SourceRow(number, (text,), "unreadable")
    return SourceRow(number, cells)


def _cell(value: Any) -> Any:
    """Escapes in JSON may hide legacy or decomposed text from text_lines."""
    if isinstance(value, str) and not value.isascii():
        return legacy_fonts.decode(value)
    return value
