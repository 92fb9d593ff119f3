"""The wheel in an environment that holds nothing but it and what it needs: the command, and a whole report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import lensan
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres

pytestmark = pytest.mark.system


def test_the_wheel_alone_makes_a_report(tmp_path: Path) -> None:
    def run(*arguments: str | Path) -> str:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AIRFLOW"))}
        done = subprocess.run(
            list(map(str, arguments)), cwd=tmp_path, env={**clean, "LC_ALL": "C.UTF-8"},
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
    home = tmp_path / ".lensan"  # where an installed package makes its home
    try:
        run(
            python, "-m", "lensan.cli.home", "--home", home, "report", "--week", "2021-11-18",
            "--landing", PROJECT / "tests" / "world" / "landing",
        )  # fmt: skip
        report = home / "reports" / "week" / "2021-11-18"
        assert {path.suffix for path in report.iterdir() if path.is_file()} >= {
            ".xlsx",
            ".pdf",
            ".json",
        }
    finally:
        embedded_postgres.remove(settings(home))
