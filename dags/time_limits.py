"""How long a task may take, by what it does. A task that hangs fails at its limit, is tried again and told:
it never holds up its source or its report for ever. Each limit is many times what the work takes
(docs/performance.md)."""

from __future__ import annotations

from datetime import timedelta

STEP = timedelta(minutes=20)
"""A step of a report, or what follows a sweep."""
GLANCE = timedelta(minutes=5)
"""A look into a file or a row."""
SWEEP = timedelta(hours=3)
"""What lies there of a source, the backlog of years as well: what is loaded by then is loaded."""
SWEEP_FOR_REPORT = timedelta(minutes=40)
"""What came in since the last sweep: the report waits for it, and goes on without it."""
MAILS = timedelta(minutes=30)
"""All mails of a kind, through a server that is slow."""
NIGHT = timedelta(hours=3)
"""The nightly maintenance."""
