"""The lines of an earlier export of the same list, so that those which stand in a new one need not be read.

Lines are compared byte by byte. Of the earlier file only what lies around the place that was matched last is
held in memory: a re-export keeps the order of its lines, by and large.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lensan.intake.readers.blocks import Block

AROUND = 3
"""Pieces of the earlier file that are held before and behind the one that was matched last."""
MOST_LEFT = 1_000_000
"""Lines without a match that are held."""
_CHUNK = 50_000


class UnlikeError(Exception):
    """The files have too little in common, or what is new in one bears on what is old."""


class EarlierLines:
    """The lines of a delimited file of which a mask, by row number, says that they were taken as they stand.

    ``mark`` and ``width``: what separates the cells of the new file's lines, and how many they have; null and
    0 while none was compared.
    """

    def __init__(self, path: Path, is_plain: np.ndarray) -> None:
        self._pieces = self._read(path, is_plain)
        self._held: deque[list[tuple[bytes, int]]] = deque()
        self._places: dict[bytes, int] = {}
        self._first = self._at = 0
        self._left: list[bytes] = []
        self.mark: str | None = None
        self.width = 0

    @staticmethod
    def _read(path: Path, is_plain: np.ndarray) -> Iterator[list[bytes]]:
        """The plain lines, piece by piece. Raises UnlikeError where a line need not be a row."""
        from lensan.intake.readers import delimited

        first = 1
        with path.open("rb") as binary:
            for piece in delimited.pieces(binary, "utf-8"):
                if not isinstance(piece, bytes) or b'"' in piece:
                    raise UnlikeError("rows of several lines")
                if piece.count(b"\r") != piece.count(b"\r\n"):
                    raise UnlikeError("lone carriage returns")
                lines = lines_of(piece)
                kept = np.flatnonzero(is_plain[first : first + len(lines)])
                first += len(lines)
                yield [lines[at] for at in kept]

    def match(self, lines: Sequence[bytes], mark: str, width: int) -> np.ndarray:
        """Which of a piece's lines, in their order, stand in the earlier file; each line there is matched
        once. Raises UnlikeError."""
        self.mark, self.width = mark, width
        while self._first + len(self._held) <= self._at + AROUND and self._hold():
            pass
        take = self._places.pop
        found = np.fromiter((take(line, -1) for line in lines), np.int64, len(lines))
        matched = found >= 0
        if matched.any():
            self._at = max(self._at, int(np.median(found[matched])))
        while self._held and self._first < self._at - AROUND:
            self._let_go()
        return matched

    def take_back(self, lines: Iterable[bytes]) -> None:
        """Lines that were matched are read after all."""
        self._left += lines

    def _hold(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        at = self._first + len(self._held)
        self._held.append([(line, at) for line in piece])
        self._places.update(self._held[-1])
        return True

    def _let_go(self) -> None:
        take = self._places.pop
        self._left += [line for line, _ in self._held.popleft() if take(line, None) is not None]
        self._first += 1
        if len(self._left) > MOST_LEFT:
            raise UnlikeError("most lines are new")

    def left(self) -> Iterator[Block]:
        """The lines that had no match, after the last of the new file's was compared. Raises UnlikeError."""
        from lensan.intake.readers import blocks

        if self.mark is None:
            raise UnlikeError("no line was compared")
        while self._held or self._hold():
            self._let_go()
        for at in range(0, len(self._left), _CHUNK):
            lines = b"\n".join(self._left[at : at + _CHUNK]) + b"\n"
            found = blocks.block(lines, 1, self.mark, self.width)
            if found is None:
                raise UnlikeError("what was plain is not")
            yield found


def lines_of(piece: bytes) -> list[bytes]:
    """The lines of a piece without their line feeds."""
    lines = piece.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines
