"""A million spoiled files, or as many as MUTANTS says, from the seed SEED; says what became of them."""

from __future__ import annotations

import os
from pathlib import Path

import mutant_bases
import mutants
import pytest

pytestmark = [pytest.mark.system, pytest.mark.soak]


def test_no_spoiled_file_of_a_million_crashes_hangs_or_is_a_fault_of_ours(tmp_path: Path) -> None:
    count, seed = int(os.environ.get("MUTANTS", "1000000")), int(os.environ.get("SEED", "0"))
    mutant_bases.write(tmp_path / "bases", tmp_path)
    result = mutants.run(tmp_path / "bases", range(seed, seed + count), workers=os.cpu_count() or 1)
    print(dict(result.outcomes), f"{result.legitimate} legitimate, {len(result.refused)} refused")
    assert result.wrong == []
    assert sum(result.outcomes.values()) == count
    assert len(result.refused) <= 0.001 * result.legitimate, result.refused
    assert result.peak_bytes < mutants.MOST_BYTES
