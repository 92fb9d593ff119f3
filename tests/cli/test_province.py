"""A new province's folder from its units and office, and what is said of one that is not whole."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lensan.cli import app
from lensan.domain import completeness, installation

UNITS = "code,name,kind\n30337,Long Xuyên,Phường\n30340,Mỹ Thới,Phường\n30500,Thoại Sơn,Xã\n"


def lacks(folder: Path) -> tuple[int, list[str]]:
    """The exit status of `lensan province check`, and what it says."""
    done = CliRunner().invoke(app, ["province", "check", str(folder), "--json"])
    return done.exit_code, [each["missing"] for each in json.loads(done.stdout)]


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of a folder that lacks nothing in its year, to be spoiled."""
    shutil.copytree(installation.PROVINCES / "bac-ninh", tmp_path / "bac-ninh")
    return tmp_path / "bac-ninh"


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_skeleton_lacks_what_nobody_else_can_say_and_is_whole_then(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    folder = tmp_path / "an-giang"
    made = CliRunner().invoke(app, [
        "province", "new", str(folder), "--code", "89", "--also", "91", "--name", "An Giang",
        "--office", "Sở Khoa học và Công nghệ tỉnh An Giang", "--start", "2026-01-05",
        "--units", str(tmp_path / "units.csv"), "--json",
    ])  # fmt: skip
    assert made.exit_code == 0, made.output
    open_ = [each for each in completeness.missing(folder) if completeness.OPEN in each]
    assert len(open_) == 12
    for path in folder.rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert "Quảng Ninh" not in text, path
        path.write_text(re.sub(r": TODO", ": có rồi", text), encoding="utf-8")
    with (folder / "targets.csv").open("a", encoding="utf-8") as stream:
        stream.writelines(f"{year},II.3,0.5,no,(ví dụ)\n" for year in range(2021, 2100))
    assert lacks(folder) == (0, [])
    spoil(folder / "plan.yml", "I: {label", "# I: {label")
    assert lacks(folder) == (
        1, ["plan.yml, I: give a label, the library's says tỉnh Quảng Ninh"],
    )  # fmt: skip


def test_a_code_of_another_province_is_told_before_its_producers_count(tmp_path: Path) -> None:
    """Lào Cai has the code of Yên Bái since July 2025; the reference's are those of before."""
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    made = CliRunner().invoke(app, [
        "province", "new", str(tmp_path / "lao-cai"), "--code", "15", "--name", "Lào Cai",
        "--office", "Sở", "--start", "2026-01-05", "--units", str(tmp_path / "units.csv"),
    ])  # fmt: skip
    assert made.exit_code == 1
    assert "15 is Yên Bái, Lào Cai is 10 in include/reference/provinces.csv" in made.output
    assert not (tmp_path / "lao-cai").exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("office.yml", "    place:", "    plase:", r"office.yml, line \d+, entries\[0\].plase: unknown key, expected one of"),
        ("calendar.yml", "weekday: Monday", "weekday: Mon", r"calendar.yml, line 5, week\[0\].due.weekday: expected one of"),
        ("units.csv", "07228,Đa Mai", "07210,Đa Mai", r"units.csv, line 3, code: 07210 stands above"),
        ("units.csv", "2025-07-01", "1/7/2025", r"units.csv, line 2, valid_from: '1/7/2025' is not a day"),
        ("units.csv", "07228,Đa Mai,Phường,commune,,21.2995", "07228,Đa Mai",
         r"units.csv, line 3: expected as many cells"),
        ("units.csv", "commune,,21.2849", "xã,,21.2849", r"units.csv, line 2, level: 'xã' is not one of district"),
        ("units.csv", "commune,,21.2849", "commune,,21°", r"units.csv, line 2, lat: '21°' is not degrees"),
        ("units.csv", "2025-07-01,\n", "2025-07-01,2025-06-30\n", r"line 2, valid_to: 2025-06-30 is before 2025-07-01"),
        ("targets.csv", "A.1,0.60", "A.1,60%", r"targets.csv, line 2, share: '60%' is not a share"),
        ("targets.csv", "2026,A.3", "2026,A.9", r"targets.csv, line 3, indicator: 'A.9' is not one of"),
        ("plan.yml", "A.2: {of", "A.2: {from", r"plan.yml, line 5, A.2.from: unknown key, expected one of"),
        ("sources/voso.yml", "type: date, event", "type: dat, event", r"voso.yml, line \d+, .*type: expected one of .*, not 'dat'"),
        ("sources/voso.yml", "platform: voso", "plattform: voso", r"voso.yml, line 6, plattform: unknown key, expected one of"),
        ("reports/week.yml", "word: tuần", "wort: tuần", r"week.yml, line \d+, wort: unknown key, expected one of"),
        ("reports/week.yml", "  - A.2\n", "  - A.99\n", r"week.yml, line \d+, rows\[\d+\]: expected the code of an indicator, not 'A.99'"),
        ("indicators/BN.1_selling_producers.yml", "in_period: each", "in_period: all",
         r"orders|BN.1.*.yml, line \d+, in_period: expected one of first, each, sum"),
        ("office.yml", 'code: "27"', 'code: "24"', r"office.yml, code: 24 is Bắc Giang, Bắc Ninh is 27 in"),
        ("office.yml", "place: Bắc", "province: Hai\n    place: Bắc", r"office.yml, line \d+: .*stands twice"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_file_line_and_what_is_expected(
    example: Path, file: str, old: str, new: str, told: str
) -> None:
    spoil(example / file, old, new)
    status, found = lacks(example)
    assert status == 1
    assert any(re.search(told, each) for each in found), found


def test_a_mistyped_province_is_one_line_with_those_that_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lensan.cli", "--version"],
        env={**os.environ, installation.VARIABLE: "bac-nihn", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "one of bac-ninh, quang-ninh" in done.stderr


def test_a_file_that_is_not_there_is_named(example: Path) -> None:
    (example / "calendar.yml").unlink()
    assert lacks(example) == (1, ["calendar.yml: missing"])


def test_a_slip_in_successions_is_told_with_its_line(example: Path) -> None:
    (example / "successions.csv").write_text(
        "unit,commune_code,commune,successor,extent\n07210,1,Xã A,99999,whole\n", encoding="utf-8"
    )
    status, found = lacks(example)
    assert status == 1
    assert [each.split("/")[-1] for each in found] == [
        "successions.csv, line 2, successor: '99999' is no code of units.csv"
    ]


def test_slips_in_regions_are_told_with_their_line_and_units_in_none_by_name(example: Path) -> None:
    path = example / "regions.csv"
    header = "code,name,kind,aliases,parents,reports,valid_from,valid_to\n"
    path.write_text(f"{header}KV1,Kinh Bắc,Khu vực,,KB,both,2026-09-15,\n", encoding="utf-8")
    status, told = lacks(example)
    assert status == 1
    said = "\n".join(told)
    for wrong in (
        "regions.csv, line 2, parents: 'KB' stands with no unit of units.csv in the column parent",
        "regions.csv, line 2, reports: 'both' is not one of units, region",
        "regions.csv, line 2, valid_from: 2026-09-15 is not the first day of a month",
    ):
        assert wrong in said
    units = example / "units.csv"
    units.write_text(units.read_text("utf-8").replace(",commune,,", ",commune,KB,"), "utf-8")
    path.write_text(f"{header}KV1,Kinh Bắc,Khu vực,,KB,region,2026-09-01,\n", encoding="utf-8")
    assert lacks(example) == (0, [])


def test_the_example_of_a_successor_plan_is_whole_and_says_that_it_is_one() -> None:
    """Quảng Ninh since July 2025: what its reports print of plan, office and units, in a process of its own."""
    folder = installation.PROVINCES / "quang-ninh-2025"
    assert lacks(folder) == (0, [])
    script = (
        "import json; from lensan.domain import periods, report_forms, targets; from lensan.domain.places import places; "
        "from lensan.reports import wording; week = periods.parse('week', '2025-07-10'); "
        "print(json.dumps([wording.plan_line(report_forms.form('week'), week, ''), wording.letter_number(week), "
        "sum(places().exists(row['code'], week.last_day) for row in places().units), "
        "sorted({each.legal_basis for each in targets.read()})]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, installation.VARIABLE: folder.name, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    plan, number, units, basis = json.loads(done.stdout)
    assert "ví dụ, không phải văn bản thật" in plan
    assert (number, units) == ("Số: ……/BC-SKHCN", 54)
    assert basis == ["Kế hoạch (ví dụ), không phải văn bản thật"]
