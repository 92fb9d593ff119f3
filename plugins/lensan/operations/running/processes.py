"""Small things every started process needs: free ports, identity of a pid, orderly stop, locks.

A started process has a record ``{"pid": …, "started_at": …, "owner": …}`` in HOME_DIR/run/<key>.json.
A record with an owner belongs to one command and is ended with it; when that command was killed, the
next one ends what it left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensan.domain.settings import PROJECT, Settings


def free_port() -> int:
    """A TCP port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _stat(pid: int | str) -> tuple[str, int, int] | None:
    """State letter, session and start time (clock ticks since boot) of a process; None: it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return fields[0], int(fields[3]), int(fields[19])


def started_at(pid: int) -> int | None:
    """The kernel's start time of a live process (clock ticks since boot); None when it is gone.

    With it a pid names one process for ever, also after the number was given to another one.
    """
    stat = _stat(pid)
    return None if stat is None or stat[0] == "Z" else stat[2]


def is_running(record: dict[str, Any] | None) -> bool:
    """Whether the process of a record is still this very process."""
    return bool(record) and started_at(record["pid"]) == record["started_at"]  # type: ignore[index]


def record_of(pid: int) -> dict[str, Any]:
    """What names a process for good: its number and when it began. Raises ProcessLookupError when it is gone."""
    started = started_at(pid)
    if started is None:
        raise ProcessLookupError(f"process {pid} is gone")
    return {"pid": pid, "started_at": started}


# ---------------------------------------------------------------- started processes of a home


@dataclass(frozen=True)
class Started:
    """A process started here: ``record`` names it, ``key`` is the name of its file in HOME_DIR/run."""

    key: str
    record: dict[str, Any]
    process: subprocess.Popen[bytes]


def spawn(
    settings: Settings,
    name: str,
    arguments: list[str],
    env: dict[str, str],
    *,
    key: str | None = None,
    outlives_us: bool = False,
) -> Started:
    """Start a process in a session of its own, its output in HOME_DIR/logs/<name>.log.

    ``key``: a name nobody else of this home uses, else one is made. Unless ``outlives_us`` the
    process belongs to this command (see ``end_leftovers``).
    """
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            arguments,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=PROJECT,
        )
    key = key or f"{name}-{process.pid}"
    record = record_of(process.pid)
    owner = None if outlives_us else record_of(os.getpid())
    write_json(settings.run / f"{key}.json", {**record, "owner": owner})
    return Started(key, record, process)


def kept(settings: Settings, key: str) -> dict[str, Any]:
    """The record of a started process; empty when there is none."""
    return read_json(settings.run / f"{key}.json")


def end(settings: Settings, key: str, *, patience_s: float = 20) -> None:
    """Stop a process of ``spawn`` with all it started, and forget it."""
    record = kept(settings, key)
    if record:
        stop(record, patience_s=patience_s)
    (settings.run / f"{key}.json").unlink(missing_ok=True)


def end_leftovers(settings: Settings) -> None:
    """Stop what commands left behind that were killed before they could."""
    for path in settings.run.glob("*.json"):
        record = read_json(path)
        if record.get("owner") and not is_running(record["owner"]):
            end(settings, path.stem)


def _session(record: dict[str, Any]) -> list[int]:
    """The live processes of the session a record began, also when the first one is gone.

    The kernel gives a number to nobody else while a session bears it, so a leader with another start
    time means that nothing of ours is left.
    """
    leader = _stat(record["pid"])
    if leader is not None and leader[2] != record["started_at"]:
        return []
    found = []
    for entry in Path("/proc").iterdir():
        stat = _stat(entry.name) if entry.name.isdigit() else None
        if (
            stat is not None
            and stat[0] != "Z"
            and stat[1] == record["pid"]
            and stat[2] >= record["started_at"]
        ):
            found.append(int(entry.name))
    return found


def stop(record: dict[str, Any], *, patience_s: float = 20) -> None:
    """Ask a process to stop, then make it; the same for all it started in its session. ``patience_s`` 0: without
    asking, where it has nothing to bring to an end."""
    if patience_s and is_running(record):
        _signal([record["pid"]], signal.SIGTERM)
        deadline = time.monotonic() + patience_s
        while is_running(record) and time.monotonic() < deadline:
            time.sleep(0.05)
    rest = _session(record)
    if patience_s:
        _signal(rest, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while rest and time.monotonic() < deadline:
            time.sleep(0.05)
            rest = _session(record)
    _signal(rest, signal.SIGKILL)


def _signal(pids: list[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


# ---------------------------------------------------------------- files


@contextlib.contextmanager
def locked(
    path: Path, *, shared: bool = False, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold a flock on a file, exclusive unless ``shared``; the kernel releases it however the holder ends.

    ``on_wait``: called once where somebody else holds it, before the waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait:
                on_wait()
            fcntl.flock(handle, kind)
        yield


def read_json(path: Path) -> dict[str, Any]:
    """The content; empty when there is no such file or it was not written by ``write_json``."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write whole or not at all, readable by the owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(content, handle, indent=1)
    temporary.replace(path)
