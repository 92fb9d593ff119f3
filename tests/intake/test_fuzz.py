"""Spoiled files always end in a verdict; the 2,000 variants are tests/system/test_fuzz_run.py."""

from __future__ import annotations

from pathlib import Path

import fuzzing
import mutator
from sqlalchemy import Engine

from lensan import samples


def test_sixty_spoiled_files_end_in_verdicts(tmp_path: Path, warehouse_engine: Engine) -> None:
    samples.write(tmp_path / "world", seed=21, weeks=2, order_lines=150)
    wrong = fuzzing.run(
        warehouse_engine, tmp_path / "world", tmp_path, range(60), say=lambda line: None
    )
    assert wrong == []


def test_the_same_seed_spoils_in_the_same_way() -> None:
    content = b"a,b\n1,2\n3,4\n"
    for seed in range(50):
        assert mutator.variant(content, ".csv", seed) == mutator.variant(content, ".csv", seed)
    assert len({mutator.variant(content, ".csv", seed)[1] for seed in range(200)}) > 20
