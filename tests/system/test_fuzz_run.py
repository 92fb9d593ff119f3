"""Two thousand spoiled variants of a messy world's files: no crash, no hang, nothing lost."""

from __future__ import annotations

from pathlib import Path

import fuzzing
import pytest
from sqlalchemy import Engine

from lensan import samples

pytestmark = [pytest.mark.system, pytest.mark.soak]
VARIANTS = 2000


def test_two_thousand_spoiled_files_end_in_verdicts(
    tmp_path: Path, warehouse_engine: Engine
) -> None:
    samples.write(tmp_path / "world", seed=22, weeks=3, order_lines=200)
    wrong = fuzzing.run(
        warehouse_engine, tmp_path / "world", tmp_path, range(1000, 1000 + VARIANTS)
    )
    assert wrong == []
