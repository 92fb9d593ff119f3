"""What CONTRIBUTING.md says for a new thing is done on a copy of the tree and run to a report.

Each recipe names the files it may touch (docs/decisions/0018-rooms.md): one that needs more is a fault of the house.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from office import WEEKS, Office, thursday
from sqlalchemy import Engine

from lensan.reports import publishing

PROJECT = Path(__file__).resolve().parents[2]
COPIED = ("plugins", "include", "tests/support", "tests/figures")
WEEK = "2021-11-11"
CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """A recipe of CONTRIBUTING.md."""
    found = re.search(rf"^### {re.escape(title)}$(.*?)^### ", CONTRIBUTING, re.M | re.S)
    assert found is not None, title
    return found[1]


def blocks(title: str, language: str = "") -> list[str]:
    """The code that a recipe shows."""
    return [
        block
        for of, block in re.findall(r"^```(\w*)\n(.*?)^```$", section(title), re.M | re.S)
        if of == language
    ]


def lines_of(title: str, start: str) -> str:
    """The line of code in a recipe's text that begins so."""
    (line,) = re.findall(rf"`({re.escape(start)}[^`]*)`", section(title))
    return str(line)


class Tree:
    """A copy of what a recipe may change, and the office of three published weeks it is run on."""

    def __init__(self, folder: Path, office: Office, empty: Engine) -> None:
        self.root, self.office, self.empty = folder, office, empty
        for name in COPIED:
            if (PROJECT / name).is_dir():
                skipped = shutil.ignore_patterns("__pycache__")
                shutil.copytree(PROJECT / name, folder / name, ignore=skipped)
            else:
                shutil.copy2(PROJECT / name, folder / name)

    def write(self, name: str, text: str) -> None:
        assert not (self.root / name).exists(), name
        (self.root / name).write_text(text, encoding="utf-8")

    def insert(self, name: str, text: str, *, before: str = "") -> None:
        """Put lines before a text that stands there once; at the end without one."""
        path = self.root / name
        old = path.read_text(encoding="utf-8")
        assert not before or old.count(before) == 1, (name, before)
        new = old.replace(before, text + before) if before else old + text
        path.write_text(new, encoding="utf-8")

    def touched(self) -> set[str]:
        """The files that are new or different."""
        return {
            path.relative_to(self.root).as_posix()
            for path in self.root.rglob("*")
            if path.is_file()
            and "__pycache__" not in path.parts
            and path.read_bytes() != _bytes(PROJECT / path.relative_to(self.root))
        }

    def run(self, step: str, week: str = WEEK) -> dict[str, Any]:
        """Run a step of tests/support/recipe_steps.py by the copy's code."""
        paths = ("plugins", "tests/support", "tests/figures")
        ended = subprocess.run(
            [sys.executable, "-B", str(self.root / "tests/support/recipe_steps.py"), step, week],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(str(self.root / path) for path in paths),
                "RECIPE_WAREHOUSE": _url(self.office.engine),
                "RECIPE_EMPTY": _url(self.empty),
                "RECIPE_FOLDER": str(self.office.folder),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-3000:]
        return dict(json.loads(ended.stdout.splitlines()[-1]))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def fourth_week(
    settled_office: Office,
    tmp_path_factory: pytest.TempPathFactory,
    copy_warehouse: Callable[[Engine], Engine],
) -> Office:
    """Three weeks published, the files of the fourth taken in. Read only."""
    folder = tmp_path_factory.mktemp("fourth") / "office"
    shutil.copytree(settled_office.folder, folder)
    office = Office(copy_warehouse(settled_office.engine), settled_office.world, folder)
    office.until(WEEKS[3].end)
    office.sweep(thursday(WEEKS[3], 8))
    office.engine.dispose()
    return office


@pytest.fixture
def tree(
    fourth_week: Office,
    tmp_path: Path,
    copy_warehouse: Callable[[Engine], Engine],
    new_warehouse: Callable[[], Engine],
) -> Tree:
    shutil.copytree(fourth_week.folder, tmp_path / "office")
    engine = copy_warehouse(fourth_week.engine)
    office = Office(engine, fourth_week.world, tmp_path / "office")
    (tmp_path / "tree" / "tests").mkdir(parents=True)
    return Tree(tmp_path / "tree", office, new_warehouse())


def test_a_third_marketplace_is_one_contract(tree: Tree) -> None:
    (command,) = blocks("Another marketplace, or any source of a known entity")
    subprocess.run(["sh", "-c", command], cwd=tree.root, check=True)
    assert tree.touched() == {"include/provinces/quang-ninh/sources/sanmoi.yml"}
    found = tree.run("marketplace")
    assert found["after"] == found["before"] + 2
    assert found["figures"]["II.3"]["cumulative"] == found["after"]
    printed = [text for sheet in found["texts"] for text in sheet]
    assert "Sàn Mới" in printed
    assert any("ba sàn" in text for text in printed)


