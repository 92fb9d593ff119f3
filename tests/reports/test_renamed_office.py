"""Offices are renamed and merged; what a report of before says, and its bytes, stay as they were."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from lensan.domain import contracts, installation, office, periods, report_forms
from lensan.reports import wording

STEPS = Path(__file__).parents[1] / "support" / "rendering_steps.py"
WEEKS = ("2021-12-02", "2021-12-09")


def before_the_renaming(folder: Path) -> Path:
    """The folder as it was when the reports of 2021 were published: one office, one name for each sender."""
    shutil.copytree(installation.FOLDER, folder)
    text = (folder / "office.yml").read_text(encoding="utf-8")
    first, *later = text.split("- valid_from:")[1:]
    assert len(later) == len(office.OFFICES.entries) - 1
    head = text[: text.index("- valid_from:")]
    (folder / "office.yml").write_text(f"{head}- valid_from:{first}", encoding="utf-8")
    for source in ("districts", "registry", "seasonal"):
        path = folder / "sources" / f"{source}.yml"
        kept = re.sub(r"\n  2025-\d\d-\d\d: .*|, 2025-\d\d-\d\d: [^}]*", "", path.read_text())
        assert "2025" not in kept
        path.write_text(kept, encoding="utf-8")
    return folder


def rendered(engine: Engine, folder: Path) -> Any:
    done = subprocess.run(
        [sys.executable, STEPS, *WEEKS],
        env={
            **os.environ,
            installation.VARIABLE: str(folder),
            "WAREHOUSE": engine.url.render_as_string(hide_password=False),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_reports_of_2021_have_the_same_bytes_after_the_office_was_renamed(
    published_sample: Engine, tmp_path: Path
) -> None:
    then = rendered(published_sample, before_the_renaming(tmp_path / "then"))
    now = rendered(published_sample, installation.FOLDER)
    assert now == then
    assert "SỞ THÔNG TIN VÀ TRUYỀN THÔNG" in now["said"]
    with published_sample.begin() as connection:
        found = connection.exec_driver_sql(
            "select period || ' ' || name, sha256 from ops.report_file where revision = 0"
        )
        kept = dict(map(tuple, found))
    assert len(kept) == 3 * len(WEEKS)
    for how in ("frozen", "computed"):
        assert {
            name.removeprefix(f"{how} "): sha256
            for name, sha256 in now["digests"].items()
            if name.startswith(how)
        } == kept


@pytest.mark.parametrize(
    ("due", "head", "symbol", "copies", "sender"),
    [
        (
            date(2025, 2, 27), "SỞ THÔNG TIN VÀ TRUYỀN THÔNG", "BC-STTTT",
            "- UBND các huyện, thị xã, thành phố;", "Sở Nông nghiệp và PTNT",
        ),
        (
            date(2025, 3, 6), "SỞ KHOA HỌC VÀ CÔNG NGHỆ", "BC-SKHCN",
            "- UBND các huyện, thị xã, thành phố;", "Sở Nông nghiệp và Môi trường",
        ),
        (
            date(2025, 7, 3), "SỞ KHOA HỌC VÀ CÔNG NGHỆ", "BC-SKHCN",
            "- UBND các xã, phường, đặc khu;", "Sở Nông nghiệp và Môi trường",
        ),
    ],
)  # fmt: skip
def test_a_report_bears_the_office_of_the_day_on_which_it_is_due(
    due: date, head: str, symbol: str, copies: str, sender: str
) -> None:
    week = periods.parse("week", f"{due}")
    assert wording.office_of(week).letterhead.office == head
    assert wording.letter_number(week) == f"Số: ……/{symbol}"
    assert copies in wording.copies_to(week)
    assert contracts.contract("seasonal").contact_on(week.due_day) == sender


SUCCESSOR = """
  - valid_from: 2026-01-01
    plan:
      number: 15/KH-UBND (ví dụ)
      date: 2025-12-20
      issuer: Ủy ban nhân dân tỉnh Quảng Ninh
      title: Kế hoạch (ví dụ) kế tiếp
"""


def test_reports_of_two_plans_in_one_installation_name_each_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "office.yml"
    path.write_text(office.FILE.read_text(encoding="utf-8") + SUCCESSOR, encoding="utf-8")
    monkeypatch.setattr(office, "OFFICES", office.read(path))
    form = report_forms.form("week")
    said = {
        name: [
            wording.fill(form.basis, week),
            wording.plan_line(form, week, "tỉnh Quảng Ninh"),
        ]
        for name in ("2021-12-02", "2025-12-25", "2026-01-08")
        for week in [periods.parse("week", name)]
    }
    for name in ("2021-12-02", "2025-12-25"):
        assert "Kế hoạch số 201/KH-UBND ngày 18/10/2021" in said[name][0]
        assert "kế tiếp" not in said[name][1]
    assert "Kế hoạch số 15/KH-UBND (ví dụ) ngày 20/12/2025" in said["2026-01-08"][0]
    assert said["2026-01-08"][1] == ("Kết quả thực hiện Kế hoạch (ví dụ) kế tiếp tỉnh Quảng Ninh")


def test_each_renaming_says_all_that_bears_the_name() -> None:
    """Letterhead, symbol, name of the sender and author of comments change together."""
    first, second, third = office.OFFICES.entries
    for field in ("office", "short_office", "symbol", "letterhead"):
        assert getattr(first, field) != getattr(second, field), field
        assert getattr(second, field) == getattr(third, field), field


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("contact: {}", r"seasonal.yml, line 7, contact: expected a text, or texts by days"),
        ("contact: {soon: Sở}", "contact: expected a text, or texts by days like 2025-03-01"),
        ("contact: {2025-03-01: Sở, 2021-10-18: Sở}", "in the order of time"),
        ("contact: {2025-03-01: 7}", r"contact\S*: expected a text"),
    ],
)
def test_a_wrong_sender_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, told: str
) -> None:
    text = (installation.FOLDER / "sources" / "seasonal.yml").read_text(encoding="utf-8")
    path = tmp_path / "seasonal.yml"
    path.write_text(re.sub(r"(?m)^contact: .*$", wrong, text, count=1), encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        contracts.read(path)
