"""JSON Lines: one object a line; numbers stay numbers, a line that is none is kept as unreadable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from lensan.domain import legacy_fonts
from lensan.intake.gate import Unreadable
from lensan.intake.readers.delimited import text_lines
from lensan.intake.readers.model import (
    MOST_COLUMNS,
    SourceDocument,
    SourceRow,
    SourceTable,
    Stream,
    stream_safe,
)

MOST_BYTES = 64 << 20
"""Of an array of objects, which is read whole."""


def keys_of(path: Path, encoding: str) -> list[str] | None:
    """The union of the keys of all lines: one that is left out where it has no value may first stand in the
    last. Null: it is an array of objects. Reads all of the file.

    Raises Unreadable for JSON of another shape, and for more keys than a table has columns.
    """
    if _first_letter(path, encoding) == "[":
        return None
    keys: dict[str, int] = {}
    records = lines = 0
    wraps = False
    for line in text_lines(path, encoding):
        lines += bool(line.strip())
        record = _record(line)
        records += record is not None
        wraps = any(isinstance(value, list) for value in (record or {}).values())
        for key in record or ():
            keys.setdefault(key, len(keys))
        _check(len(keys))
    if (not records and lines > 1) or (lines == 1 and wraps):
        raise Unreadable("not_a_spreadsheet", "JSON, but not an object a line", case="json")
    return list(keys)


def document(path: Path, encoding: str, keys: Sequence[str] | None) -> SourceDocument:
    """The file as one table, whose header are the keys (``keys_of``). An array of objects is read as its
    lines would be. Raises Unreadable."""
    if keys is None:
        return _array(path, encoding)
    rows = Stream(partial(_rows, path, encoding, tuple(keys)))
    return SourceDocument("jsonl", [SourceTable(None, rows, header=tuple(keys))])


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
    keys = tuple(dict.fromkeys(k for record in found if _is_whole(record) for k in record))
    _check(len(keys))
    rows = [
        _row(number, record if _is_whole(record) else None, _line(record), keys)
        for number, record in enumerate(found, 1)
    ]
    return SourceDocument("jsonl", [SourceTable(None, rows, header=keys)])


def _check(keys: int) -> None:
    if keys > MOST_COLUMNS:
        raise Unreadable("too_many_columns", f"{keys} keys in all")


_HALF = re.compile("[\ud800-\udfff]")
"""Half a letter, which an escape can write and no text can hold."""


def _record(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) and _is_whole(record) else None


def _is_whole(record: dict[str, Any]) -> bool:
    return not any(map(_HALF.search, record))


def _line(record: dict[str, Any]) -> str:
    """As it could stand in JSON Lines."""
    return _HALF.sub("\ufffd", json.dumps(record, ensure_ascii=False))


def _rows(path: Path, encoding: str, keys: tuple[str, ...]) -> Iterator[SourceRow]:
    for number, line in enumerate(text_lines(path, encoding), 1):
        if not line.strip():
            yield SourceRow(number, ())
        else:
            yield _row(number, _record(line), line.rstrip("\r\n"), keys)


def _row(number: int, record: dict[str, Any] | None, text: str, keys: tuple[str, ...]) -> SourceRow:
    cells = None if record is None else tuple(_cell(record.get(key)) for key in keys)
    if cells is None or any(map(_is_no_value, cells)):
        return SourceRow(number, (text,), "unreadable")
    return SourceRow(number, cells)


def _is_no_value(cell: Any) -> bool:
    if isinstance(cell, str):
        return not cell.isascii() and _HALF.search(cell) is not None
    return isinstance(cell, dict | list)


def _cell(value: Any) -> Any:
    """Escapes in JSON may hide legacy or decomposed text from text_lines."""
    if isinstance(value, str) and not value.isascii():
        return legacy_fonts.decode(stream_safe(value))
    return value
