"""Delimited text: UTF-8, UTF-16, or Vietnamese bytes of one kind; comma, semicolon, tab or stroke.

Source of the rules: docs/rules/sources.md#text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path

from lensan.domain import legacy_fonts, values
from lensan.intake.gate import Unreadable
from lensan.intake.readers.looks import ERROR
from lensan.intake.readers.model import SourceDocument, SourceRow, SourceTable, Stream, stream_safe

LONGEST_FIELD = 1 << 20
LONGEST_LINE = 4 << 20
MOST_COLUMNS = 500
CHUNK = 1 << 20
HEAD_LINES = 40
MOST_SAMPLE = 256 << 10


def read(path: Path) -> SourceDocument:
    """The file as one table, its rows streamed. Raises Unreadable, also while rows are iterated."""
    encoding = encoding_of(path)
    return SourceDocument("csv", [SourceTable(None, Stream(partial(_rows, path, encoding)))])


def encoding_of(path: Path) -> str:
    """By byte order mark; else UTF-8, also where a byte here and there is none; else UTF-16 by its zero
    bytes; else one of legacy_fonts.ENCODINGS by what its words are. Raises Unreadable."""
    with path.open("rb") as stream:
        head = stream.read(4096)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        zeros = (head[0::2].count(0), head[1::2].count(0))
        if max(zeros) > len(head) // 5 and min(zeros) == 0:
            return "utf-16-be" if zeros[0] else "utf-16-le"
        stream.seek(0)
        letters = bad = 0
        sample = bytearray()
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := stream.read(CHUNK):
            text = decoder.decode(chunk)
            if not text.isascii():
                wrong = text.count("\ufffd")
                bad += wrong
                letters += sum(1 for c in text if c > "\x7f") - wrong if wrong or bad else 1
                if len(sample) < MOST_SAMPLE:
                    sample += b"\n".join(line for line in chunk.split(b"\n") if not line.isascii())
        bad += decoder.decode(b"", final=True).count("\ufffd")
    if not bad or letters >= 2 * bad:
        return "utf-8"
    found = legacy_fonts.encoding_of_bytes(bytes(sample[:MOST_SAMPLE]))
    if found is None:
        raise Unreadable("unknown_encoding", "neither UTF-8 nor Vietnamese bytes of one kind")
    return found


_CODECS = {"tcvn3": "latin-1", "vni": "cp1252"}


def text_lines(path: Path, encoding: str, doubtful: list[str] | None = None) -> Iterator[str]:
    """Lines with their ends kept, Unicode NFC, legacy text decoded. Raises Unreadable.

    ``doubtful`` gets the lines that still bear what may be legacy text: cells of both kinds.
    """
    codec = _CODECS.get(encoding, encoding)
    with path.open("rb") as binary:
        stream = io.TextIOWrapper(binary, encoding=codec, errors="replace", newline="")
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
            line = stream_safe(legacy_fonts.of_bytes(line.lstrip("\ufeff"), encoding))
            if legacy_fonts.needs_a_look(line):
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
    if any(_BACKSLASHED.search(line) for line in head):
        # As MySQL writes quotes within quotes.
        head = [line.replace('\\"', '""') for line in head]
        lines = (line.replace('\\"', '""') for line in lines)
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
            if len(record) > 1 and _swallows(record, mark, len(cells), widest):
                raise _swallowed(number)
            record.clear()
            yield SourceRow(number, tuple(map(_cell, cells) if doubtful else map(_error, cells)))
            if number > HEAD_LINES:
                doubtful.clear()
        if open_record:
            raise _swallowed(number)
    except csv.Error as error:
        raise Unreadable("damaged", f"csv: {error}", case="csv") from error


_BACKSLASHED = re.compile(r'[^,;\t|\s]\\"')


def _cell(text: str) -> str:
    return _error(legacy_fonts.decode(text))


def _error(text: str) -> str:
    return values.CellError(text) if text[:1] in "#E" and ERROR.fullmatch(text) else text


def _swallows(record: Sequence[str], mark: str, width: int, widest: int) -> bool:
    """Whether a record of several lines is more than one row that a stray quote binds together.

    A text of several lines is quoted as a whole, its row is as wide as the others, and its first line
    does not hold all the columns already.
    """
    if width != widest or record[0].count(mark) >= max(widest - 1, 1):
        return True
    try:
        list(csv.reader(record, delimiter=mark, strict=True))
    except csv.Error:
        return True
    return False


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
        mark = max(",;\t|", key=outside.count)
        if outside.count(mark) > most:
            best, most = mark, outside.count(mark)
        if most >= 3:
            break
    return best
