"""Who works in a home: a command that must have it to itself waits for the others, and says for whom.

`make demo` takes files in as they would have come, week by week; another command that sweeps the same landing
root meanwhile would take next week's files for this week's.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import Any

from lensan.domain.periods import ICT
from lensan.domain.settings import Settings
from lensan.operations.running import processes
from lensan.operations.running.airflow_home import Say

LOCK = ".at-work.lock"


@contextlib.contextmanager
def holding(
    home: Settings, command: str, *, alone: bool = False, say: Say = print, since: datetime
) -> Iterator[None]:
    """For the block nobody else works in the home who wants to be ``alone``; with it, nobody at all.

    ``command``: what others read who wait, as typed; ``since``: when it was typed, aware. Waits as long as it
    takes, and says for whom; whoever holds the home lets go of it however they end.
    """

    def told() -> None:
        for one in _others(home):
            say(
                _(
                    "{command} is at work in {home} since {since} (process {pid}): waiting until it is "
                    "done. Ctrl-C ends the waiting, not what is at work"
                ).format(home=home.home, **one)
            )

    with processes.locked(home.home / LOCK, shared=not alone, on_wait=told):
        mine = _folder(home) / f"{os.getpid()}.json"
        processes.write_json(
            mine,
            {
                **processes.record_of(os.getpid()),
                "command": command,
                "since": f"{since.astimezone(ICT):%H:%M:%S}",
            },
        )
        try:
            yield
        finally:
            mine.unlink(missing_ok=True)


def _folder(home: Settings) -> Path:
    return home.run / "at-work"


def _others(home: Settings) -> list[dict[str, Any]]:
    """The records of those who work in a home now; what the killed left behind is not of them."""
    records = [processes.read_json(path) for path in sorted(_folder(home).glob("*.json"))]
    return [record for record in records if processes.is_running(record)]
