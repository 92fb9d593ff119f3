"""Rows of plain values as CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> str:
    """CSV text (comma, LF) with a header. Texts that a spreadsheet would run as a formula get a '
    before them; numbers are written plainly, moments and dates as ISO 8601, nothing as empty."""
    names = list(columns if columns is not None else rows[0] if rows else ())
    out = io.StringIO()
    write_csv(out, names, ([row[name] for name in names] for row in rows))
    return out.getvalue()


def write_csv(
    out: TextIO, header: Sequence[str], rows: Iterable[Sequence[Any]], *, with_header: bool = True
) -> None:
    """The same row by row; ``out`` is a text stream opened with newline=""."""
    writer = csv.writer(out, lineterminator="\n")
    if with_header:
        writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
