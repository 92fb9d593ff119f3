"""A further plan's folder: its skeleton, and what is said of one that is not whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import two_plans
from typer.testing import CliRunner

from lensan.cli import app
from lensan.domain import completeness, installation


def lacks(folder: Path) -> list[str]:
    """What `lensan province check` says of the plans, the years without targets left out."""
    done = CliRunner().invoke(app, ["province", "check", str(folder), "--json"])
    told = [each["missing"] for each in json.loads(done.stdout)]
    assert done.exit_code == (1 if told else 0)
    return [each for each in told if "no target of" not in each]


@pytest.fixture
def province(tmp_path: Path) -> Path:
    return two_plans.write(tmp_path / "province")


def test_a_plan_that_is_whole_lacks_nothing(province: Path) -> None:
    assert lacks(province) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("about.yml", "start: 2021-11-18", "start: soon", r"about\.yml, line 2, start: expected a day like .*"),
        ("about.yml", "plan:", "end: 2021-11-01\nplan:", r"about\.yml, line 3, end: expected a later day than start"),
        ("about.yml", "start:", "begins:", r"about\.yml, line 2, begins: unknown key, expected one of .*"),
        ("about.yml", two_plans.NUMBER, "201/KH-UBND", r"about\.yml, line 4, plan\.number: expected a number of no other plan"),
        ("plan.yml", "K1.3: {of: I}", "K1.3: {of: I.9}", r"plan\.yml, line 3, K1\.3\.of: expected the code of an indicator, .*"),
        ("plan.yml", "K1.3: {of: I}", "II.9: {of: I}", r"plan\.yml, line 3, II\.9: expected a code that a report names"),
        ("reports/week.yml", "- K1.1", "- II.3", r"reports/week\.yml, line \d+, rows\[1\]: expected a code of no other plan; .*"),
        ("reports/month.yml", "bao-cao-kh2-", "bao-cao-", r"reports/month\.yml, line \d+, file_stem: expected a name of its own; the report month has this one"),
        ("reports/month.yml", "kind: month", "kind: week", r"reports/month\.yml, line \d+, kind: expected month, as the file is named"),
        ("targets.csv", "2021,K1.2", "2021,II.1", r"targets\.csv, line 4, indicator: 'II\.1' is not one of K1\.1, .*"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line(
    province: Path, file: str, old: str, new: str, told: str
) -> None:
    path = province / "plans" / two_plans.KEY / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    found = lacks(province)
    assert any(re.search(rf"plans/kh2/{told}$", each, re.M) for each in found), found


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("kh2/units.csv", r"plans/kh2/units\.csv: a further plan has about\.yml, .*; all else is the province's .*"),
        ("kh2/sources/voso.yml", r"plans/kh2/sources/voso\.yml: a further plan has .*"),
        ("KH-3/about.yml", r"plans/KH-3: expected a folder named in small letters and digits, as kh2"),
        ("kh3/about.yml", r"plans/kh3/targets\.csv: missing"),
        ("kh3.yml", r"plans/kh3\.yml: expected a folder named .*"),
    ],
)  # fmt: skip
def test_what_no_plan_has_is_refused_and_not_passed_over(
    province: Path, name: str, told: str
) -> None:
    path = province / "plans" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", "utf-8")
    assert any(re.search(rf"{told}$", each, re.M) for each in lacks(province))


def test_an_end_before_the_start_of_the_first_plan_is_told(province: Path) -> None:
    office = province / "office.yml"
    text = office.read_text("utf-8").replace(
        f"plan_end: {two_plans.LAST_DAY}", "plan_end: 2021-10-01"
    )
    office.write_text(text, "utf-8")
    assert any("plan_end: expected a later day than plan_start" in each for each in lacks(province))


def test_a_skeleton_is_whole_once_its_todos_are_said(tmp_path: Path) -> None:
    folder = two_plans.write(tmp_path / "province")
    asked = [
        "province",
        "plan",
        str(folder),
        "kh3",
        "--number",
        "300/KH-UBND",
        "--start",
        "2022-06-02",
    ]
    made = CliRunner().invoke(app, asked)
    assert made.exit_code == 1
    about = folder / "plans" / "kh3" / "about.yml"
    assert len(re.findall(rf"about.yml, line .*: {completeness.OPEN}$", made.output, re.M)) == 3
    text = about.read_text("utf-8").replace("date: TODO", "date: 2022-05-30")
    about.write_text(text.replace(completeness.OPEN, "có rồi"), "utf-8")
    assert lacks(folder) == []
    # K is taken by the plan that is there.
    forms = (folder / "plans" / "kh3" / "reports" / "month.yml").read_text("utf-8")
    assert re.findall(r"^  - (L\S+)$", forms, re.M)[:3] == ["L1", "L2.1", "L2.2"]
    assert CliRunner().invoke(app, asked).exit_code == 1


@pytest.mark.parametrize("key", ["KH2", "2030", "kh-2", "week_2", ""])
def test_a_key_that_is_none_is_told_and_nothing_is_written(tmp_path: Path, key: str) -> None:
    folder = installation.PROVINCES / "quang-ninh"
    done = CliRunner().invoke(
        app, ["province", "plan", str(folder), key, "--number", "1", "--start", "2022-06-02"]
    )
    assert done.exit_code == 1
    assert not (folder / "plans").exists()
