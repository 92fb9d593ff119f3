"""Plain lines of delimited text read as columns, a few megabytes at a time.

A block is plain where a line is a row and a row has the header's width: UTF-8 without quotes, backslashes,
lone carriage returns, NUL, and without letters that a legacy font may have left. All other lines are
read one by one (delimited).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lensan.domain import legacy_fonts
from lensan.intake.readers.earlier import bytes_of
from lensan.intake.readers.looks import text_or_error
from lensan.intake.readers.model import SourceRow, Value, stream_safe

_SPELLINGS = pa.dictionary(pa.int32(), pa.string())
_NOT_PLAIN = (b'"', b"\\", b"\0", b"\t", b"\xef\xbb\xbf")


@dataclass(frozen=True)
class Block:
    """Rows of one width. ``numbers``: int64, of each row as SourceRow has it; ``columns``: dictionary arrays of
    text, one code a row and no nulls. ``skipped``: rows that are not among them, since they are known."""

    numbers: np.ndarray
    columns: tuple[pa.DictionaryArray, ...]
    skipped: Skipped = field(default_factory=lambda: Skipped(np.empty(0, np.int64)))
    _distinct: dict[int, list[Value]] = field(init=False, default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)

    def distinct(self, at: int) -> list[Value]:
        """The distinct cells of a column, in the order in which they first stand there."""
        if at not in self._distinct:
            self._distinct[at] = list(map(text_or_error, self.columns[at].dictionary.to_pylist()))
        return self._distinct[at]

    @cached_property
    def codes(self) -> tuple[np.ndarray, ...]:
        """Of each column, for each row the place of its cell in ``distinct``."""
        return tuple(each.indices.to_numpy() for each in self.columns)

    def rows_at(self, places: np.ndarray) -> dict[int, SourceRow]:
        """The rows at some places in the block, from 0."""
        at = pa.array(places)
        columns = (each.dictionary.take(each.indices.take(at)) for each in self.columns)
        cells = zip(*(map(text_or_error, each.to_pylist()) for each in columns), strict=True)
        numbers = self.numbers[places].tolist()
        return {
            place: SourceRow(number, of_row)
            for place, number, of_row in zip(places.tolist(), numbers, cells, strict=True)
        }

    def rows(self) -> Iterator[SourceRow]:
        """The rows one by one, in their order."""
        columns = [self.distinct(at) for at in range(len(self.columns))]
        codes = zip(*(each.tolist() for each in self.codes), strict=True)
        for number, of_row in zip(self.numbers.tolist(), codes, strict=True):
            found = (cells[code] for cells, code in zip(columns, of_row, strict=True))
            yield SourceRow(number, tuple(found))

    def only(self, kept: np.ndarray) -> Block:
        """The rows for which the mask holds."""
        mask = pa.array(kept)
        columns = (each.cast(pa.string()).filter(mask) for each in self.columns)
        found = tuple(each.dictionary_encode() for each in columns)
        return replace(self, numbers=self.numbers[kept], columns=found)


@dataclass(frozen=True)
class Skipped:
    """Plain lines that were taken as they stand from an earlier file. ``numbers``: int64, ascending, of their
    rows; ``lines``: all lines of the piece that they stand in, from row ``first`` on."""

    numbers: np.ndarray
    lines: pa.Array | None = None
    first: int = 1
    mark: str = ","

    def __contains__(self, number: int) -> bool:
        at = int(np.searchsorted(self.numbers, number))
        return at < len(self.numbers) and int(self.numbers[at]) == number

    def cells(self, number: int) -> tuple[Value, ...]:
        """The cells of one of the rows."""
        assert self.lines is not None, "there are none"
        line = self.lines[number - self.first].as_py().decode()
        return tuple(
            map(text_or_error, line.removesuffix("\n").removesuffix("\r").split(self.mark))
        )

    def last_cells(self) -> set[str]:
        """What stands in the last cell of the rows."""
        if self.lines is None or not len(self.numbers):
            return set()
        lines = self.lines.take(pa.array(self.numbers - self.first))
        cells = pc.split_pattern(lines, self.mark, max_splits=1, reverse=True)
        last = pc.unique(pc.list_element(cells, 1)).to_pylist()
        return {cell.decode().removesuffix("\n").removesuffix("\r") for cell in last}


def beside(
    lines: pa.Array, is_known: np.ndarray, first: int, mark: str, width: int
) -> Block | None:
    """Whole lines (earlier.lines_of) as a block, without those that are known; null where one of the others is
    not plain. Arguments as of ``block``."""
    numbers = np.arange(first, first + len(lines))
    skipped = Skipped(numbers[is_known], lines, first, mark)
    if is_known.all():
        nothing = pa.array([], pa.string()).dictionary_encode()
        return Block(numbers[:0], (nothing,) * width, skipped)
    others = bytes_of(lines.filter(pa.array(~is_known)))
    found = block(others, first, mark, width)
    return None if found is None else replace(found, numbers=numbers[~is_known], skipped=skipped)


def block(lines: bytes, first: int, mark: str, width: int) -> Block | None:
    """Whole lines as a block; null where one of them is not plain. ``first``: number of the first line's row;
    ``mark``: what separates cells; ``width``: cells of a row."""
    told = _NOT_PLAIN if mark != "\t" else tuple(each for each in _NOT_PLAIN if each != b"\t")
    if any(each in lines for each in told) or lines.count(b"\r") != lines.count(b"\r\n"):
        return None
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(lines),
            read_options=pyarrow.csv.ReadOptions(
                column_names=[str(at) for at in range(width)], use_threads=False, block_size=len(lines) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=mark, quote_char=False, double_quote=False, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={str(at): _SPELLINGS for at in range(width)}, strings_can_be_null=False
            ),
        )  # fmt: skip
    except pa.ArrowInvalid:
        return None  # a line of another width, or no UTF-8
    columns = tuple(_whole(each) for each in table.columns)
    expected = lines.count(b"\n") + (not lines.endswith(b"\n"))
    if table.num_rows != expected or not all(map(_is_plain, columns)):
        return None
    return Block(np.arange(first, first + table.num_rows), columns)


def _whole(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of a block, which is read in one piece."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _is_plain(column: pa.DictionaryArray) -> bool:
    """Whether every text of a column is what the line reader would make of it."""
    distinct = column.dictionary
    foreign = distinct.filter(pc.invert(pc.string_is_ascii(distinct)))
    text = "\n".join(foreign.to_pylist())
    return text.isascii() or (
        unicodedata.is_normalized("NFC", text)
        and stream_safe(text) == text
        and not legacy_fonts.needs_a_look(text)
    )
