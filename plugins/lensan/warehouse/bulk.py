"""Many rows at once into the warehouse: COPY, never row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO

from sqlalchemy import Connection


def copy_rows(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    values: Iterable[Sequence[Any]],
) -> int:
    """COPY rows of plain values into a table; None is null, lists are text arrays. Returns rows."""
    stream = _CopyStream(values)
    if stream.is_empty:
        return 0
    cursor = connection.connection.cursor()
    try:
        cursor.copy_expert(f"copy {table} ({', '.join(columns)}) from stdin", stream, _AT_ONCE)
    finally:
        cursor.close()
    return stream.rows


def copy_lines(connection: Connection, table: str, columns: Sequence[str], lines: BinaryIO) -> None:
    """COPY rows that are in COPY's text format already, UTF-8."""
    cursor = connection.connection.cursor()
    try:
        cursor.copy_expert(f"copy {table} ({', '.join(columns)}) from stdin", lines, _AT_ONCE)
    finally:
        cursor.close()


_AT_ONCE = 1 << 20
"""Characters or bytes that are given to COPY at once: each turn waits for other threads of Python."""


class _CopyStream:
    """Turns rows into COPY's text format, a part at a time."""

    def __init__(self, values: Iterable[Sequence[Any]]) -> None:
        self._values = iter(values)
        first = next(self._values, None)
        self.is_empty = first is None
        if first is not None:
            self._values = chain((first,), self._values)
        self._rest = ""
        self.rows = 0

    def read(self, size: int) -> str:
        parts = [self._rest]
        length = len(self._rest)
        while length < size:
            row = next(self._values, None)
            if row is None:
                break
            line = _line(row)
            self.rows += 1
            parts.append(line)
            length += len(line)
        data = "".join(parts)
        self._rest = data[size:]
        return data[:size]


def _line(row: Sequence[Any]) -> str:
    """A row in COPY's text format. What a text must not bear is looked for in the whole line."""
    cells = [value if value.__class__ is str else copy_value(value) for value in row]
    line = "\t".join(cells)
    if (
        line.count("\\") == row.count(None)
        and line.count("\t") == len(cells) - 1
        and not ("\n" in line or "\r" in line or "\0" in line)
    ):
        return line + "\n"
    return "\t".join([copy_value(value) for value in row]) + "\n"


_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""}
_ESCAPE = re.compile(r"[\\\t\n\r\x00]")


def copy_value(value: Any) -> str:
    """A plain value in COPY's text format."""
    if value is None:
        return "\\N"
    kind = type(value)
    if kind is str:
        return _ESCAPE.sub(lambda m: _ESCAPES[m[0]], value) if _ESCAPE.search(value) else value
    if kind is int:
        return str(value)
    if kind is Decimal:
        return format(value, "f")
    if kind is bool:
        return "t" if value else "f"
    if kind is date or kind is datetime:
        return str(value.isoformat())
    if isinstance(value, (list, tuple)):
        return copy_value(_array_literal(value))
    return copy_value(str(value.isoformat() if hasattr(value, "isoformat") else value))


_MARK = "\x1f"
"""What stands in hardly any text."""


def _array_literal(items: Sequence[Any]) -> str:
    with suppress(TypeError):  # what is no text is none of these
        joined = _MARK.join(items)
        is_plain = not ('"' in joined or "\\" in joined or "\0" in joined)
        if is_plain and joined.count(_MARK) == len(items) - 1:
            return '{"' + joined.replace(_MARK, '","') + '"}'
    parts = [
        "NULL"
        if item is None
        else '"' + str(item).replace("\\", "\\\\").replace('"', '\\"').replace("\x00", "") + '"'
        for item in items
    ]
    return "{" + ",".join(parts) + "}"
