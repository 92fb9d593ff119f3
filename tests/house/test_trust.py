"""What docs/trust.md says was tried can be tried again."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs/trust.md").read_text(encoding="utf-8")


def test_each_line_names_a_test_that_is_there_or_says_how_it_was_done_by_hand() -> None:
    lines = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    told = [cells for cells in lines if cells[0] not in ("| tried", "| ---")]
    assert len(told) > 30
    missing = []
    for cells in told:
        named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", cells[-1])
        if not named and not cells[-1].startswith("by hand"):
            missing.append(cells[0])
        for path, test in named:
            file = PROJECT / path
            if not file.exists() or f"def {test or 'test_'}" not in file.read_text("utf-8"):
                missing.append(f"{path}::{test}")
    assert missing == []
