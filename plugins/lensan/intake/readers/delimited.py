"""Delimited text: UTF-8, UTF-16, or Vietnamese bytes of one kind; comma, semicolon, tab or stroke.

Source of the rules: docs/rules/sources.md#text.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lensan.domain import legacy_fonts
from lensan.intake.gate import Unreadable
from lensan.intake.readers.looks import text_or_error
from lensan.intake.readers.model import (
    MOST_COLUMNS,
    SourceDocument,
    SourceRow,
    SourceTable,
    Stream,
    stream_safe,
)

if TYPE_CHECKING:
    from lensan.intake.readers.blocks import Block
    from lensan.intake.readers.earlier import EarlierLines
    from lensan.intake.readers.handed import Handed

LONGEST_FIELD = 1 << 20
LONGEST_LINE = 4 << 20
CHUNK = 1 << 20
HEAD_LINES = 40
MOST_SAMPLE = 256 << 10
HEAD_BYTES = 64 << 10
"""Of a file, that are always read line by line."""
BLOCK_BYTES = 8 << 20


def document(
    path: Path,
    encoding: str,
    handed: Handed | None = None,
    passed: Callable[[int], None] = lambda _: None,
) -> SourceDocument:
    """The file as one table, its rows streamed; Unreadable comes while they are. ``encoding``: as encoding_of
    says; ``handed``: blocks that are read elsewhere; ``passed`` is told how many pieces of the file were read to
    their end."""
    rows = Stream(partial(_parts, path, encoding, handed, passed))
    found = SourceDocument("csv", [SourceTable(None, rows)])
    return found if handed is None else replace(found, whole=handed.whole)


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


def text_lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with their ends kept, Unicode NFC, legacy text decoded. Raises Unreadable."""
    with path.open("rb") as binary:
        yield from _lines(binary, encoding, [])


def _lines(binary: BinaryIO, encoding: str, doubtful: list[str]) -> Iterator[str]:
    """``doubtful`` gets the lines that still bear what may be legacy text: cells of both kinds."""
    codec = _CODECS.get(encoding, encoding)
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
            if legacy_fonts.might_be_legacy(line):
                doubtful.append(line)
        yield (
            line if unicodedata.is_normalized("NFC", line) else unicodedata.normalize("NFC", line)
        )


def _parts(
    path: Path,
    encoding: str,
    handed: Handed | None,
    passed: Callable[[int], None],
    earlier: EarlierLines | None = None,
) -> Iterator[SourceRow | Block]:
    """The rows, those of plain lines as blocks. What stands in a block and is not plain is read line by line,
    up to the end of the block or of the row that begins in it. ``earlier``: lines that need not be read."""
    with path.open("rb") as binary:
        from_file = _told(pieces(binary, encoding), passed)
        if handed is not None:
            from_file = handed.passed(from_file)
        reader = _RowReader(path, encoding, from_file, handed)
        for piece in from_file:
            if isinstance(piece, bytes) and reader.rows_read >= HEAD_LINES:
                block = reader.block(piece, earlier)
                if block is not None:
                    yield block
                    continue
            yield from reader.rows(piece)
        if reader.open_record:
            raise _swallowed(reader.rows_read)


def _told(
    found: Iterator[bytes | BinaryIO], passed: Callable[[int], None]
) -> Iterator[bytes | BinaryIO]:
    """The pieces of a file. Who asks for one has read those before it."""
    count = 0
    for count, piece in enumerate(found, 1):
        passed(count - 1)
        yield piece
    passed(count)


def pieces(binary: io.BufferedReader, encoding: str) -> Iterator[bytes | BinaryIO]:
    """A file in whole lines: its head, then blocks; all of it as one stream where it is not UTF-8, the rest
    of it where a block has no end of a line."""
    if not encoding.startswith("utf-8"):
        yield binary
        return
    size = HEAD_BYTES
    while piece := binary.read(size):
        whole = piece + binary.readline(LONGEST_LINE)
        if not whole.endswith(b"\n") and binary.peek(1):
            binary.seek(-len(whole), io.SEEK_CUR)
            yield binary
            return
        yield whole
        size = BLOCK_BYTES


