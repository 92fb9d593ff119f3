"""Delimited text: UTF-8 (with or without BOM), UTF-16, Windows-1258; comma, semicolon or tab."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path

from lensan.domain import legacy_fonts
from lensan.intake.gate import Unreadable
from lensan.intake.readers.model import SourceDocument, SourceRow, SourceTable, Stream

LONGEST_FIELD = 1 << 20
LONGEST_LINE = 4 << 20
MOST_COLUMNS = 500
CHUNK = 1 << 20
HEAD_LINES = 40


def read(path: Path) -> SourceDocument:
    """The file as one table, its rows streamed. Raises Unreadable, also while rows are iterated."""
    encoding = encoding_of(path)
    return SourceDocument("csv", [SourceTable(None, Stream(partial(_rows, path, encoding)))])


def encoding_of(path: Path) -> str:
    """By byte order mark, else UTF-8 where the whole file is, else Windows-1258."""
    with path.open("rb") as stream:
        head = stream.read(4)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := stream.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1258"
    return "utf-8"


def text_lines(path: Path, encoding: str, doubtful: list[str] | None = None) -> Iterator[str]:
    """Lines with their ends kept, Unicode NFC, legacy text decoded. Raises Unreadable.

    ``doubtful`` gets the lines that still bear what may be legacy text: cells of both kinds.
    """
    with path.open("rb") as binary:
        stream = io.TextIOWrapper(binary, encoding=encoding, errors="replace", newline="")
        while line := stream.readline(LONGEST_LINE):
            if len(line) >= LONGEST_LINE:
                raise Unreadable(
                    "line_too_long",
                    f"a line of {LONGEST_LINE} characters or more",
                )
            if "\0" in line:
                raise Unreadable(
                    "nul_bytes",
                    "NUL in text",
                )
            if line.isascii():
                yield line
                continue
            if legacy_fonts.might_be_legacy(line):
                line = legacy_fonts.decode(line)
                if doubtful is not None and legacy_fonts.might_be_legacy(line):
                    doubtful.append(line)
            yield (
                line
                if unicodedata.is_normalized("NFC", line)
                else unicodedata.normalize("NFC", line)
            )


def _rows(path: Path, encoding: str) -> Iterator[SourceRow]:
    doubtful: list[str] = []
    lines = text_lines(path, encoding, doubtful)
    head = list(islice(lines, HEAD_LINES))
    csv.field_size_limit(LONGEST_FIELD)
    record: list[str] = []
    mark = delimiter_of(head)
    reader = csv.reader(_noted(chain(head, lines), record), delimiter=mark)
    widest = 0
    open_record = False
    try:
        for number, cells in enumerate(reader, 1):
            if len(cells) > MOST_COLUMNS:
                raise Unreadable(
                    "too_many_columns",
                    f"{len(cells)} columns in row {number}",
                )
            if number <= HEAD_LINES:
                widest = max(widest, len(cells))
            open_record = len(record) > 1 and "".join(record).count('"') % 2 == 1
            if len(record) > 2 and any(
                line.count(mark) >= max(widest - 1, 3) for line in record[1:-1]
            ):
                raise _swallowed(number)
            record.clear()
            yield SourceRow(number, tuple(map(legacy_fonts.decode, cells) if doubtful else cells))
            if number > HEAD_LINES:
                doubtful.clear()
        if open_record:
            raise _swallowed(number)
    except csv.Error as error:
        raise Unreadable("damaged", f"csv: {error}", case="csv") from error


def _noted(lines: Iterable[str], record: list[str]) -> Iterator[str]:
    for line in lines:
        record.append(line)
        yield line


def _swallowed(number: int) -> Unreadable:
    return Unreadable(
        "damaged",
        f"csv: an open quote in row {number} swallows the rows below",
        case="open_quote",
        row=number,
    )


def delimiter_of(head: Sequence[str]) -> str:
    """What stands most often outside quotes in the header: the first line with three or more of one
    separator, else the one with most. A title above may bear another or none."""
    best, most = ",", 0
    for line in head:
        outside = "".join(line.split('"')[::2])
        mark = max(",;\t", key=outside.count)
        if outside.count(mark) > most:
            best, most = mark, outside.count(mark)
        if most >= 3:
            break
    return best
