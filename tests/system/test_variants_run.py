"""Ten thousand variants with known truth, or as many as VARIANTS says, from the seed SEED; says the shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import variants
from sqlalchemy import Engine

pytestmark = [pytest.mark.system, pytest.mark.soak]


def test_no_variant_gives_a_wrong_figure_or_loses_one_without_a_word(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    count, seed = int(os.environ.get("VARIANTS", "10000")), int(os.environ.get("SEED", "1"))
    verdicts = variants.run(warehouse_engine, tmp_path, range(count), seed=seed)
    print(verdicts.shares())
    assert verdicts.faults == []
    assert len(verdicts.refused) <= 0.03 * verdicts.readable, verdicts.refused