class _RowReader:
    """Reads rows line by line, from one piece of a file after the other. ``open_record``: whether the last
    row's quotes are open."""

    def __init__(
        self,
        path: Path,
        encoding: str,
        pieces: Iterator[bytes | BinaryIO],
        handed: Handed | None,
    ) -> None:
        self._encoding = encoding
        self._pieces = pieces
        self._handed = handed
        self._doubtful: list[str] = []
        with path.open("rb") as binary:
            head = list(islice(_lines(binary, encoding, self._doubtful), HEAD_LINES))
        # As MySQL writes quotes within quotes.
        self._is_backslashed = any(_BACKSLASHED.search(line) for line in head)
        if self._is_backslashed:
            head = [line.replace('\\"', '""') for line in head]
        self._mark = delimiter_of(head)
        self._record: list[str] = []
        self._widest = 0
        self.rows_read = 0
        self.open_record = False

    def block(self, piece: bytes, earlier: EarlierLines | None) -> Block | None:
        """A piece as columns; null where it has to be read line by line."""
        import pyarrow as pa

        from lensan.intake.readers import blocks
        from lensan.intake.readers.earlier import lines_of

        found = None
        first, mark, width = self.rows_read + 1, self._mark, self._widest
        if 0 < width <= MOST_COLUMNS and not self._is_backslashed:
            if earlier is None:
                rows = piece.count(b"\n") + (not piece.endswith(b"\n"))
                found = self._handed.block(first, rows) if self._handed is not None else None
                found = found or blocks.block(piece, first, mark, width)
            else:
                lines = lines_of(piece)
                is_known = earlier.match(lines, first, mark, width)
                found = blocks.beside(lines, is_known, first, mark, width)
                if found is None:
                    earlier.take_back(lines.filter(pa.array(is_known)))
        if found is not None:
            self.rows_read += len(found) + len(found.skipped.numbers)
            self.open_record = False
        return found

    def rows(self, piece: bytes | BinaryIO) -> Iterator[SourceRow]:
        """The rows that begin in a piece. Raises Unreadable."""
        csv.field_size_limit(LONGEST_FIELD)
        record = self._record
        try:
            for cells in csv.reader(self._lines_of_rows(piece), delimiter=self._mark):
                self.rows_read += 1
                if len(cells) > MOST_COLUMNS:
                    raise Unreadable(
                        "too_many_columns",
                        f"{len(cells)} columns in row {self.rows_read}",
                    )
                if self.rows_read <= HEAD_LINES:
                    self._widest = max(self._widest, len(cells))
                self.open_record = len(record) > 1 and "".join(record).count('"') % 2 == 1
                if len(record) > 1 and _swallows(record, self._mark, len(cells), self._widest):
                    raise _swallowed(self.rows_read)
                record.clear()
                read = _cell if self._doubtful else text_or_error
                yield SourceRow(self.rows_read, tuple(map(read, cells)))
                if self.rows_read > HEAD_LINES:
                    self._doubtful.clear()
        except csv.Error as error:
            raise Unreadable("damaged", f"csv: {error}", case="csv") from error

    def _lines_of_rows(self, piece: bytes | BinaryIO) -> Iterator[str]:
        """The lines of a piece, noted; those of the next ones too while a row goes on in them."""
        following: bytes | BinaryIO | None = piece
        while following is not None:
            binary = io.BytesIO(following) if isinstance(following, bytes) else following
            for line in _lines(binary, self._encoding, self._doubtful):
                said = line.replace('\\"', '""') if self._is_backslashed else line
                self._record.append(said)
                yield said
            following = next(self._pieces, None) if self._record else None


_BACKSLASHED = re.compile(r'[^,;\t|\s]\\"')


def _cell(text: str) -> str:
    return text_or_error(legacy_fonts.decode(text))


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
