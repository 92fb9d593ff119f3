"""Variants of forms, lists and exports with known truth: read right, or doubted aloud.

``make variants`` runs ten thousand of them (tests/system/test_variants_run.py).
"""

from __future__ import annotations

from pathlib import Path

import variants
from sqlalchemy import Engine


def test_no_variant_gives_a_wrong_figure_or_loses_one_without_a_word(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    verdicts = variants.run(warehouse_engine, tmp_path, range(300), seed=1)
    assert verdicts.faults == []
    assert sum(verdicts.outcomes.values()) > 2000
    assert len(verdicts.refused) <= 0.03 * verdicts.readable, verdicts.refused
