"""Small things every started process needs: free ports, identity of a pid, orderly stop, locks."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def free_port() -> int:
    """A TCP port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def started_at(pid: int) -> int | None:
    """The kernel's start time of a live process (clock ticks since boot); None when it is gone.

    With it a pid names one process for ever, also after the number was given to another one.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rsplit(")", 1)[1].split()
    return None if fields[0] == "Z" else int(fields[19])


def is_running(record: dict[str, Any] | None) -> bool:
    """Whether the process of a record ``{"pid": …, "started_at": …}`` is still this very process."""
    return bool(record) and started_at(record["pid"]) == record["started_at"]  # type: ignore[index]


def record_of(pid: int) -> dict[str, int]:
    started = started_at(pid)
    if started is None:
        raise ProcessLookupError(f"process {pid} is gone")
    return {"pid": pid, "started_at": started}


def stop_group(record: dict[str, Any], *, timeout: float = 20, first: int = signal.SIGTERM) -> None:
    """Ask a process group to stop, then make it. Only the very process of the record is signalled."""
    if not is_running(record):
        return
    pid = record["pid"]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, first)
    deadline = time.monotonic() + timeout
    while is_running(record) and time.monotonic() < deadline:
        time.sleep(0.1)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive flock on a file; the kernel releases it however the holder ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write whole or not at all, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(content, handle, indent=1)
    temporary.replace(path)
