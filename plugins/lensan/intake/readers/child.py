"""The process that opens files, under limits of memory and processor time.

Reads lines ``{"path": …, "kind": …, "seconds": …, "more": …}`` from standard input and answers each with eight bytes
of length and msgpack; of text it tells before, in the same way, how far it has come. Spreadsheets pass the gate here too, texts are read to their end. calamine gives the values; a second, independent look at the file (its XML, or xlrd) gives
fonts, hidden rows, formulas without value and the last row that holds anything: the two must agree.
"""

from __future__ import annotations

import json
import math
import resource
import struct
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgpack
from python_calamine import CalamineWorkbook

from lensan.domain import problems
from lensan.domain.legacy_fonts import FontColumns, decode
from lensan.intake import gate
from lensan.intake.readers import letter, look_ods, look_xls, look_xlsx, texts, word
from lensan.intake.readers.looks import ERROR, Look
from lensan.intake.readers.model import MOST_COLUMNS, MOST_MARKS, MOST_SHEETS, stream_safe

MEMORY_BYTES = 1 << 30


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    # A crash leaves no image of what was read, and nothing is written here.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers: BinaryIO = sys.stdout.buffer
    for line in sys.stdin.buffer:
        job = json.loads(line)
        _limit_time(job["seconds"])
        more = job["more"] | ({"tell": partial(_send, answers)} if "hand" in job["more"] else {})
        _send(answers, _answered(Path(job["path"]), job["kind"], more))


def _send(answers: BinaryIO, message: Any) -> None:
    packed = msgpack.packb(message, use_bin_type=True)
    answers.write(struct.pack(">Q", len(packed)) + packed)
    answers.flush()


