"""Three-fold choices of a run in words: *theo lịch*, *có*, *không*.

The form of a trigger shows the words. Those who wrote true, false or null before there were words are
understood as well: ``{"deliver": true}`` is part of what is promised to scripts.
"""

from __future__ import annotations

BY_SCHEDULE, YES, NO = "theo lịch", "có", "không"
_MEANING = {BY_SCHEDULE: None, YES: True, NO: False}
ACCEPTED = (*_MEANING, True, False, None)


def decided(value: str | bool | None) -> bool | None:
    """True or false as somebody chose, null where the schedule is to decide. Raises ValueError for what
    is no choice."""
    if value is None or isinstance(value, bool):
        return value
    try:
        return _MEANING[value]
    except KeyError:
        raise ValueError(f"{value!r} is no choice; choose {BY_SCHEDULE}, {YES} or {NO}") from None
