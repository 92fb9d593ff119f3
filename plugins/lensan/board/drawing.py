"""Small drawings as SVG coordinates: pure functions, the same numbers for the same values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

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


class Chart(NamedTuple):
    """A harvest in a box of ``CHART_WIDTH`` × ``CHART_HEIGHT``: ``band``, ``over`` (what is harvested beyond demand)
    as polygons, ``lines`` by name as paths, ``weeks`` and ``tonnes`` as (place, text) along the axes, ``peak`` as a
    point or null."""

    band: str
    over: str
    lines: dict[str, str]
    weeks: list[tuple[float, str]]
    tonnes: list[tuple[float, str]]
    peak: tuple[float, float] | None


CHART_WIDTH, CHART_HEIGHT = 360.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 20.0, 12.0, 26.0


def harvest(weeks: Sequence[Mapping[str, Any]]) -> Chart | None:
    """The weeks ahead of an alert (lensan.units.glut_alerts.weeks); None with fewer than two."""
    if len(weeks) < 2:
        return None
    most = max(float(max(week["harvested_high"], week["demand"])) for week in weeks) or 1.0
    step = _step(most)
    top = step * math.ceil(most / step)
    across = (CHART_WIDTH - LEFT - RIGHT) / (len(weeks) - 1)

    def at(number: int, tonnes: float) -> tuple[float, float]:
        down = CHART_HEIGHT - BOTTOM - tonnes / top * (CHART_HEIGHT - TOP - BOTTOM)
        return round(LEFT + number * across, 1), round(down, 1)

    def along(key: str) -> list[tuple[float, float]]:
        return [at(number, float(week[key])) for number, week in enumerate(weeks)]

    low, high, harvested, demand = map(
        along, ("harvested_low", "harvested_high", "harvested", "demand")
    )
    peaks = [point for point, week in zip(harvested, weeks, strict=True) if week["is_peak"]]
    upper = [(x, min(y, limit)) for (x, y), (_, limit) in zip(harvested, demand, strict=True)]
    return Chart(
        band=_points([*high, *reversed(low)]),
        over=_points([*upper, *reversed(demand)]),
        lines={
            key: "M" + "L".join(f"{x:g} {y:g}" for x, y in along(key))
            for key in ("harvested", "demand", "sold")
        },
        weeks=[(at(number, 0)[0], f"{week['week_on']:%d/%m}") for number, week in enumerate(weeks)],
        tonnes=[
            (at(0, step * number)[1], f"{step * number:g}".replace(".", ","))
            for number in range(round(top / step) + 1)
        ],
        peak=peaks[0] if peaks else None,
    )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _step(most: float) -> float:
    """A round number of which two to five make the largest value."""
    size = 10.0 ** math.floor(math.log10(most))
    return next(size * share for share in (0.2, 0.5, 1, 2) if most / (size * share) <= 5)


def timeline(
    start: datetime, end: datetime, marks: Sequence[datetime], moment: datetime
) -> dict[str, object]:
    """Where ``marks`` and ``moment`` (aware) lie between ``start`` and ``end``, in percent of the way."""
    whole = (end - start).total_seconds()

    def place(at: datetime) -> float:
        return round(min(max((at - start).total_seconds() / whole, 0.0), 1.0) * 100, 1)

    return {"marks": [place(mark) for mark in marks], "now": place(moment)}
