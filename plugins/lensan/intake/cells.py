"""A cell as text: how raw rows and problems keep what was read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from lensan.domain.problems import LONGEST_KEPT


def as_text(cell: Any) -> str | None:
    """A cell as kept in raw: text as read, numbers plain, moments ISO 8601."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, date | datetime):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell)


def kept_value(cell: Any) -> str | None:
    """A cell as kept beside its problem: not longer than a person reads."""
    text = as_text(cell)
    if text is None or len(text) <= LONGEST_KEPT:
        return text
    return text[: LONGEST_KEPT - 1] + "…"


def is_blank(cell: Any) -> bool:
    """Whether nothing stands in a cell."""
    return cell is None or not str(cell).strip()
