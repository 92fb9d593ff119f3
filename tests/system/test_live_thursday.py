"""A Thursday in a really running Airflow, by its own schedule: the clock of all its processes, and of
PostgreSQL, is set to a Thursday before eleven (libfaketime).

Units are reminded, one fills in the form of its reminder with a slip, gets it back and mends it; the draft
is built at eleven, the officer releases it in a browser, it is mailed. A run that an outage had delayed by
a week alarms.
"""

from __future__ import annotations

import io
import json
import mailbox
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text

from lensan import delivery, locations, periods, samples, warehouse
from lensan.periods import ICT
from lensan.running import embedded_postgres
from lensan.settings import PROJECT, settings

pytestmark = pytest.mark.system
PATIENCE_S = 300.0
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update",
                 "--disable-sync"]  # fmt: skip
WEEK = periods.week(date(2021, 10, 28))
SHIFT = WEEK.ends_at + timedelta(hours=10, minutes=57) - datetime.now(ICT)
SLEEP = """import select, time


def sleep(seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        select.select([], [], [], left)


time.sleep = sleep
"""
"""Of sitecustomize.py: libfaketime 0.9.10 breaks the system call behind time.sleep (EINVAL)."""
HA_LONG, CAM_PHA = "vhtt@halong.example.vn", "vhtt@campha.example.vn"
CHIEF, ENGINEER = "lanh-dao@example.vn", "ky-su@example.vn"


class Airflow:
    """The system of `make up` under a clock of its own, spoken to by its API."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.env = self._clock(folder / "postgres")
        started = self._command("up")
        assert started.returncode == 0, started.stdout + started.stderr
        self.url = re.search(r"Airflow\s+(http\S+)", started.stdout)[1]  # type: ignore[index]
        self.user, self.password = re.search(r"login\s+(op) / (\S+)", started.stdout).groups()  # type: ignore[union-attr]
        self.token = ""
        self.token = self.call(
            "/auth/token", {"username": self.user, "password": self.password}
        )["access_token"]  # fmt: skip
        server = embedded_postgres.start(settings(self.home))
        self.engine = warehouse.connect(server.url("warehouse"))

    def _clock(self, binaries: Path) -> dict[str, str]:
        """The environment that sets the clock; PostgreSQL is given none, so it gets a wrapper."""
        clock = {
            "LD_PRELOAD": FAKETIME,
            "FAKETIME": f"{SHIFT.total_seconds():.0f}s",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        real = embedded_postgres.binaries()
        binaries.mkdir()
        binaries.chmod(0o755)
        for path in real.iterdir():
            (binaries / path.name).symlink_to(path)
        (binaries / "postgres").unlink()
        (binaries / "postgres").write_text(
            f'#!/bin/sh\n{" ".join(map("=".join, clock.items()))} exec {real}/postgres "$@"\n'
        )
        (binaries / "postgres").chmod(0o755)
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR"))
        }
        site = binaries.with_name("site")
        site.mkdir()
        (site / "sitecustomize.py").write_text(SLEEP)
        return inherited | clock | {"LENSAN_POSTGRES_BIN": str(binaries), "PYTHONPATH": str(site)}

    def _command(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lensan.running", "--home", str(self.home), command],
            cwd=PROJECT, env=self.env, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def call(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def unpause(self, dag_id: str) -> None:
        self.wait_for(f"the DAG {dag_id}", lambda: self.call(f"/api/v2/dags/{dag_id}"))
        self.call(f"/api/v2/dags/{dag_id}", {"is_paused": False}, "PATCH")

    def run(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Trigger a DAG and wait for its end; returns its state."""
        path = f"/api/v2/dags/{dag_id}/dagRuns"
        run = self.call(path, {"logical_date": None, "conf": conf})["dag_run_id"]
        return self.end_of(f"{path}/{run}")

    def end_of(self, run: str, meanwhile: Callable[[], Any] = lambda: None) -> str:
        def look() -> str | None:
            meanwhile()
            state = self.call(run)["state"]
            return state if state in ("success", "failed") else None

        return str(self.wait_for("the end of the run", look))

    def mails(self, address: str) -> list[EmailMessage]:
        box = mailbox.Maildir(self.home / "mail", create=True)
        found = [message_from_bytes(each.as_bytes(), policy=policy.default) for each in box]
        return [mail for mail in found if address in str(mail["To"])]  # type: ignore[misc]

    def wait_for(self, what: str, look: Callable[[], Any]) -> Any:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                if found := look():
                    return found
            except urllib.error.HTTPError as error:
                if error.code not in (404, 409):
                    raise
            time.sleep(1)
        raise AssertionError(f"{what} did not come within {PATIENCE_S} s")

    def now(self) -> datetime:
        return datetime.now(ICT) + SHIFT

    def stop(self) -> None:
        self._command("down")


@pytest.fixture
def airflow(tmp_path: Path) -> Iterator[Airflow]:
    folder = tmp_path
    for part in (folder, *folder.parents[:2]):
        part.chmod(0o755)  # as root, PostgreSQL runs as another user
    airflow = Airflow(folder)
    yield airflow
    airflow.stop()
    embedded_postgres.remove(settings(airflow.home))


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=BROWSER_FLAGS
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


def workbook(mail: EmailMessage) -> openpyxl.Workbook:
    (part,) = mail.iter_attachments()
    return openpyxl.load_workbook(io.BytesIO(part.get_content()))


