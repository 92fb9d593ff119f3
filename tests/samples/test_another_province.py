"""The examples of other provinces and days: other plans, units, platforms and deadlines, by data alone, from their
files to their reports."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

PROVINCES = Path(__file__).parents[2] / "include" / "provinces"
STEPS = Path(__file__).parents[1] / "support" / "province_steps.py"


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Callable[[], Engine]
) -> Callable[..., dict[str, Any]]:
    """What a process of a province says of its periods, from its first week on, and what its oracle counts."""

    def run(province: str | Path, first: str, *names: str) -> dict[str, Any]:
        ended = subprocess.run(
            [sys.executable, STEPS, tmp_path_factory.mktemp("province"), first, *names],
            env={
                **os.environ,
                "LENSAN_PROVINCE": str(province),
                "WAREHOUSE": empty_database().url.render_as_string(hide_password=False),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-3000:]
        return dict(json.loads(ended.stdout.splitlines()[-1]))

    return run


@pytest.fixture(scope="module")
def bac_ninh(run: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return run("bac-ninh", "2026-08-31", "2026-09-07", "2026-08")


TARGETS = """year,indicator,unit,share,amount,strict,legal_basis
2026,II.1,,,5000,yes,"Kế hoạch (ví dụ)"
2026,II.1,06685,,60,no,"Kế hoạch (ví dụ)"
2026,II.1,06811,,40000,no,"Kế hoạch (ví dụ)"
2026,II.2,06685,,100.5,yes,"Kế hoạch (ví dụ)"
2026,II.2,07192,,90,no,"Kế hoạch (ví dụ)"
2026,II.3,,0.40,,no,"Kế hoạch (ví dụ)"
2026,II.3,06685,0.60,,yes,"Kế hoạch (ví dụ)"
2026,III.2,,,0.75,no,"Kế hoạch (ví dụ)"
2026,III.6,,,20,yes,"Kế hoạch (ví dụ)"
"""


@pytest.fixture(scope="module")
def of_2026(
    run: Callable[..., dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Weeks of a year later, with targets that are numbers, of units, and above."""
    own = tmp_path_factory.mktemp("own") / "own"
    shutil.copytree(PROVINCES / "quang-ninh-2025", own)
    (own / "targets.csv").write_text(TARGETS, "utf-8")
    return run(own, "2026-11-12", "2026-11-19", "2026-11-12")


@pytest.fixture(scope="module", params=["2025-07", "2026-11"])
def quang_ninh(
    request: pytest.FixtureRequest, run: Callable[..., dict[str, Any]]
) -> dict[str, Any]:
    """The first weeks under the example of a successor plan, and weeks of a year later. A month is held to the
    oracle by ``bac_ninh``, of more units and sent by fewer files."""
    if request.param == "2025-07":
        return run("quang-ninh-2025", "2025-07-10", "2025-07-17")
    return dict(request.getfixturevalue("of_2026"))


def test_no_file_is_refused_and_every_cell_is_the_oracle_s(bac_ninh: dict[str, Any]) -> None:
    assert bac_ninh["rejected"] == []
    assert bac_ninh["wrong"] == []
    # Seventeen of the library for the province and each unit, three of its own for the province.
    assert bac_ninh["compared"] == {"2026-09-07": 17 * 100 + 3, "2026-08": 17 * 100 + 3}


def test_its_report_has_its_own_plan_letterhead_and_deadline(bac_ninh: dict[str, Any]) -> None:
    assert bac_ninh["due"] == "2026-09-07T10:00:00+07:00"
    assert (bac_ninh["units"], len(bac_ninh["codes"])) == (99, 20)
    printed = bac_ninh["first_sheet"]
    assert {"SỞ KHOA HỌC VÀ CÔNG NGHỆ", "Tiêu thụ nông sản", "KT. GIÁM ĐỐC"} <= set(printed)
    assert any("ví dụ" in text for text in printed)
    assert "SỞ THÔNG TIN VÀ TRUYỀN THÔNG" not in printed


def test_whoever_runs_one_of_the_three_platforms_declares_evidence(
    bac_ninh: dict[str, Any],
) -> None:
    assert {
        "Bưu điện tỉnh Bắc Ninh",
        "Chi nhánh Bưu chính Viettel Bắc Ninh",
        "Trung tâm Chuyển đổi số tỉnh Bắc Ninh",
    } <= set(bac_ninh["evidence"])


def test_weights_in_grams_are_kept_in_kilograms(bac_ninh: dict[str, Any]) -> None:
    heaviest = bac_ninh["heaviest"]
    assert set(heaviest) == {"postmart", "voso", "sanbn"}
    assert all(10 < kilograms < 100 for kilograms in heaviest.values())


def test_every_cell_of_54_units_is_the_oracle_s_with_stalls_at_their_addresses_of_before(
    quang_ninh: dict[str, Any],
) -> None:
    assert quang_ninh["rejected"] == []
    assert quang_ninh["wrong"] == []
    assert quang_ninh["old_addresses"] > 10
    assert set(quang_ninh["compared"].values()) == {12 * 55}


def test_a_report_of_54_units_has_the_renamed_office_and_says_that_its_plan_is_an_example(
    quang_ninh: dict[str, Any],
) -> None:
    assert (quang_ninh["units"], len(quang_ninh["codes"])) == (54, 12)
    printed = quang_ninh["first_sheet"]
    assert "SỞ KHOA HỌC VÀ CÔNG NGHỆ" in printed
    assert "SỞ THÔNG TIN VÀ TRUYỀN THÔNG" not in printed
    assert any("ví dụ, không phải văn bản thật" in text for text in printed)


def test_absolute_numbers_and_targets_of_units_are_reached_as_the_oracle_says(
    of_2026: dict[str, Any],
) -> None:
    assert of_2026["wrong"] == []
    assert of_2026["compared"]["2026-11-19"] == 12 * 55
    notes = [text for text in of_2026["first_sheet"] if "Chỉ tiêu năm 2026" in text]
    # Of II.1 the province's own number, of II.2 the sum of those of two units; III.6 has no base at all.
    assert len(notes) == 4
    assert "Chỉ tiêu năm 2026: trên 5.000.\n1/2 địa phương được giao đạt." in notes[0]
    assert "Chỉ tiêu năm 2026: 190,5." in notes[1]
    assert "Chỉ tiêu năm 2026: trên 20." in notes[3]
    assert "; Chỉ tiêu năm 2026: 20, hoàn thành " in of_2026["traced"]["III.6"]
    assert "Số liệu nền" not in of_2026["traced"]["III.6"]
    assert "; Số liệu nền: " in of_2026["traced"]["II.3"]
    assert ", chỉ tiêu 40%, hoàn thành " in of_2026["traced"]["II.3"]
