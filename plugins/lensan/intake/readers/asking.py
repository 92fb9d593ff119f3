"""The worker's side of the process that opens files: a crash, a hang or a bomb is a verdict, not ours.

The child lives on from file to file (its start costs more than most files) and is replaced after any
trouble. It answers with msgpack, never with pickled objects: with one map, and before it with lists of what it tells
while it reads on.
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
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgpack

from lensan.intake.gate import Unreadable

TIMEOUT_S = 30.0
SECONDS_A_MEGABYTE = 2.0
"""More for each megabyte of text: quoted lines, the slowest of them, take 0.3 on a small machine."""
MOST_ANSWER = 1 << 30


def ask(path: Path, kind: str, *, seconds: float = TIMEOUT_S, **more: Any) -> dict[str, Any]:
    """What the child finds in a file of a kind that lensan.intake.readers.child.KINDS names. ``seconds``: of
    time, and of processor time, that it may take; ``more``: what the kind's reader takes too. Raises Unreadable."""
    return _child.ask(path, kind, seconds, more)


def begin(
    path: Path,
    kind: str,
    *,
    seconds: float,
    more: Callable[[], Mapping[str, Any]],
    told: Callable[[Any], None],
) -> Future[dict[str, Any]]:
    """The same, while the caller goes on; the answer raises Unreadable. ``told`` takes what the child tells before its
    answer, in a thread of its own; ``more`` is asked when the child is free."""
    return _child.begin(path, kind, seconds, more, told)


def expect() -> None:
    """Start the child where none runs: a file is about to be asked for."""
    _child.expect()


def seconds_for_text(path: Path) -> float:
    """Seconds that reading a text may take: in proportion to its size, as all its readers do."""
    return TIMEOUT_S + SECONDS_A_MEGABYTE * path.stat().st_size / (1 << 20)


class _Child:
    """One parser process; used by one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def ask(self, path: Path, kind: str, seconds: float, more: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            return self._answer(path, kind, seconds, more, lambda _: None)

    def begin(
        self,
        path: Path,
        kind: str,
        seconds: float,
        more: Callable[[], Mapping[str, Any]],
        told: Callable[[Any], None],
    ) -> Future[dict[str, Any]]:
        found: Future[dict[str, Any]] = Future()

        def wait() -> None:
            try:
                found.set_result(self._answer(path, kind, seconds, more(), told))
            except BaseException as error:
                found.set_exception(error)
            finally:
                self._lock.release()

        self._lock.acquire()
        threading.Thread(target=wait, name="waits-for-reader", daemon=True).start()
        return found

    def _answer(
        self,
        path: Path,
        kind: str,
        seconds: float,
        more: Mapping[str, Any],
        told: Callable[[Any], None],
    ) -> dict[str, Any]:
        """The child's answer; ``told`` takes what comes before it. Raises Unreadable."""
        job = {"path": str(path), "kind": kind, "seconds": seconds, "more": more}
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            deadline = time.monotonic() + seconds
            while True:
                answer = self._message(process, deadline)
                if isinstance(answer, dict):
                    break
                told(answer)
        except TimeoutError as error:
            self.stop()
            raise Unreadable("too_slow", f"no answer in {seconds:.0f} s") from error
        except (EOFError, BrokenPipeError) as error:
            code = process.wait()
            self.stop()
            raise Unreadable(
                _ENDED_BY.get(-code, "damaged"), f"the reader ended with status {code}"
            ) from error
        except BaseException:
            # A half read answer would be taken for the next file's.
            self.stop()
            raise
        if "error" in answer:
            raise Unreadable(answer["error"], answer["detail"], **answer.get("parameters", {}))
        return answer

    def _message(self, process: subprocess.Popen[bytes], deadline: float) -> Any:
        (size,) = struct.unpack(">Q", self._receive(process, 8, deadline))
        if size > MOST_ANSWER:
            raise Unreadable("too_large", f"an answer of {size} bytes")
        message = self._receive(process, size, deadline)
        return msgpack.unpackb(message, raw=False, strict_map_key=False)

    def expect(self) -> None:
        if self._lock.acquire(blocking=False):
            try:
                self._running()
            finally:
                self._lock.release()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None or self._owner != os.getpid():
            environment = {
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
                "LC_ALL": "C.UTF-8",
                "TZ": "Asia/Ho_Chi_Minh",
                # Arrow's own pools reserve more addresses than the child may have.
                "ARROW_DEFAULT_MEMORY_POOL": "system",
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


_ENDED_BY: dict[int, str] = {
    # What a parser cannot allocate ends it by an abort; its other faults it tells.
    int(signal.SIGABRT): "too_much_memory",
    int(signal.SIGXCPU): "too_slow",
}

_child = _Child()
atexit.register(_child.stop)