def _limit_time(seconds: float) -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(spent.ru_utime + spent.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _answered(path: Path, kind: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a job, whatever the file does to its reader."""
    try:
        return KINDS[kind](path, **more)
    except gate.Unreadable as told:
        problem = told.problem
        return _told(problem.rule, told.detail, problem.parameters)
    except MemoryError:
        return _told("too_much_memory", f"more than {MEMORY_BYTES} bytes")
    except BaseException as error:
        # A parser written in Rust panics with something that is no Exception.
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        if kind in _OURS and isinstance(error, Exception):
            verdict = problems.unexpected(error)
            return _told(verdict.problem.rule, verdict.detail, verdict.problem.parameters)
        text = f"{type(error).__name__}: {error}"
        encrypted = "encrypt" in text.lower() or "password" in text.lower()
        return _told("encrypted" if encrypted else "damaged", text[:300])


def _told(rule: str, detail: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"error": rule, "detail": detail, "parameters": dict(parameters or {})}


def _zip(path: Path) -> dict[str, Any]:
    kind = gate.check_zip(path)
    return word.read(path) if kind == "docx" else parse(path, kind)


def _ole(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        gate.check_ole(path, stream)
    return parse(path, "xls")


def parse(path: Path, kind: str) -> dict[str, Any]:
    """The whole workbook as plain values."""
    # calamine reads an .ods that ends within an element for ever.
    first = look_ods.look(path) if kind == "ods" else None
    source: Any = (look_xlsx.package(path) if kind == "xlsx" else None) or path
    if isinstance(source, Path):
        book = CalamineWorkbook.from_path(str(source))
    else:
        book = CalamineWorkbook.from_filelike(source)
        source.seek(0)
    if len(book.sheet_names) > MOST_SHEETS:
        raise gate.Unreadable("too_many_sheets", f"{len(book.sheet_names)} sheets")
    looked = first or {"xlsx": look_xlsx.look, "xls": look_xls.look}[kind](source)
    sheets = []
    for number, name in enumerate(book.sheet_names):
        look = looked.sheets[number] if number < len(looked.sheets) else Look()
        values = book.get_sheet_by_index(number).to_python(skip_empty_area=False)
        _check_width(number, values, look)
        filled = (i for i in reversed(range(len(values))) if any(c != "" for c in values[i]))
        last = next(filled, -1)
        marked = [*look.formulas_without_value, *look.errors]
        last_marked = max((row for row, _ in marked), default=-1)
        if max(look.last_row, last_marked) > max(last, last_marked):
            raise gate.Unreadable(
                "readers_disagree",
                f"sheet {number + 1}: last row {last + 1} and {look.last_row + 1}",
            )
        sheets.append(
            {
                "name": name,
                "rows": _rows(values, look, max(last, last_marked) + 1),
                "hidden": look.hidden,
                "hidden_columns": sorted(look.hidden_columns),
                "merged": look.merged,
            }
        )
    return {
        "kind": kind,
        "sheets": sheets,
        "date1904": looked.date1904,
        "warnings": looked.warnings,
    }


def _check_width(number: int, values: list[list[Any]], look: Look) -> None:
    """Raises Unreadable where a sheet has something right of MOST_COLUMNS; what is empty there is cut."""
    marked = (*look.formulas_without_value, *look.errors)
    width = max((column + 1 for _, column in marked), default=0)
    if max(map(len, values), default=0) > MOST_COLUMNS:
        for row in values:
            used = next((at for at in range(len(row), MOST_COLUMNS, -1) if row[at - 1] != ""), 0)
            width = max(width, used)
            del row[MOST_COLUMNS:]
    if width > MOST_COLUMNS:
        raise gate.Unreadable("too_many_columns", f"{width} columns on sheet {number + 1}")


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
                fonts.see(_safe(cell), font, column)
    width = max((len(row) for row in values), default=0)
    widths: dict[int, int] = {}
    for row, column in (*look.formulas_without_value, *look.errors):
        widths[row] = max(widths.get(row, 0), column + 1)
    marked = {row for row, _ in (*look.fonts, *look.runs, *look.shown)} | widths.keys()
    texts = _Texts()
    rows: list[tuple[int, list[Any], bool]] = []
    for index in range(count):
        found = values[index] if index < len(values) else [""] * width
        if index in marked:
            cells = list(_row(index, list(map(_safe, found)), widths.get(index, 0), look, fonts))
        else:
            cells = [texts[cell] if cell.__class__ is str else _plain(cell) for cell in found]
        rows.append((index + 1, cells, index in look.hidden_rows))
    return rows


class _Texts(dict[str, Any]):
    """What each text of cells of which the look says nothing is sent as, found when it is first asked for."""

    def __missing__(self, cell: str) -> Any:
        safe = _safe(cell)
        found: Any = None
        if cell:
            found = ["e", safe] if ERROR.fullmatch(safe) else _composed(decode(safe))
        self[cell] = found
        return found


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
        elif place in look.shown and not isinstance(cell, date | time | timedelta):
            yield look.shown[place]
        else:
            yield _plain(cell)


def _plain(cell: Any) -> Any:
    """What a cell that is no text is sent as."""
    if isinstance(cell, datetime):
        return ["m", cell.isoformat()]
    if isinstance(cell, date):
        return ["d", cell.isoformat()]
    if isinstance(cell, time):
        return ["t", cell.isoformat()]
    if isinstance(cell, timedelta):
        return cell.total_seconds() / 86400
    if isinstance(cell, int) and not isinstance(cell, bool) and not -(2**63) <= cell < 2**63:
        return ["n", str(cell)]
    return cell


def _text(cell: str, place: tuple[int, int], look: Look, fonts: FontColumns) -> Any:
    runs = look.runs.get(place)
    font = look.fonts.get(place)
    is_doubtful = False
    if ERROR.fullmatch(cell):
        return ["e", cell]
    if runs is not None:
        text = "".join(decode(stream_safe(piece), each) for piece, each in runs)
    elif font is not None:
        text, is_doubtful = fonts.decode(cell, font, place[1])
    else:
        text = decode(cell)
    text = _composed(text)
    return ["u", text] if is_doubtful else text


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "zip": _zip,
    "ole": _ole,
    "biff": partial(parse, kind="xls"),
    "mail": letter.read,
    "csv": partial(texts.prove, kind="csv"),
    "jsonl": partial(texts.prove, kind="jsonl"),
}
"""How a file of each kind is opened."""
_OURS = ("csv", "jsonl")
"""Read by code of ours alone, whose faults are not the file's."""


if __name__ == "__main__":
    main()
