"""A clock that only events move: what is due at a moment happens then, in the order in which it was planned."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Generator
from datetime import datetime, timedelta

Process = Generator[datetime, None, None]
"""Yields the moment at which it goes on."""


class Clock:
    """``now``: aware, Asia/Ho_Chi_Minh."""

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, moment: datetime, event: Callable[[], None]) -> None:
        """Plan an event; one that is past happens next."""
        heapq.heappush(self._events, (max(moment, self.now), next(self._order), event))

    def start(self, process: Process) -> None:
        """Go on with a process until it waits, and again when what it waits for has come."""
        try:
            resume_at = next(process)
        except StopIteration:
            return
        self.at(resume_at, lambda: self.start(process))

    def until(self, moment: datetime) -> None:
        """Let everything happen that is due by then."""
        while self._events and self._events[0][0] <= moment:
            due, _, event = heapq.heappop(self._events)
            self.now = max(self.now, due)
            event()
        self.now = max(self.now, moment)

    def sleep(self, seconds: float) -> None:
        """What a sleeping process leaves to others."""
        self.until(self.now + timedelta(seconds=seconds))

    def seconds(self) -> float:
        """A stopwatch."""
        return self.now.timestamp()
