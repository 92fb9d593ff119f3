"""A plain map of the units that report, from their centres: where somebody still has to send.

Pure, the same picture for the same units. Beside it stands the table that says all of it in words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lensan.domain.places import places

WIDTH, HEIGHT, EDGE = 720.0, 460.0, 14.0
APART = 15.0
"""How far two signs, each 14 wide, lie from each other at least."""
FEWEST = 3
"""Places that make a map."""
MOST_NAMED = 12
"""Of more units the names would cover each other."""
OWING = ("rejected", "missing", "awaited")
Degrees = tuple[float, float]


@dataclass(frozen=True)
class Sign:
    """A unit on the map: what became of its form, and whether its name stands beside it."""

    unit: str
    state: str
    text: str
    x: float
    y: float
    is_named: bool


@dataclass(frozen=True)
class UnitMap:
    """``elsewhere``: the units whose centre nobody has said."""

    width: float
    height: float
    signs: tuple[Sign, ...]
    elsewhere: tuple[str, ...]


def of(cells: Sequence[Mapping[str, Any]]) -> UnitMap | None:
    """The map of a period's units, each with ``unit_code``, ``unit``, ``state`` and ``text``; None where too few
    have a centre in units.csv. Those that still must send are named where they are few."""
    known = {
        row["code"]: (float(row["lat"]), float(row["lon"]))
        for row in places().units
        if row["lat"] and row["lon"]
    }
    here = {
        cell["unit_code"]: known[cell["unit_code"]] for cell in cells if cell["unit_code"] in known
    }
    if len(here) < FEWEST:
        return None
    at = placed(tuple(sorted(here.items())))
    are_few = sum(cell["state"] in OWING for cell in cells) <= MOST_NAMED
    return UnitMap(
        width=max(x for x, _ in at.values()) + EDGE,
        height=max(y for _, y in at.values()) + EDGE,
        signs=tuple(
            Sign(
                cell["unit"],
                cell["state"],
                cell["text"],
                *at[cell["unit_code"]],
                is_named=are_few and cell["state"] in OWING,
            )
            for cell in cells
            if cell["unit_code"] in at
        ),
        elsewhere=tuple(cell["unit"] for cell in cells if cell["unit_code"] not in at),
    )


@lru_cache(maxsize=8)
def placed(centres: tuple[tuple[str, Degrees], ...]) -> dict[str, tuple[float, float]]:
    """By code where a centre (latitude, longitude) lies, x to the east and y to the south, as large as WIDTH and
    HEIGHT allow; neighbours that would cover each other are moved APART.

    A degree of longitude is shorter than one of latitude by the cosine of that.
    """
    middle = sum(latitude for _, (latitude, _) in centres) / len(centres)
    east = [longitude * math.cos(math.radians(middle)) for _, (_, longitude) in centres]
    south = [-latitude for _, (latitude, _) in centres]
    broad, tall = max(east) - min(east), max(south) - min(south)
    scale = min(
        (WIDTH - 2 * EDGE) / max(broad, 1e-6),
        (HEIGHT - 2 * EDGE) / max(tall, 1e-6),
    )
    at = [[x * scale, y * scale] for x, y in zip(east, south, strict=True)]
    _move_apart(at)
    left, top = min(x for x, _ in at), min(y for _, y in at)
    return {
        code: (round(x - left + EDGE, 1), round(y - top + EDGE, 1))
        for (code, _), (x, y) in zip(centres, at, strict=True)
    }


def _move_apart(at: list[list[float]]) -> None:
    """Push each two that are too near away from each other, a little at a time."""
    for turn in range(200):
        is_crowded = False
        for first, second in _near(at):
            one, other = at[first], at[second]
            x, y = other[0] - one[0], other[1] - one[1]
            away = math.hypot(x, y)
            if away >= APART - 0.1:
                continue
            is_crowded = True
            # Two of the same centre part in a direction of their own.
            angle = math.atan2(y, x) if away else 2.4 * (first + turn)
            push = (APART - away) / 2
            for point, sign in ((one, -1), (other, 1)):
                point[0] += sign * push * math.cos(angle)
                point[1] += sign * push * math.sin(angle)
        if not is_crowded:
            return


def _near(at: Sequence[Sequence[float]]) -> Iterable[tuple[int, int]]:
    """The pairs that may be too near, from west to east."""
    order = sorted(range(len(at)), key=lambda number: at[number][0])
    for place, first in enumerate(order):
        for second in order[place + 1 :]:
            if at[second][0] - at[first][0] > APART:
                break
            yield (first, second)
