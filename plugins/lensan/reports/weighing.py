"""How wide the columns of the official form are, and where its page ends: weighed by what stands in them.

The form is signed on two pages (docs/rules/reports.md#the-official-form). Pure functions; lengths in points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lensan.reports import fitting

LEAST_SHARE, MOST_SHARE, STEPS = 0.3, 0.7, 20


@dataclass(frozen=True)
class Weighed:
    """A row's two long texts: what is counted, and the note on it."""

    label: str
    note: str
    is_bold: bool = False


def label_share(
    rows: Sequence[Weighed], room: float, *, label_size: float, note_size: float
) -> float:
    """The part of ``room`` that the labels' column takes, so that the rows together are as low as they can
    be; the notes' column takes the rest. Sizes in points."""

    def height(share: float) -> float:
        return sum(
            max(
                fitting.line_count(row.label, room * share, label_size, bold=row.is_bold)
                * label_size,
                fitting.line_count(row.note, room * (1 - share), note_size) * note_size,
            )
            for row in rows
        )

    return min(_shares(), key=height)


def _shares() -> Iterator[float]:
    """From a balanced one outwards, so that the more balanced of two that are as good is taken."""
    every = [LEAST_SHARE + (MOST_SHARE - LEAST_SHARE) * n / STEPS for n in range(STEPS + 1)]
    yield from sorted(every, key=lambda share: abs(share - 0.42))


def page_end(
    heights: Sequence[float],
    headings: Sequence[bool],
    *,
    head: float,
    header: float,
    foot: float,
    page: float,
) -> int | None:
    """How many rows stand on the first of two pages; 0: all of it fits one page; null: two do not do.

    ``head`` stands above the first page's header, ``header`` is repeated, ``foot`` goes with the last row.
    No heading (``headings``) is the last row of a page.
    """
    if head + header + sum(heights) + foot <= page:
        return 0
    for first in range(len(heights) - 1, 0, -1):
        if headings[first - 1] or head + header + sum(heights[:first]) > page:
            continue
        return first if header + sum(heights[first:]) + foot <= page else None
    return None
