"""An enterprise's small form: what it promises to store and to carry for the alerts of a glut that stand.

A signed link like a unit's (docs/decisions/0041-promises.md), of one enterprise; good for the weeks an alert speaks of.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from sqlalchemy import Engine

from lensan.units import phone_form
from lensan.units.phone_form import LinkError

LIVES = timedelta(weeks=11)
"""The eight weeks of which an alert speaks, and the three by which calendars are late."""
PURPOSE = "promise"


def link(engine: Engine, actor: str, *, moment: datetime) -> str:
    """The part of the address that opens the form of an enterprise until LIVES after ``moment`` (aware)."""
    told = f"{actor}.{int((moment + LIVES).timestamp())}"
    return f"{told}.{phone_form.mark(engine, PURPOSE, told)}"


def address(engine: Engine, board: str, actor: str, *, moment: datetime) -> str:
    """The whole address of an enterprise's form, below the board's as others reach it."""
    return f"{board.rstrip('/')}/promise/{link(engine, actor, moment=moment)}"


def opened(engine: Engine, given: str, *, moment: datetime) -> str:
    """Whose form a link opens. Raises LinkError."""
    told, _dot, marked = given.rpartition(".")
    actor, _dot, until = told.rpartition(".")
    wanted = phone_form.mark(engine, PURPOSE, told)
    if not actor or not hmac.compare_digest(marked.encode(), wanted.encode()):
        raise LinkError(is_over=False)
    if int(until) < moment.timestamp():
        raise LinkError(is_over=True)
    return actor
