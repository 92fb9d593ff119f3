"""The example Bắc Ninh: another plan, units, platforms and deadline, by data alone, from its files to its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

STEPS = Path(__file__).parents[1] / "support" / "province_steps.py"
LAST = "2026-09-07"


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Callable[[], Engine]
) -> dict[str, Any]:
    """What a process of that province says of its last week, and what its oracle counts."""
    engine = empty_database()
    ended = subprocess.run(
        [sys.executable, STEPS, tmp_path_factory.mktemp("bac-ninh"), LAST],
        env={
            **os.environ,
            "LENSAN_PROVINCE": "bac-ninh",
            "WAREHOUSE": engine.url.render_as_string(hide_password=False),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def test_no_file_is_refused_and_every_cell_is_the_oracle_s(made: dict[str, Any]) -> None:
    assert made["rejected"] == []
    assert made["wrong"] == []
    # Twelve of the library for the province and each unit, three of its own for the province.
    assert made["compared"] == 12 * 100 + 3


def test_its_report_has_its_own_plan_letterhead_and_deadline(made: dict[str, Any]) -> None:
    assert made["due"] == "2026-09-07T10:00:00+07:00"
    assert (made["units"], len(made["codes"])) == (99, 20)
    printed = made["first_sheet"]
    assert {"SỞ KHOA HỌC VÀ CÔNG NGHỆ", "Tiêu thụ nông sản", "KT. GIÁM ĐỐC"} <= set(printed)
    assert any("ví dụ" in text for text in printed)
    assert "SỞ THÔNG TIN VÀ TRUYỀN THÔNG" not in printed
