"""Installations of the same code, one after the other: each demo through real Airflow, every cell the oracle's.

Run by make installations alone: without Airflow make test holds all three to the oracle
(tests/samples/test_another_province.py), and make test-system brings a report of one of them through real Airflow
from the wheel (test_wheel.py).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lensan.domain.settings import PROJECT

pytestmark = [pytest.mark.system, pytest.mark.soak]
STEPS = PROJECT / "tests" / "support" / "demo_steps.py"
# What the figures of a week are compared with the oracle in: twelve indicators of the 13 units, the 54 or, of
# Bắc Ninh, seventeen of its 99 units; each of the province too, and three of Bắc Ninh's own.
INSTALLATIONS = {
    "quang-ninh": (13, 12 * 14),
    "quang-ninh-2025": (54, 12 * 55),
    "bac-ninh": (99, 17 * 100 + 3),
}


def code() -> str:
    """A digest of all that must not differ between installations."""
    every = hashlib.sha256()
    for folder in ("plugins", "dags", "include/sql"):
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                every.update(f"{path.relative_to(PROJECT)}\n".encode() + path.read_bytes())
    return every.hexdigest()


CODE = code()


def run(command: list[str], province: str) -> subprocess.CompletedProcess[str]:
    """A command of a province, with nothing of this shell's settings."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR", "LENSAN", "MAKE"))
    }
    environment |= {"LENSAN_PROVINCE": province, "LANGUAGE": "en"}
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=900, check=False
    )  # fmt: skip


@pytest.fixture(scope="module", params=list(INSTALLATIONS))
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path, str]]:
    """An installation, its home, and what its demo said."""
    home = tmp_path_factory.mktemp(request.param)
    said = run(["make", "-s", "demo", f"HOME_DIR={home}"], request.param)
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr[-3000:]
    yield request.param, home, said.stdout
    run(["make", "-s", "stop", f"HOME_DIR={home}"], request.param)


def test_every_cell_of_its_four_reports_is_the_oracle_s(demo: tuple[str, Path, str]) -> None:
    province, home, _ = demo
    asked = run([sys.executable, str(STEPS), str(home)], province)
    assert asked.returncode == 0, asked.stderr[-3000:]
    found: dict[str, Any] = json.loads(asked.stdout.splitlines()[-1])
    units, compared = INSTALLATIONS[province]
    assert found["wrong"] == []
    assert found["units"] == units
    assert list(found["compared"].values()) == [compared] * 4


def test_the_last_report_is_mailed_by_the_dag(demo: tuple[str, Path, str]) -> None:
    _, home, said = demo
    assert "weekly_report" in said
    assert len(list((home / "mail" / "new").iterdir())) == 1


def test_code_and_sql_are_the_same_for_all(demo: tuple[str, Path, str]) -> None:
    assert code() == CODE
