"""Patterns that meet foreign text take time in proportion to it, whoever wrote it."""

from __future__ import annotations

import re
from pathlib import Path

import pumping

PACKAGE = Path(__file__).resolve().parents[2] / "plugins" / "lensan"
ROOMS = ["domain", "intake", "privacy", "units", "mail", "producers"]
"""Whose patterns are tried on what came from outside: cells, names of files, mails."""


def test_no_pattern_is_kept_busy_by_a_text_that_is_made_for_it() -> None:
    wrong = []
    seen: set[tuple[str | bytes, int]] = set()
    for where, pattern in pumping.patterns(PACKAGE, ROOMS):
        if (pattern.pattern, pattern.flags) not in seen:
            seen.add((pattern.pattern, pattern.flags))
            slow = pumping.slowest(pattern)
            if slow is not None:
                wrong.append(f"{where}: {slow[0]:.2f} s for {slow[1]}")
    assert len(seen) > 120
    assert wrong == []


def test_the_pumps_find_what_grows_in_squares_and_worse() -> None:
    for bad in (r"\s+x", r"(a+)+b", r"a*a*a*b", r"[^@]+@", r"(?:a|a)*b", r"\d+\s*\d+x"):
        assert pumping.slowest(re.compile(bad)) is not None, bad
    for good in (r"\s+", r"a[^b]{0,40}b", r"^\d+x"):
        assert pumping.slowest(re.compile(good)) is None, good
