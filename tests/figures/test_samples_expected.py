"""The sample world, where it lies beside the project: exactly its figures and its bad rows."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from taking_in import MOMENT, SAMPLES, take_in

from lensan.domain import periods
from lensan.figures import measuring

EXPECTED = sorted((SAMPLES / "expected").glob("figures-*.json"))
TONNE_TOLERANCE = Decimal("0.001")


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_every_expected_figure_is_given_exactly(path: Path, sample_warehouse: Engine) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    period = periods.parse(expected["kind"], expected["period"])
    found = {
        (figure.unit, figure.indicator): figure
        for figure in measuring.compute(sample_warehouse, period, moment=MOMENT)
    }
    wrong = []
    for figure in expected["figures"]:
        ours = found[figure["unit"], figure["indicator"]]
        for name, value in figure.items():
            if name in ("unit", "indicator"):
                continue
            mine = getattr(ours, name)
            if name == "previous" and mine is None and period.previous().is_before_plan:
                continue  # blank: the period before ended before the plan's start
            if isinstance(value, Decimal) and mine is not None:
                if abs(mine - value) > TONNE_TOLERANCE:
                    wrong.append((figure["unit"], figure["indicator"], name, mine, value))
            elif mine != value:
                wrong.append((figure["unit"], figure["indicator"], name, mine, value))
    assert wrong == []
    assert len(expected["figures"]) > 100


@pytest.mark.parametrize("path", [SAMPLES / "expected" / "bad-rows.json"] if EXPECTED else [])
def test_exactly_the_bad_rows_are_held_back(path: Path, sample_warehouse: Engine) -> None:
    expected = {
        (row["path"], row["sheet"], row["row"], row["field"], row["closed"])
        for row in json.loads(path.read_text(encoding="utf-8"))
    }
    with sample_warehouse.connect() as connection:
        found = {
            tuple(row)
            for row in connection.execute(
                text(
                    "select source || '/' || name, sheet, row_number, field, closed_at is not null "
                    "from ops.quarantine join ops.source_file using (file_id)"
                )
            )
        }
        rejected = connection.execute(
            text("select name from ops.source_file where status = 'rejected'")
        ).all()
    assert found == expected
    assert rejected == []


@pytest.mark.parametrize("landing", [SAMPLES / "landing"] if EXPECTED else [])
def test_two_broken_files_are_rejected_in_vietnamese_and_the_rest_goes_in(
    landing: Path, tmp_path: Path, warehouse_engine: Engine
) -> None:
    copy = tmp_path / "landing"
    shutil.copytree(landing, copy)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    truncated = copy / "districts/ha-long/bao-cao-tuan_20211104.xlsx"
    truncated.write_bytes(truncated.read_bytes()[:3000])
    stray = copy / "districts/mong-cai/bao-cao-tuan_20211111.xlsx"
    stray.write_bytes((copy / "districts/tien-yen/bao-cao-tuan_20211111.xlsx").read_bytes())
    outcomes = take_in(warehouse_engine, copy, tmp_path / "raw")
    rejected = {o.name: o.reason for o in outcomes if o.status == "rejected"}
    assert set(rejected) == {
        "ha-long/bao-cao-tuan_20211104.xlsx",
        "mong-cai/bao-cao-tuan_20211111.xlsx",
    }
    assert "bị hỏng" in (rejected["ha-long/bao-cao-tuan_20211104.xlsx"] or "")
    assert "Huyện Tiên Yên" in (rejected["mong-cai/bao-cao-tuan_20211111.xlsx"] or "")
    assert "TP Móng Cái" in (rejected["mong-cai/bao-cao-tuan_20211111.xlsx"] or "")
    assert sum(o.status == "loaded" for o in outcomes) == len(outcomes) - 2
