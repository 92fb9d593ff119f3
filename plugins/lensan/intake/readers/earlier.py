"""The lines of an earlier export of the same list, so that those which stand in a new one need not be read.

Lines are compared byte by byte, first with the one that stands as far down as the last that was found again;
only where many are other than that they are looked for. Of the earlier file only what lies around the place that
was matched last is held in memory: a re-export keeps the order of its lines, by and large.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from lensan.intake.readers.blocks import Block

AROUND = 3
"""Pieces of the earlier file that are held before and behind the one that was matched last."""
MOST_LEFT = 1_000_000
"""Lines without a match that are held."""

MOST_MOVED = 0.1
"""Of a piece's lines, that are read again though they may only have moved."""


class UnlikeError(Exception):
    """The files have too little in common, or what is new in one bears on what is old."""


@dataclass
class _Piece:
    """Lines of the earlier file, from row ``first`` on. ``is_left``: which of them were taken as they stand and have
    no match yet."""

    first: int
    lines: pa.Array
    is_left: np.ndarray

    @property
    def left(self) -> pa.Array:
        return self.lines.filter(pa.array(self.is_left))


class EarlierLines:
    """The lines of a delimited file of which a mask, by row number, says that they were taken as they stand; so
    none of them stands there twice.

    ``mark`` and ``width``: what separates the cells of the new file's lines, and how many they have; null and
    0 while none was compared.
    """

    def __init__(self, path: Path, is_plain: np.ndarray) -> None:
        self._pieces = self._read(path, is_plain)
        self._held: dict[int, _Piece] = {}
        self._end = self._at = 0
        # How much further down a line stands in the earlier file than in the new one.
        self._shift = 0
        self._left: list[pa.Array] = []
        self.mark: str | None = None
        self.width = 0

    @staticmethod
    def _read(path: Path, is_plain: np.ndarray) -> Iterator[_Piece]:
        """The lines, piece by piece. Raises UnlikeError where a line need not be a row."""
        from lensan.intake.readers import delimited

        first = 1
        with path.open("rb") as binary:
            for piece in delimited.pieces(binary, "utf-8"):
                if not isinstance(piece, bytes) or b'"' in piece:
                    raise UnlikeError("rows of several lines")
                if piece.count(b"\r") != piece.count(b"\r\n"):
                    raise UnlikeError("lone carriage returns")
                lines = lines_of(piece)
                kept = np.zeros(len(lines), bool)
                told = is_plain[first : first + len(lines)]
                kept[: len(told)] = told
                yield _Piece(first, lines, kept)
                first += len(lines)

    def match(self, lines: pa.Array, first: int, mark: str, width: int) -> np.ndarray:
        """Which of a piece's lines, in their order, stand in the earlier file; each line there is matched
        once, and one that moved need not be. ``first``: number of the first line's row. Raises UnlikeError."""
        self.mark, self.width = mark, width
        while self._end <= self._at + AROUND and self._hold():
            pass
        found = self._in_place(lines, first)
        if np.count_nonzero(found < 0) > MOST_MOVED * len(lines):
            self._search(lines, first, found)
        matched: np.ndarray = found >= 0
        if matched.any():
            self._at = max(self._at, int(np.median(found[matched])))
        for at in [at for at in self._held if at < self._at - AROUND]:
            self._let_go(at)
        return matched

    def _in_place(self, lines: pa.Array, first: int) -> np.ndarray:
        """For each line the held piece in which it stands where it is expected, or -1."""
        found = np.full(len(lines), -1)
        expected = first + self._shift
        for at, piece in self._held.items():
            begin = max(expected, piece.first)
            end = min(expected + len(lines), piece.first + len(piece.lines))
            if begin >= end:
                continue
            ours, theirs = begin - expected, begin - piece.first
            equal = pc.equal(
                lines.slice(ours, end - begin), piece.lines.slice(theirs, end - begin)
            ).to_numpy(zero_copy_only=False)
            is_left = piece.is_left[theirs : theirs + end - begin]
            found[ours : ours + end - begin][equal & is_left] = at
            is_left &= ~equal
        return found

    def _search(self, lines: pa.Array, first: int, found: np.ndarray) -> None:
        """Add to ``found`` the lines that stand anywhere in a held piece, and learn from the last of them how far
        down the next are to be expected."""
        last = -1
        for at in sorted(self._held, key=lambda at: abs(at - self._at)):
            missing = np.flatnonzero(found < 0)
            if not len(missing):
                break
            piece = self._held[at]
            theirs = np.flatnonzero(piece.is_left)
            places = pc.index_in(piece.left, value_set=lines.take(pa.array(missing)))
            theirs = theirs[pc.is_valid(places).to_numpy(zero_copy_only=False)]
            ours = missing[places.drop_null().to_numpy()]
            found[ours] = at
            piece.is_left[theirs] = False
            if len(ours) and ours.max() > last:
                last = int(ours.max())
                self._shift = piece.first + int(theirs[ours.argmax()]) - first - last

    def take_back(self, lines: pa.Array) -> None:
        """Lines that were matched are read after all."""
        self._left.append(lines)

    def _hold(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._held[self._end] = piece
        self._end += 1
        return True

    def _let_go(self, at: int) -> None:
        self._left.append(self._held.pop(at).left)
        if sum(map(len, self._left)) > MOST_LEFT:
            raise UnlikeError("most lines are new")

    def left(self) -> Iterator[Block]:
        """The lines that had no match, after the last of the new file's was compared. Raises UnlikeError."""
        from lensan.intake.readers import blocks

        if self.mark is None:
            raise UnlikeError("no line was compared")
        while self._held or self._hold():
            self._let_go(min(self._held))
        for lines in filter(len, self._left):
            found = blocks.block(bytes_of(lines), 1, self.mark, self.width)
            if found is None:
                raise UnlikeError("what was plain is not")
            yield found


def lines_of(piece: bytes) -> pa.Array:
    """The lines of a piece, each with its line feed, as an array of bytes."""
    piece = piece if piece.endswith(b"\n") or not piece else piece + b"\n"
    ends = np.flatnonzero(np.frombuffer(piece, np.uint8) == ord("\n")) + 1
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(piece)]
    return pa.Array.from_buffers(pa.binary(), len(ends), buffers)


def bytes_of(lines: pa.Array) -> bytes:
    """The text of lines."""
    offsets = np.frombuffer(lines.buffers()[1], np.int32)[lines.offset :]
    begin, end = int(offsets[0]), int(offsets[len(lines)])
    return bytes(lines.buffers()[2][begin:end])
