"""Small drawings as SVG coordinates: pure functions, the same numbers for the same values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

WIDTH, HEIGHT, MARGIN = 96.0, 24.0, 3.0


def sparkline(values: Sequence[Decimal | None]) -> dict[str, object] | None:
    """Values from old to new as a line in a box of WIDTH × HEIGHT; None with fewer than two of them.

    A gap (null) breaks the line. ``last``: where the newest value lies, null where it is a gap.
    """
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    step = (WIDTH - 2 * MARGIN) / (len(values) - 1)
    points: list[tuple[float, float] | None] = []
    for number, value in enumerate(values):
        if value is None:
            points.append(None)
            continue
        share = 0.5 if high == low else (float(value) - low) / (high - low)
        y = HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
        points.append((round(MARGIN + number * step, 1), round(y, 1)))
    parts, is_open = [], False
    for point in points:
        if point is not None:
            parts.append(f"{'L' if is_open else 'M'}{point[0]:g} {point[1]:g}")
        is_open = point is not None
    return {"path": "".join(parts), "last": points[-1]}


def timeline(
    start: datetime, end: datetime, marks: Sequence[datetime], moment: datetime
) -> dict[str, object]:
    """Where ``marks`` and ``moment`` (aware) lie between ``start`` and ``end``, in percent of the way."""
    whole = (end - start).total_seconds()

    def place(at: datetime) -> float:
        return round(min(max((at - start).total_seconds() / whole, 0.0), 1.0) * 100, 1)

    return {"marks": [place(mark) for mark in marks], "now": place(moment)}
