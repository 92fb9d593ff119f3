"""Spreadsheets, parsed in a child process: a crash, a hang or a memory bomb is a verdict, not ours.

The child lives on from file to file (its start costs more than most files) and is replaced after any
trouble. It answers with msgpack, never with pickled objects.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import IO, Any

import msgpack

from lensan.domain import values
from lensan.intake import gate
from lensan.intake.gate import Unreadable
from lensan.intake.readers.model import SourceDocument, SourceRow, SourceTable

TIMEOUT_S = 30.0
MOST_ANSWER = 1 << 30


def read_zip(path: Path) -> SourceDocument:
    """An .xlsx or .ods. Raises Unreadable."""
    return _parse(path, gate.check_zip(path))


def read_ole(path: Path, stream: IO[bytes]) -> SourceDocument:
    """An .xls (Excel 5 to 2003). Raises Unreadable."""
    gate.check_ole(path, stream)
    return _parse(path, "xls")


def read_bare_biff(path: Path) -> SourceDocument:
    """An .xls of Excel 4 or older, without OLE: xlrd reads it. Raises Unreadable."""
    return _parse(path, "xls")


class _Child:
    """One parser process; used by one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def ask(self, path: Path, kind: str) -> dict[str, Any]:
        with self._lock:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.write(json.dumps({"path": str(path), "kind": kind}).encode() + b"\n")
                process.stdin.flush()
                deadline = time.monotonic() + TIMEOUT_S
                (size,) = struct.unpack(">Q", self._receive(process, 8, deadline))
                if size > MOST_ANSWER:
                    raise Unreadable("too_large", f"an answer of {size} bytes")
                answer = self._receive(process, size, deadline)
            except TimeoutError as error:
                self.stop()
                raise Unreadable("too_slow", f"no answer in {TIMEOUT_S:.0f} s") from error
            except (EOFError, BrokenPipeError) as error:
                code = process.wait()
                self.stop()
                # What the parser cannot allocate ends it by an abort; its other faults it tells.
                rule = "too_much_memory" if code == -signal.SIGABRT else "damaged"
                raise Unreadable(rule, f"the reader ended with status {code}") from error
            except Unreadable:
                self.stop()
                raise
        return dict(msgpack.unpackb(answer, raw=False, strict_map_key=False))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None or self._owner != os.getpid():
            environment = {
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
                "LC_ALL": "C.UTF-8",
                "TZ": "Asia/Ho_Chi_Minh",
            }
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lensan.intake.readers.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
            self._owner = os.getpid()
        return self._process

    @staticmethod
    def _receive(process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        parts: list[bytes] = []
        missing = size
        while missing:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError
            part = os.read(descriptor, min(missing, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and self._owner == os.getpid():
            process.kill()
            process.wait()


_child = _Child()
atexit.register(_child.stop)


def _parse(path: Path, kind: str) -> SourceDocument:
    answer = _child.ask(path, kind)
    if "error" in answer:
        raise Unreadable(answer["error"], answer["detail"])
    tables = [
        SourceTable(
            sheet["name"],
            [
                SourceRow(number, _cells(cells), "hidden" if hidden else None)
                for number, cells, hidden in sheet["rows"]
            ],
            hidden=sheet["hidden"],
            date1904=answer["date1904"],
            hidden_columns=frozenset(sheet["hidden_columns"]),
            merged=tuple((a, b, c, d) for a, b, c, d in sheet["merged"]),
        )
        for sheet in answer["sheets"]
    ]
    return SourceDocument(kind, tables, list(answer["warnings"]))


_FROM_CHILD: dict[str, Callable[[str], Any]] = {
    "d": date.fromisoformat,
    "m": datetime.fromisoformat,
    "t": clock_time.fromisoformat,
    "e": values.CellError,
    "f": lambda _: values.FORMULA_WITHOUT_VALUE,
    "n": int,
    "u": lambda text: values.DoubtfulText(text, "two_fonts"),
}


def _cells(cells: list[Any]) -> tuple[Any, ...]:
    """Plain values as they are; [tag, text] is a value msgpack has no type for."""
    return tuple(
        _FROM_CHILD[cell[0]](cell[1]) if isinstance(cell, list) else cell for cell in cells
    )
