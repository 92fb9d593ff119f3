"""One Thursday, end to end: files in, the report in a mailbox, through real Airflow and PostgreSQL, which
tell their lineage and metrics to who asked for them. Then the same once more, after a corrected file came.
"""

from __future__ import annotations

import hashlib
import json
import mailbox
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import listeners
import openpyxl
import pytest
from sqlalchemy import text

from lensan import samples, warehouse
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres

pytestmark = pytest.mark.system
WEEK = "2021-11-18"


@dataclass
class Thursday:
    """A home in which the report of WEEK was asked for once, and what was told meanwhile."""

    home: Path
    landing: Path
    said: subprocess.CompletedProcess[str]
    events: list[dict[str, Any]]
    metrics: set[str]

    @property
    def reports(self) -> Path:
        return self.home / "reports" / "week" / WEEK


def report(home: Path, landing: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """What `make report` runs, with nothing of this shell's settings but ``more``."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR", "OPENLINEAGE"))
    }
    home.mkdir(exist_ok=True)  # an empty folder is meant as a home, a mistyped one is not there
    return subprocess.run(
        [sys.executable, "-m", "lensan.cli.home", "--home", str(home), "report", "--week", WEEK,
         "--landing", str(landing)],
        cwd=PROJECT, env=environment | more, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip


def mails(home: Path) -> list:
    box = mailbox.Maildir(home / "mail", create=True)
    return [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.keys()]  # noqa: SIM118


@pytest.fixture(scope="module")
def thursday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thursday]:
    folder = tmp_path_factory.mktemp("thursday")
    landing, home = folder / "landing", folder / "home"
    samples.write(landing, seed=7, weeks=5, order_lines=600, mess=False)
    with listeners.lineage_server() as (url, events), listeners.metrics_server() as (port, lines):
        said = report(
            home,
            landing,
            AIRFLOW__OPENLINEAGE__TRANSPORT=json.dumps({"type": "http", "url": url}),
            AIRFLOW__METRICS__STATSD_ON="True",
            AIRFLOW__METRICS__STATSD_PORT=str(port),
        )
    yield Thursday(home, landing, said, events, lines)
    embedded_postgres.remove(settings(home))


def test_the_report_is_published_and_mailed(thursday: Thursday) -> None:
    folder = thursday.reports
    assert thursday.said.returncode == 0, thursday.said.stdout + thursday.said.stderr
    assert sorted(path.name for path in folder.iterdir()) == [
        f"bao-cao-tuan-{WEEK}.pdf",
        f"bao-cao-tuan-{WEEK}.xlsx",
        "figures.json",
    ]
    (mail,) = mails(thursday.home)
    assert mail["subject"] == (
        "[Báo cáo tuần] Kết quả đưa hộ SXNN lên sàn TMĐT – tuần đến hết ngày 17/11/2021"
    )
    attached = {
        part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()
    }
    workbook = folder / f"bao-cao-tuan-{WEEK}.xlsx"
    assert attached[workbook.name] == workbook.read_bytes()


def test_the_workbook_says_what_figures_json_says(thursday: Thursday) -> None:
    folder = thursday.reports
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


def contents(folder: Path) -> dict[str, tuple[str, int]]:
    """Name → digest and time of each file."""
    return {
        path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.iterdir()
    }


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


def test_a_report_tells_its_lineage_and_metrics_and_nothing_of_people(thursday: Thursday) -> None:
    told = {(event["job"]["name"], event["eventType"]) for event in thursday.events}
    for task in ("sweep", "resolve_producers", "compute_figures", "publish", "deliver"):
        for state in ("START", "COMPLETE"):
            assert (f"weekly_report.{task}", state) in told, told
    assert {event["job"]["namespace"] for event in thursday.events} == {"lensan"}
    read, written = (
        {
            (event["job"]["name"], dataset["name"])
            for event in thursday.events
            if event["eventType"] == "COMPLETE"
            for dataset in event.get(side, [])
            if dataset["namespace"] == "lensan"
        }
        for side in ("inputs", "outputs")
    )
    assert ("weekly_report.compute_figures", "core/stall") in read, read
    assert ("weekly_report.compute_figures", "figures/week") in written, written
    assert {name for job, name in written if job.startswith("weekly_report.")} >= {"report/week"}
    names = {line.partition(":")[0] for line in thursday.metrics}
    assert all(name.startswith("lensan.") for name in names)
    assert any("ti.finish.weekly_report.publish.success" in name for name in names), names

    server = embedded_postgres.start(settings(thursday.home))
    with warehouse.connect(server.url("warehouse")).connect() as connection:
        people = {
            str(value)
            for row in connection.exec_driver_sql(
                "select owner_name, phone, paper_number from core.stall union "
                "select name, phone, paper_number from core.registry union "
                "select name, phone, paper_number from core.wallet union "
                "select null, buyer_phone, null from core.order_line"
            )
            for value in row
            if value
        }
    assert len(people) > 50
    said = json.dumps(thursday.events, ensure_ascii=False) + "\n".join(thursday.metrics)
    assert [value for value in people if value in said] == []


def test_run_again_after_a_corrected_file_only_what_must_change_does_and_nothing_published(
    thursday: Thursday,
) -> None:
    home, landing = thursday.home, thursday.landing
    published = contents(thursday.reports)
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
    assert contents(thursday.reports) == published
