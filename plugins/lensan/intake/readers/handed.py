"""Columns that the process that opens files hands over, so that a text is made into columns once.

They pass through memory that has no name and is gone with whoever holds it: no copy of a file lies anywhere. What is
too much for that memory, or was not handed over for any other reason, is read from the file as if there were no
such thing. A loader may begin while the other process still reads: it reads no piece of the file that the other has
not read to its end.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lensan.intake.readers.blocks import Block

MOST_BYTES = 256 << 20
"""Of columns that are held at once, of all files together."""
MOST_WAITED_S = 5.0
"""Seconds that a loader waits in all for pieces of one file, since others may wait for its lock."""
_free = MOST_BYTES
_lock = threading.Lock()


class BehindError(Exception):
    """The process that opens files is not as far as whoever waits for it."""


class Handed:
    """The blocks of a file, by the number of their first row, as they come. ``path``: the memory, where the other
    process finds it, as long as this object is there."""

    def __init__(self) -> None:
        self._file = os.memfd_create("columns")
        self._close = weakref.finalize(self, os.close, self._file)
        self.path = Path(f"/proc/{os.getpid()}/fd/{self._file}")
        self._batches: dict[int, pa.RecordBatch] = {}
        self._pieces = 0
        self._waited = 0.0
        self._answer: Future[dict[str, Any]] | None = None
        self._changed = threading.Condition()
        self.encoding: str | None = None

    @property
    def asked_for(self) -> dict[str, Any]:
        """What ``HandingOver`` takes, as it travels to the other process."""
        return {"path": str(self.path), "most": max(_free, 0)}

    # ------------------------------------------------------------ what the other process tells

    def told(self, message: list[Any]) -> None:
        """Take a message of ``HandingOver``."""
        what, *said = message
        with self._changed:
            if what == "encoding":
                (self.encoding,) = said
            elif what == "pieces":
                (self._pieces,) = said
            else:
                self._receive(*said)
            self._changed.notify_all()

    def _receive(self, first: int, begin: int, end: int) -> None:
        # What is not whole is read from the file. The memory lives on with what was read of it.
        with contextlib.suppress(OSError, ValueError), pa.memory_map(str(self.path)) as source:
            source.seek(begin)
            with pa.ipc.open_stream(source) as stream:
                self._batches[first] = stream.read_next_batch()
            _take(end - begin)
            weakref.finalize(self, _take, begin - end)

    def expect(self, answer: Future[dict[str, Any]]) -> None:
        """``answer``: of the other process, when it has read all."""

        def is_there(_: Any) -> None:
            self._close()
            with self._changed:
                self._changed.notify_all()

        self._answer = answer
        answer.add_done_callback(is_there)

    # ------------------------------------------------------------ who waits for it

    def whole(self, *, in_time: bool = False) -> None:
        """Wait until the other process has read all. Raises Unreadable where it cannot, and ``in_time`` BehindError
        where that takes too long."""
        if in_time:
            self._wait(lambda: False)
        if self._answer is not None:
            self._answer.result()

    def wait_for_columns(self) -> str:
        """Wait until a block is there, or all is read; returns the encoding. Raises Unreadable."""
        with self._changed:
            self._changed.wait_for(lambda: self._batches or self._is_answered)
        if self._is_answered:
            self.whole()
        assert self.encoding is not None
        return self.encoding

    def passed(self, pieces: Iterator[Any]) -> Iterator[Any]:
        """Pieces of the file, each when the other process has read it to its end. Raises Unreadable where it cannot,
        BehindError where that takes too long."""
        for number, piece in enumerate(pieces, 1):
            self._wait(partial(self._has_passed, number))
            if number > self._pieces:
                self.whole()
            yield piece

    def _has_passed(self, piece: int) -> bool:
        return self._pieces >= piece

    def _wait(self, is_there: Callable[[], bool]) -> None:
        """Wait for what is there at the latest with the answer. Raises BehindError."""
        begin = time.monotonic()
        with self._changed:
            is_in_time = self._changed.wait_for(
                lambda: is_there() or self._is_answered, max(0.0, MOST_WAITED_S - self._waited)
            )
        self._waited += time.monotonic() - begin
        if not is_in_time:
            raise BehindError

    @property
    def _is_answered(self) -> bool:
        return self._answer is not None and self._answer.done()

    def block(self, first: int, rows: int) -> Block | None:
        """The block of some rows; null where it was not handed over."""
        batch = self._batches.get(first)
        if batch is None or batch.num_rows != rows:
            return None
        try:
            # Who writes it has read what came from outside.
            batch.validate(full=True)
        except pa.ArrowInvalid:
            return None
        return Block(np.arange(first, first + rows), tuple(batch.columns))


def _take(size: int) -> None:
    global _free
    with _lock:
        _free -= size


class HandingOver:
    """The side of the process that opens files. ``tell``: how what is there is told."""

    def __init__(self, path: str, most: int, tell: Callable[[list[Any]], None]) -> None:
        self._path = path
        self._left = most
        self._tell = tell
        self._sink: pa.NativeFile | None = None

    def over(self, block: Block) -> None:
        """Write a block, while there is room; where the memory cannot be reached, nothing is handed over."""
        names = [str(at) for at in range(len(block.columns))]
        batch = pa.record_batch(list(block.columns), names)
        self._left -= batch.get_total_buffer_size()
        if self._left < 0 or not len(block):
            return
        try:
            self._sink = self._sink or pa.OSFile(self._path, "wb")
            begin = self._sink.tell()
            with pa.ipc.new_stream(self._sink, batch.schema) as stream:
                stream.write_batch(batch)
            end = self._sink.tell()
        except OSError:
            self._left = -1
            return
        self._tell(["block", int(block.numbers[0]), begin, end])

    def close(self) -> None:
        """No more comes."""
        if self._sink is not None:
            with contextlib.suppress(OSError):
                self._sink.close()