def filled(form: EmailMessage, first: Any) -> bytes:
    """The blank form of a reminder with zeros in it, ``first`` in the first cell to fill."""
    book = workbook(form)
    value = first
    for row in book.worksheets[0].iter_rows(min_col=4, max_col=4):
        cell = row[0]
        if not cell.protection.locked and cell.value is None:
            cell.value, value = value, 0
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_thursday_runs_itself(airflow: Airflow, page: Page, tmp_path: Path) -> None:
    landing = airflow.home / "landing"
    samples.write(landing, seed=4, weeks=2, order_lines=100, mess=False)
    for unit in ("ha-long", "cam-pha"):
        for path in (landing / "districts" / unit).glob(f"*{WEEK.end:%Y%m%d}*"):
            path.unlink()
    airflow.unpause("ingest_districts")
    assert airflow.run("ingest_districts", {}) == "success"
    for address, unit in ((HA_LONG, "193"), (CAM_PHA, "195")):
        locations.add_address(airflow.engine, address, unit, moment=airflow.now())
    delivery.add_recipient(airflow.engine, "alarm", "to", ENGINEER)

    # The reminder of nine o'clock: Airflow makes up for it as soon as the DAG is on.
    airflow.unpause("submission_reminders")
    for address in (HA_LONG, CAM_PHA):
        airflow.wait_for("the reminder", lambda address=address: airflow.mails(address))
    (form,) = airflow.mails(HA_LONG)
    assert "Nhắc nộp báo cáo (lần 2) – thành phố Hạ Long" in str(form["Subject"])

    # Ha Long fills it in with a slip, gets it back, mends it.
    folder, answer = landing / "districts" / "ha-long", {"answer": True}
    (folder / "bieu-mau.xlsx").write_bytes(filled(form, "mười hai hộ gì đó"))
    assert airflow.run("ingest_districts", answer) == "success"
    back = airflow.wait_for("the workbook back", lambda: airflow.mails(HA_LONG)[1:])[-1]
    assert "Đề nghị chỉnh sửa" in str(back["Subject"])
    assert workbook(back).sheetnames[0] == "Cần sửa"
    (folder / "bieu-mau-sua.xlsx").write_bytes(filled(form, 12))
    assert airflow.run("ingest_districts", answer) == "success"
    receipt = airflow.wait_for("the receipt", lambda: airflow.mails(HA_LONG)[2:])[-1]
    assert "Đã nhận báo cáo của thành phố Hạ Long" in str(receipt["Subject"])

    # The week before was drafted, then the scheduler was dead over its Thursday: the late run alarms.
    with airflow.engine.begin() as connection:
        connection.execute(
            text("insert into ops.draft (report_kind, period, built_at, figures_sha256) "
                 "values ('week', :period, :moment, '')"),
            {"period": WEEK.previous().name, "moment": airflow.now() - timedelta(days=7)},
        )  # fmt: skip
    airflow.unpause("weekly_report")
    (alarm,) = airflow.wait_for("the alarm", lambda: airflow.mails(ENGINEER))
    assert "chưa phát hành, đã quá hạn 14:00" in str(alarm["Subject"])

    # Eleven o'clock: the draft, by the schedule.
    runs = "/api/v2/dags/weekly_report/dagRuns"
    eleven = WEEK.ends_at + timedelta(hours=11)

    def of_today() -> list[str]:
        return [
            run["dag_run_id"]
            for run in airflow.call(runs)["dag_runs"]
            if datetime.fromisoformat(run["run_after"]) == eleven
        ]

    (run,) = airflow.wait_for("the run of eleven o'clock", of_today)
    task = f"{runs}/{run}/taskInstances/release/-1/hitlDetails"
    asked = airflow.wait_for("the question to the officer", lambda: airflow.call(task))
    assert asked["subject"] == f"Phát hành báo cáo {WEEK.name}?"
    assert "| II.3. Gian hàng (Hộ) |" in asked["body"]
    drafts = airflow.home / "reports" / "du-thao" / "week" / WEEK.name
    assert (drafts / f"du-thao-bao-cao-tuan-{WEEK.name}.pdf").exists()
    assert not (airflow.home / "reports" / "week" / WEEK.name).exists()
    release_in_browser(airflow, page, run, tmp_path)

    def answer_again() -> None:
        # Airflow may lose an answer, and the next try of the task is given it: nobody is asked twice.
        assert airflow.call(task)["response_received"], "the officer was asked a second time"

    assert airflow.end_of(f"{runs}/{run}", answer_again) == "success"
    (report,) = airflow.mails(CHIEF)
    assert [part.get_filename() for part in report.iter_attachments()] == [
        f"bao-cao-tuan-{WEEK.name}.xlsx",
        f"bao-cao-tuan-{WEEK.name}.pdf",
    ]
    with airflow.engine.connect() as connection:
        released = connection.execute(
            text("select how, released_by from ops.release where period = :period"),
            {"period": WEEK.name},
        ).one()
    assert released == ("officer", "op")
    assert len(airflow.mails(ENGINEER)) == 1
    assert len(airflow.mails(CAM_PHA)) == 1


def release_in_browser(airflow: Airflow, page: Page, run: str, folder: Path) -> None:
    """What the officer does: logs in, opens the question, presses *Phát hành*."""
    page.goto(f"{airflow.url}/auth/login")
    page.fill('input[name="username"]', airflow.user)
    page.fill('input[name="password"]', airflow.password)
    page.click('button[type="submit"]')
    page.wait_for_url(lambda url: "/auth/" not in url)
    page.goto(f"{airflow.url}/dags/weekly_report/runs/{run}/tasks/release/required_actions")
    page.screenshot(path=folder / "question.png")
    button = page.get_by_role("button", name="Phát hành")
    button.wait_for()
    page.screenshot(path=folder / "question.png", full_page=True)
    button.click()
