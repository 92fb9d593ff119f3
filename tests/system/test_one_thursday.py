"""One Thursday, end to end: files in, the report in a mailbox, through real Airflow and PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import mailbox
import os
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from lensan import samples, warehouse
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres

pytestmark = pytest.mark.system
WEEK = "2021-11-18"


def report(home: Path, landing: Path, *period: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR"))
    }
    home.mkdir(exist_ok=True)  # an empty folder is meant as a home, a mistyped one is not there
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "lensan.cli.home",
            "--home",
            str(home),
            "report",
            *(period or ("--week", WEEK)),
            "--landing",
            str(landing),
        ],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def mails(home: Path) -> list:
    box = mailbox.Maildir(home / "mail", create=True)
    return [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.keys()]  # noqa: SIM118


@pytest.fixture(scope="module")
def thursday(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("thursday")
    landing, home = folder / "landing", folder / "home"
    samples.write(landing, seed=7, weeks=5, order_lines=600, mess=False)
    first = report(home, landing)
    yield home, landing, first
    embedded_postgres.remove(settings(home))


def test_the_report_is_published_and_mailed(thursday) -> None:
    home, _, first = thursday
    assert first.returncode == 0, first.stdout + first.stderr
    folder = home / "reports" / "week" / WEEK
    assert sorted(path.name for path in folder.iterdir()) == [
        f"bao-cao-tuan-{WEEK}.pdf",
        f"bao-cao-tuan-{WEEK}.xlsx",
        "figures.json",
    ]
    (mail,) = mails(home)
    assert mail["subject"] == (
        "[Báo cáo tuần] Kết quả đưa hộ SXNN lên sàn TMĐT – tuần đến hết ngày 17/11/2021"
    )
    attached = {
        part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()
    }
    workbook = folder / f"bao-cao-tuan-{WEEK}.xlsx"
    assert attached[workbook.name] == workbook.read_bytes()


def test_the_workbook_says_what_figures_json_says(thursday) -> None:
    home, _, _ = thursday
    folder = home / "reports" / "week" / WEEK
    figures = {
        row["indicator"]: row
        for row in json.loads((folder / "figures.json").read_text("utf-8"))["figures"]
        if row["unit"] == "22"
    }
    sheet = openpyxl.load_workbook(folder / f"bao-cao-tuan-{WEEK}.xlsx").worksheets[0]
    labels = {row[1].value: row for row in sheet.iter_rows() if row[1].value}
    row = labels["Số hộ SXNN có tài khoản bán hàng/gian hàng trên sàn"]
    assert row[3].value == figures["II.3"]["in_period"]
    assert row[5].value == figures["II.3"]["cumulative"]
    assert row[6].value == figures["II.3"]["completion_pct"]


def test_another_program_opens_the_workbook(thursday, tmp_path: Path) -> None:
    home, _, _ = thursday
    workbook = home / "reports" / "week" / WEEK / f"bao-cao-tuan-{WEEK}.xlsx"
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            str(workbook),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    assert (tmp_path / f"bao-cao-tuan-{WEEK}.pdf").read_bytes().startswith(b"%PDF")


def test_running_it_again_changes_nothing_and_mails_nothing(thursday) -> None:
    home, landing, _ = thursday
    folder = home / "reports" / "week" / WEEK
    before = {
        p.name: (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns)
        for p in folder.iterdir()
    }
    again = report(home, landing)
    assert again.returncode == 0, again.stdout + again.stderr
    after = {
        p.name: (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns)
        for p in folder.iterdir()
    }
    assert after == before
    assert len(mails(home)) == 1


def add_one_trained(original: Path) -> bool:
    """Send the first workbook that bears plain numbers in row II.1 again, with one person more."""
    folder = original.parent
    if list(folder.parent.glob("*/*dinh-chinh-thu*")):
        return False
    book = openpyxl.load_workbook(original)
    changed = 0
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            if any(
                isinstance(c.value, str) and "kỹ năng số và kỹ năng hoạt động" in c.value
                for c in row
            ):
                for cell in row:
                    if isinstance(cell.value, int | float) and cell.column > 3:
                        cell.value = int(cell.value) + 1
                        changed += 1
    if changed < 2:
        return False
    book.save(folder / "bao-cao-tuan_20211119_dinh-chinh-thu.xlsx")
    return True


def test_one_corrected_file_changes_only_what_must_change(thursday) -> None:
    home, landing, _ = thursday
    server = embedded_postgres.start(settings(home))
    engine = warehouse.connect(server.url())
    query = text(
        "select unit_code, indicator_code, in_period, cumulative, channel from mart.indicator_value "
        "where report_kind = 'week' and period_end = cast(:week as date)"
    )
    with engine.connect() as connection:
        before = {tuple(row)[:2]: tuple(row) for row in connection.execute(query, {"week": WEEK})}
        sources = connection.execute(
            text(
                "select name from ops.source_file join core.submission using (file_id) "
                "where submission.unit_code is not null and submission.period_end = cast(:week as date) "
                "and name like '%.xlsx' order by name"
            ),
            {"week": WEEK},
        ).scalars()
        corrected = [
            source for source in sources if add_one_trained(landing / "districts" / source)
        ]
    assert corrected
    again = report(home, landing)
    assert again.returncode == 0, again.stdout + again.stderr
    with warehouse.connect(embedded_postgres.start(settings(home)).url()).connect() as connection:
        after = {tuple(row)[:2]: tuple(row) for row in connection.execute(query, {"week": WEEK})}
    different = {key for key in before if before[key] != after[key]}
    assert {indicator for _, indicator in different} == {"II.1"}
    assert len(different) == 2
    assert len(mails(home)) == 1