def test_an_indicator_is_its_two_files_its_cases_and_a_line_of_the_form(tree: Tree) -> None:
    shown = section("An indicator")
    for path, text in re.findall(
        r"^`((?:include|tests)/[^`]*III\.8_\w+\.\w+)`[^\n]*\n\n```\w+\n(.*?)^```$",
        shown,
        re.M | re.S,
    ):
        tree.write(path, text)
    tree.insert(
        "include/provinces/quang-ninh/reports/week.yml",
        "  - III.8\n",
        before="  # The plan's copy ends here",
    )
    stem = "figures/indicators/III.8_selling_producers"
    assert tree.touched() == {
        f"include/sql/{stem}.sql",
        f"include/sql/{stem}.yml",
        f"tests/{stem}.yml",
        "include/provinces/quang-ninh/reports/week.yml",
    }
    found = tree.run("indicator")
    assert found["cases"] == 1
    assert found["figures"]["III.8"]["cumulative"] > 0
    assert "Số hộ SXNN đã bán được nông sản qua sàn" in found["texts"][0]


def test_a_sheet_is_one_statement_and_one_line(tree: Tree) -> None:
    (statement,) = blocks("A sheet", "sql")
    tree.write("include/sql/reports/sheets/platform_orders.sql", statement)
    tree.insert(
        "include/reports/further_sheets.yml", lines_of("A sheet", "platform_orders:") + "\n"
    )
    assert tree.touched() == {
        "include/sql/reports/sheets/platform_orders.sql",
        "include/reports/further_sheets.yml",
    }
    last = tree.run("report")["texts"][-1]
    assert "ĐƠN HÀNG THEO SÀN" in last
    assert {"postmart", "voso"} <= set(last)


def test_a_data_check_is_one_statement_and_one_line(tree: Tree) -> None:
    (statement,) = blocks("A data check", "sql")
    tree.write("include/sql/gates/checks/stall_without_orders.sql", statement)
    line = lines_of("A data check", "- {name: core.stall_without_orders")
    tree.insert("include/quality/core.yml", f"  {line}\n")
    assert tree.touched() == {
        "include/sql/gates/checks/stall_without_orders.sql",
        "include/quality/core.yml",
    }
    found = tree.run("check")
    assert "Gian hàng chưa bán được gì" in found["failed"]
    assert any("Gian hàng chưa bán được gì" in sheet for sheet in found["texts"])


def test_another_deadline_is_one_entry_and_leaves_what_was_before(tree: Tree) -> None:
    published = {
        week.name: {
            name: hashlib.sha256(data).hexdigest()
            for name, data in publishing.load(tree.office.engine, week)[1].items()
        }
        for week in WEEKS[:3]
    }
    _, entry = blocks("Another office, letterhead or sender; another deadline", "yaml")
    entry = entry.replace("2022-03-02", "2021-11-10")
    tree.insert("include/provinces/quang-ninh/calendar.yml", entry, before="\nmonth:")
    assert tree.touched() == {"include/provinces/quang-ninh/calendar.yml"}
    found = tree.run("deadline", "2021-11-10")
    # Old Thursdays stay readable, what is published keeps its bytes.
    assert [each["is_new"] for each in found["old"]] == [False] * 3
    assert [each["digests"] for each in found["old"]] == list(published.values())
    # The week between, its hour, and the week after.
    assert found["days"] == ["2021-11-04", "2021-11-09"]
    assert found["following"] == ["2021-11-10", "2021-11-17"]
    assert found["last_end"] == "2021-11-04"
    assert found["due_at"] == [
        "2021-11-04T14:00:00+07:00",
        "2021-11-10T10:00:00+07:00",
        "2021-11-17T10:00:00+07:00",
    ]
    assert found["rules"] == [["2021-10-21", "14:00:00"], ["2021-11-10", "10:00:00"]]
    form = found["texts"][0]
    assert "(Từ ngày 04/11/2021 đến ngày 09/11/2021)" in form
    # Six days beside seven: no growth, and the note says why; nothing is lost of what grows.
    figures, before = found["figures"], found["old"][2]["figures"]
    assert {each["growth_pct"] for each in figures.values()} == {None}
    said = "Không tính tăng trưởng: tuần này 6 ngày, tuần trước 7 ngày."
    assert said in figures["III.2"]["note"]
    grown = figures["III.2"]["cumulative"] - before["III.2"]["cumulative"]
    assert grown == pytest.approx(figures["III.2"]["in_period"])
    assert grown > 0


def test_another_office_is_one_entry(tree: Tree) -> None:
    entry, _ = blocks("Another office, letterhead or sender; another deadline", "yaml")
    tree.insert(
        "include/provinces/quang-ninh/office.yml",
        entry.replace("2030-01-01", "2021-11-11"),
        before="  # Sở Thông tin và Truyền thông became",
    )
    assert tree.touched() == {"include/provinces/quang-ninh/office.yml"}
    head = "SỞ CHUYỂN ĐỔI SỐ"
    assert head not in tree.run("report", WEEKS[2].name)["texts"][0]
    found = tree.run("report")
    assert found["is_new"]
    assert head in found["texts"][0]
