"""Columns that the process that opens files hands over, so that a text is made into columns once.

They pass through memory that has no name and is gone with whoever holds it: no copy of a file lies anywhere. What is
too much for that memory, or was not handed over for any other reason, is read from the file as if there were no
such thing.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lensan.intake.readers.blocks import Block

MOST_BYTES = 256 << 20
"""Of columns that are held at once, of all files together."""
_free = MOST_BYTES
_lock = threading.Lock()


class Receiver:
    """Memory for the columns of one file. ``path``: where the other process finds it, as long as this object is
    there; ``most``: bytes that it may fill."""

    def __init__(self) -> None:
        self._file = os.memfd_create("columns")
        self._close = weakref.finalize(self, os.close, self._file)
        self.path = Path(f"/proc/{os.getpid()}/fd/{self._file}")
        self.most = max(_free, 0)

    @property
    def asked_for(self) -> dict[str, Any]:
        """What ``HandingOver`` takes, as it travels to the other process."""
        return {"path": str(self.path), "most": self.most}

    def received(self, firsts: Sequence[int]) -> Handed | None:
        """What was written; null where that is nothing whole. ``firsts``: number of the first row of each block."""
        size = os.fstat(self._file).st_size
        try:
            # The memory lives on with what was read of it.
            with pa.memory_map(str(self.path)) as source, pa.ipc.open_stream(source) as stream:
                return Handed(dict(zip(firsts, stream, strict=True)), size)
        except (OSError, ValueError):
            return None
        finally:
            self._close()


class Handed:
    """The blocks of a file, by the number of their first row. ``size``: bytes of memory."""

    def __init__(self, batches: dict[int, pa.RecordBatch], size: int) -> None:
        self._batches = batches
        _take(size)
        weakref.finalize(self, _take, -size)

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
    """The side of the process that opens files. ``firsts``: what to tell of the blocks that were written."""

    def __init__(self, path: str, most: int) -> None:
        self._path = path
        self._left = most
        self._open = contextlib.ExitStack()
        self._stream: pa.RecordBatchStreamWriter | None = None
        self.firsts: list[int] = []

    def over(self, block: Block) -> None:
        """Write a block, while there is room; where the memory cannot be reached, nothing is handed over."""
        names = [str(at) for at in range(len(block.columns))]
        batch = pa.record_batch(list(block.columns), names)
        self._left -= batch.get_total_buffer_size()
        if self._left < 0 or not len(block):
            return
        try:
            self._write(batch)
        except OSError:
            self._left = -1
            return
        self.firsts.append(int(block.numbers[0]))

    def _write(self, batch: pa.RecordBatch) -> None:
        if self._stream is None:
            sink = self._open.enter_context(pa.OSFile(self._path, "wb"))
            self._stream = self._open.enter_context(pa.ipc.new_stream(sink, batch.schema))
        self._stream.write_batch(batch)

    def close(self) -> None:
        """No more comes."""
        with contextlib.suppress(OSError):
            self._open.close()
