"""The wheel in an environment that holds nothing but it and what it needs: the command, and a whole report.

Of Bắc Ninh, a province that no other test brings through real Airflow: its folder is in the wheel. Its cells are
held to the oracle by tests/samples/test_another_province.py, its whole demo by make installations."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import lensan
from lensan.domain.settings import PROJECT

pytestmark = pytest.mark.system
WEEK = "2026-08-31"
"""The first of the plan, due on a Monday."""
UNITS = 99


def test_the_wheel_alone_makes_a_report(tmp_path: Path) -> None:
    def run(*arguments: str | Path) -> str:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AIRFLOW"))}
        done = subprocess.run(
            list(map(str, arguments)), cwd=tmp_path, env={**clean, "LC_ALL": "C.UTF-8", "LENSAN_PROVINCE": "bac-ninh"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    here, python = Path(sys.executable).parent, tmp_path / "environment" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=PROJECT, check=True, capture_output=True,
    )  # fmt: skip
    [wheel] = tmp_path.glob("lensan-*.whl")
    uv = here / "uv"
    run(uv, "venv", "-q", "--python", sys.executable, python.parents[1])
    install = (uv, "pip", "install", "-q", "--python", python)
    run(*install, "--require-hashes", "-r", PROJECT / "requirements.txt")
    run(*install, "--no-deps", wheel)

    command = python.parent / "lensan"
    assert run(command, "--version").strip() == f"lensan {lensan.__version__}"
    assert "lensan COMMAND --help" in run(command, "--help")
    home, landing = (
        tmp_path / ".lensan",
        tmp_path / "landing",
    )  # where an installed package makes its home
    run(command, "samples", landing, "--weeks", "1", "--order-lines", "300")
    try:
        run(
            python, "-m", "lensan.cli.home", "--home", home, "report", "--week", WEEK,
            "--landing", landing,
        )  # fmt: skip
        report = home / "reports" / "week" / WEEK
        files = {path.suffix: path for path in report.iterdir() if path.is_file()}
        assert set(files) >= {".xlsx", ".pdf", ".json"}
        figures = json.loads(files[".json"].read_text(encoding="utf-8"))["figures"]
        assert len({each["unit"] for each in figures}) == UNITS + 1  # and the province
        assert any(each["cumulative"] for each in figures)
    finally:
        run(python, "-m", "lensan.cli.home", "--home", home, "stop")
