"""How alike the names of producers are, and which of many are alike.

Names are compared by their readings: folded, without titles (docs/rules/sources.md#who-is-the-same-producer).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from lensan.domain import values

MOST_CELLS = 4_000_000
"""Comparisons in memory at a time."""


@lru_cache(maxsize=65536)
def readings(name: str) -> tuple[str, ...]:
    """The comparable name; where HO may be Hộ or the family Hồ, also the name without it."""
    comparable = values.producer_name(name)
    if comparable.startswith("ho ") and values.norm(name).startswith("ho "):
        rest = re.sub(r"^ho ((ong|ba) )?", "", comparable)
        titled = not comparable.startswith(f"ho {rest}")
        if len(rest.split()) >= (2 if titled else 3):
            return comparable, rest
    return (comparable,)


def similarity(left: Sequence[str], right: Sequence[str]) -> float:
    """Jaro-Winkler (0 to 1) of two names, by their likeliest readings."""
    if len(left) == len(right) == 1:
        return float(JaroWinkler.similarity(left[0], right[0]))
    return max(float(JaroWinkler.similarity(a, b)) for a in left for b in right)


def written_otherwise(left: str, right: str) -> bool:
    """Whether two names are one but for the order, an initial, a middle name or one slip.

    Jaro-Winkler rates these low: it goes by the place of letters, and by the first ones most.
    """
    ours, theirs = sorted((left.split(), right.split()), key=len)
    if len(theirs) < 3:
        return False
    if len(ours) == len(theirs):
        pairs = list(zip(ours, theirs, strict=True))
        initials = sum(a != b and a[0] == b[0] and 1 in (len(a), len(b)) for a, b in pairs)
        if ours[-1] == theirs[-1] and initials + sum(a == b for a, b in pairs) == len(pairs):
            return True
        if right in (swapped(left), swapped(swapped(left))) or left == swapped(right):
            return True
    elif len(ours) == 2 and (ours[0], ours[-1]) == (theirs[0], theirs[-1]):
        return True
    return bool(OSA.distance(left, right, score_cutoff=1) <= 1)


def words_contradict(left: str, right: str) -> bool:
    """Whether both names bear diacritics and a word of both differs in them, wherever it stands."""
    if left.isascii() or right.isascii():
        return False
    ours = {values.fold(word): word for word in values.norm(left).split()}
    theirs = {values.fold(word): word for word in values.norm(right).split()}
    return any(theirs.get(bare, word) != word for bare, word in ours.items())


def swapped(name: str) -> str:
    """The given name first: nguyen van an → an nguyen van. Shorter names are left as they are."""
    words = name.split()
    return " ".join([words[-1], *words[:-1]]) if len(words) >= 3 else name


def near(
    ours: dict[str, list[int]], theirs: dict[str, list[int]], least: float
) -> Iterator[tuple[int, int, float]]:
    """Pairs of members (the smaller number first) whose names score ``least`` or more.

    ``ours`` and ``theirs``: reading → numbers of the members that bear it; the same object: pairs within
    it. A pair may come twice, once for each reading of a name.
    """
    rows, columns = sorted(ours), sorted(theirs)
    block = max(1, MOST_CELLS // max(1, len(columns)))
    for start in range(0, len(rows), block):
        part = rows[start : start + block]
        against = columns[start:] if ours is theirs else columns
        scores = process.cdist(
            part, against, scorer=JaroWinkler.similarity, score_cutoff=least, dtype=np.float64
        )
        hits = scores.nonzero()
        found = scores[hits].tolist()
        for row, column, score in zip(hits[0].tolist(), hits[1].tolist(), found, strict=True):
            if ours is not theirs or row <= column:
                yield from each_pair(ours[part[row]], theirs[against[column]], score)


def each_pair(left: list[int], right: list[int], score: float) -> Iterator[tuple[int, int, float]]:
    """Every pair of two groups of members, or within one, the smaller number first, with a score."""
    if left is right:
        for one, other in combinations(left, 2):
            yield min(one, other), max(one, other), score
    else:
        for one in left:
            for other in right:
                if one != other:
                    yield min(one, other), max(one, other), score
