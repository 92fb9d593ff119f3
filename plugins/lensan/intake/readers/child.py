"""The process that parses spreadsheets, under limits of memory and processor time.

Reads lines ``{"path": …, "kind": …}`` from standard input and answers each with eight bytes of length
and msgpack. calamine gives the values; a second, independent look at the file (its XML, or xlrd) gives
fonts, hidden rows, formulas without value and the last row that holds anything: the two must agree.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import msgpack
from python_calamine import CalamineWorkbook

from lensan.domain.legacy_fonts import FontColumns, decode
from lensan.intake.readers import look_ods, look_xls, look_xlsx
from lensan.intake.readers.looks import ERROR, Look
from lensan.intake.readers.model import MOST_MARKS, stream_safe

MEMORY_BYTES = 1 << 30
CPU_SECONDS_A_FILE = 60
MOST_SHEETS = 200


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    answers: BinaryIO = sys.stdout.buffer
    for line in sys.stdin.buffer:
        job = json.loads(line)
        spent = resource.getrusage(resource.RUSAGE_SELF)
        used = int(spent.ru_utime + spent.ru_stime) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_SECONDS_A_FILE, resource.RLIM_INFINITY))
        try:
            answer = parse(Path(job["path"]), job["kind"])
        except MemoryError:
            answer = {"error": "too_much_memory", "detail": f"more than {MEMORY_BYTES} bytes"}
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            encrypted = "encrypt" in text.lower() or "password" in text.lower()
            answer = {"error": "encrypted" if encrypted else "damaged", "detail": text[:300]}
        packed = msgpack.packb(answer, use_bin_type=True)
        answers.write(struct.pack(">Q", len(packed)) + packed)
        answers.flush()


def parse(path: Path, kind: str) -> dict[str, Any]:
    """The whole workbook as plain values."""
    source: Any = (look_xlsx.package(path) if kind == "xlsx" else None) or path
    if isinstance(source, Path):
        book = CalamineWorkbook.from_path(str(source))
    else:
        book = CalamineWorkbook.from_filelike(source)
        source.seek(0)
    if len(book.sheet_names) > MOST_SHEETS:
        return {"error": "too_many_sheets", "detail": f"{len(book.sheet_names)} sheets"}
    looked = {"xlsx": look_xlsx.look, "ods": look_ods.look, "xls": look_xls.look}[kind](source)
    sheets = []
    for number, name in enumerate(book.sheet_names):
        look = looked.sheets[number] if number < len(looked.sheets) else Look()
        values = [
            list(map(_safe, row))
            for row in book.get_sheet_by_index(number).to_python(skip_empty_area=False)
        ]
        last = max(
            (i for i, row in enumerate(values) if any(cell != "" for cell in row)), default=-1
        )
        marked = [*look.formulas_without_value, *look.errors]
        last_marked = max((row for row, _ in marked), default=-1)
        if max(look.last_row, last_marked) > max(last, last_marked):
            return {
                "error": "readers_disagree",
                "detail": f"sheet {number + 1}: last row {last + 1} and {look.last_row + 1}",
            }
        sheets.append(
            {
                "name": name,
                "rows": _rows(values, look, max(last, last_marked) + 1),
                "hidden": look.hidden,
                "hidden_columns": sorted(look.hidden_columns),
                "merged": look.merged,
            }
        )
    return {"sheets": sheets, "date1904": looked.date1904, "warnings": looked.warnings}


def _safe(cell: Any) -> Any:
    is_long = isinstance(cell, str) and len(cell) > MOST_MARKS
    return stream_safe(cell) if is_long else cell


def _rows(values: list[list[Any]], look: Look, count: int) -> list[tuple[int, list[Any], bool]]:
    """Number from 1, cells and whether it is hidden, of each row to the last that holds anything."""
    fonts = FontColumns()
    for (row, column), font in look.fonts.items():
        if row < len(values) and column < len(values[row]):
            cell = values[row][column]
            if isinstance(cell, str):
                fonts.see(cell, font, column)
    width = max((len(row) for row in values), default=0)
    widths: dict[int, int] = {}
    for row, column in (*look.formulas_without_value, *look.errors):
        widths[row] = max(widths.get(row, 0), column + 1)
    return [
        (
            index + 1,
            list(
                _row(
                    index,
                    values[index] if index < len(values) else [""] * width,
                    widths.get(index, 0),
                    look,
                    fonts,
                )
            ),
            index in look.hidden_rows,
        )
        for index in range(count)
    ]


def _row(
    index: int, row: list[Any], marked_width: int, look: Look, fonts: FontColumns
) -> Iterator[Any]:
    for column in range(max(len(row), marked_width)):
        place = (index, column)
        if place in look.formulas_without_value:
            yield ["f", ""]
            continue
        if place in look.errors:
            # calamine gives nothing for an error, which would read as "no value".
            yield ["e", look.errors[place]]
            continue
        cell = row[column] if column < len(row) else ""
        if isinstance(cell, str):
            yield _text(cell, place, look, fonts) if cell else None
        elif isinstance(cell, datetime):
            yield ["m", cell.isoformat()]
        elif isinstance(cell, date):
            yield ["d", cell.isoformat()]
        elif isinstance(cell, time):
            yield ["t", cell.isoformat()]
        elif isinstance(cell, timedelta):
            yield cell.total_seconds() / 86400
        elif place in look.shown:
            yield look.shown[place]
        elif isinstance(cell, int) and not isinstance(cell, bool) and not -(2**63) <= cell < 2**63:
            yield ["n", str(cell)]
        else:
            yield cell


def _text(cell: str, place: tuple[int, int], look: Look, fonts: FontColumns) -> Any:
    if ERROR.fullmatch(cell):
        return ["e", cell]
    runs = look.runs.get(place)
    font = look.fonts.get(place)
    is_doubtful = False
    if runs is not None:
        text = "".join(decode(stream_safe(piece), each) for piece, each in runs)
    elif font is not None:
        text, is_doubtful = fonts.decode(cell, font, place[1])
    else:
        text = decode(cell)
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    return ["u", text] if is_doubtful else text


if __name__ == "__main__":
    main()
