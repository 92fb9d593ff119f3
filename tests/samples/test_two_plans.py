"""Two plans at once in one installation: the first until its last day, the second from before it, each with its own
form, figures and report, by commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import two_plans
from sqlalchemy import Engine

STEPS = Path(__file__).parents[1] / "support" / "two_plans_steps.py"
DAGS = STEPS.with_name("plan_dags.py")
PROJECT = STEPS.parents[2]


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, empty_database: Callable[[], Engine]
) -> dict[str, Any]:
    """What the process of that province says of the week in which both plans run."""
    folder = tmp_path_factory.mktemp("two_plans")
    ended = subprocess.run(
        [sys.executable, STEPS, folder],
        env={
            **os.environ,
            "LENSAN_PROVINCE": str(two_plans.write(folder / "province")),
            "WAREHOUSE_URL": empty_database().url.render_as_string(hide_password=False),
            "HOME_DIR": str(folder / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-5000:]
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def test_every_cell_of_both_reports_is_the_oracle_s(told: dict[str, Any]) -> None:
    assert told["week"]["wrong"] == []
    assert told["week_kh2"]["wrong"] == []
    assert told["week"]["compared"] == 12 * 14
    assert told["week_kh2"]["compared"] == len(two_plans.OF) * 14


def test_each_report_is_of_its_own_plan_alone(told: dict[str, Any]) -> None:
    assert told["week"]["files"] == [
        "bao-cao-tuan-2021-12-02.pdf",
        "bao-cao-tuan-2021-12-02.xlsx",
        "figures.json",
    ]
    second = ["bao-cao-kh2-tuan-2021-12-02.pdf", "bao-cao-kh2-tuan-2021-12-02.xlsx", "figures.json"]
    assert told["week_kh2"]["files"] == second
    assert not any(two_plans.NUMBER in text for text in told["week"]["sheet"])
    assert not any("201/KH-UBND" in text for text in told["week_kh2"]["sheet"])
    assert any(two_plans.NUMBER in text for text in told["week_kh2"]["sheet"])
    assert "Số hộ được tập huấn bán hàng trực tuyến (giai đoạn 2)" in told["week_kh2"]["sheet"]
    assert told["week_kh2"]["figures"]["kind"] == "week_kh2"
    codes = {
        kind: {each["indicator"] for each in told[kind]["figures"]["figures"]}
        for kind in ("week", "week_kh2")
    }
    assert codes["week_kh2"] == set(two_plans.OF)
    assert not codes["week"] & codes["week_kh2"]


def test_a_form_is_counted_for_its_own_plan_and_one_of_which_nobody_can_say_for_none(
    told: dict[str, Any],
) -> None:
    """The silent unit's two odd forms hold thousands: the cells of both reports would show them."""
    refused = {
        each["name"]: each["reason"] for each in told["files"] if each["status"] == "rejected"
    }
    assert set(refused) == {"co-to/khong-so_20211202.xlsx", "co-to/so-ke-hoach-cu_20211202.xlsx"}
    for reason in refused.values():
        assert "Không rõ biểu này của kế hoạch nào (201/KH-UBND" in reason
        assert two_plans.NUMBER in reason
    taken = [each for each in told["files"] if "ke-hoach-2_" in each["name"]]
    assert len(taken) == 25
    assert {each["status"] for each in taken} == {"loaded"}


def test_an_old_form_after_its_plan_is_over_counts_for_no_other(told: dict[str, Any]) -> None:
    """Of the weeks due from 2021-11-25 on; two of the first plan's were due before it ended."""
    assert told["after_its_end"] == {"week": 3, "week_kh2": 1}


def test_who_has_handed_in_is_told_by_plan(told: dict[str, Any]) -> None:
    missing = {
        kind: {each["unit_code"] for each in told[kind]["units"] if not each["received_at"]}
        for kind in ("week", "week_kh2")
    }
    assert missing["week_kh2"] == {two_plans.SILENT}
    assert missing["week"] != missing["week_kh2"]


def test_each_report_has_recipients_and_a_mail_of_its_own(told: dict[str, Any]) -> None:
    assert set(told["mails"]) == {"week@example.vn", "week_kh2@example.vn"}
    for kind, (subject, files) in zip(("week", "week_kh2"), told["mails"].values(), strict=True):
        assert "đến hết ngày 01/12/2021" in subject
        assert [name for name in told[kind]["files"] if name != "figures.json"] == files


def test_the_board_and_the_read_api_know_both(told: dict[str, Any]) -> None:
    board = told["board"]
    assert list(board["pages"].values()) == [200, 200, 404]
    assert board["today"] == ["week", "week_kh2"]
    # While the first plan runs the day is its week's, afterwards the second plan's.
    assert board["today_of"] == [False, True]
    assert board["api"] == sorted(two_plans.OF)
    assert board["unknown"] == 422


def test_after_its_last_day_nothing_of_a_plan_is_owed(told: dict[str, Any]) -> None:
    owed = told["owed"]
    assert owed["week_kh2 1"] == [two_plans.SILENT]
    assert owed["week 1"] is not None
    assert owed["week 8"] is None
    assert owed["week_kh2 8"] is not None
    assert owed["watched"] is False
    assert "28/11/2021" in told["first_plan_is_over"]


def test_a_kind_that_no_plan_has_and_a_second_public_series_are_refused(
    told: dict[str, Any],
) -> None:
    assert "week_kh3" in told["no_such_kind"]
    assert "--rows" in told["public"]


def test_a_figure_of_the_second_plan_is_traced_to_its_own_forms(told: dict[str, Any]) -> None:
    files = {each["file"] for each in told["traced"]}
    assert files
    assert all("ke-hoach-2_" in name for name in files)


def test_each_plan_has_dags_of_its_own(tmp_path: Path) -> None:
    found = read_dags(two_plans.write(tmp_path / "province"), tmp_path)
    assert found["errors"] == {}
    assert set(found["dags"]) == {
        "weekly_report", "monthly_report", "weekly_report_kh2", "monthly_report_kh2",
    }  # fmt: skip
    weekly = found["dags"]["weekly_report_kh2"]
    assert weekly["interval"] == ["2021-12-02", "2021-12-09"]
    assert weekly["run_after"] == "2021-12-09T11:00:00+07:00"
    assert set(weekly["asset"]) == {"lensan://figures/week_kh2", "lensan://report/week_kh2"}


def test_a_plan_may_have_a_calendar_of_its_own(tmp_path: Path) -> None:
    """Due on Mondays at 10:00, while the first plan's weeks stay those of Thursdays."""
    province = two_plans.write(tmp_path / "province")
    calendar = (province / "calendar.yml").read_text("utf-8")
    calendar = calendar.replace("valid_from: 2021-10-21", "valid_from: 2021-11-22")
    calendar = calendar.replace(
        '{weekday: Thursday, at: "14:00"}', '{weekday: Monday, at: "16:00"}'
    )
    (province / "plans" / two_plans.KEY / "calendar.yml").write_text(calendar, "utf-8")
    found = read_dags(province, tmp_path)["dags"]
    assert found["weekly_report"]["interval"] == ["2021-12-02", "2021-12-09"]
    assert found["weekly_report_kh2"]["interval"] == ["2021-11-29", "2021-12-06"]


def read_dags(province: Path, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, DAGS, folder],
        env={
            **os.environ,
            "LENSAN_PROVINCE": str(province),
            "PYTHONPATH": f"{PROJECT}/plugins:{PROJECT}/dags",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))
