"""Thousands of spoiled files through all readers; `make mutants N=1000000` opens a million."""

from __future__ import annotations

from pathlib import Path

import mutant_bases
import mutants

MUTANTS = 2_500


def test_no_spoiled_file_crashes_hangs_or_is_a_fault_of_ours(tmp_path: Path) -> None:
    mutant_bases.write(tmp_path / "bases", tmp_path)
    result = mutants.run(tmp_path / "bases", range(MUTANTS), workers=1)
    assert result.wrong == []
    assert result.refused == []
    assert sum(result.outcomes.values()) == MUTANTS
    assert result.legitimate == MUTANTS // mutants.LEGITIMATE_EACH
    assert {"read", "damaged", "dangerous"} <= set(result.outcomes)
    assert result.peak_bytes < mutants.MOST_BYTES
