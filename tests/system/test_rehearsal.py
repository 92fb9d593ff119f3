"""A Thursday in a really running Airflow, by its own schedule: the clock of all its processes, and of
PostgreSQL, is set to a Thursday before eleven (libfaketime).

Units are reminded, one fills in the form of its reminder with a slip, gets it back and mends it, another reports by
the link of its form on the phone and tells a difficulty; the draft is built at eleven with the covering report, the
officer answers the difficulty, looks at the work to do, releases the report in a browser, it is mailed, signed, mailed
again signed; the unit gets its own page. A run that an outage had delayed by a week alarms.
"""

from __future__ import annotations

import contextlib
import io
import json
import mailbox
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import certificates
import docx
import hub_in_browser
import openpyxl
import pytest
from openpyxl.cell import MergedCell
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text

from lensan import samples, warehouse
from lensan.domain import periods, report_forms
from lensan.domain.periods import ICT
from lensan.domain.settings import PROJECT, settings
from lensan.intake import locations
from lensan.mail import recipients, report_mail
from lensan.operations.running import embedded_postgres
from lensan.reports import publishing, signing
from lensan.units import phone_form

pytestmark = [pytest.mark.system, pytest.mark.rehearsal]
PATIENCE_S = 300.0
BROWSER = "/usr/bin/chromium"
BROWSER_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update",
                 "--disable-sync"]  # fmt: skip
WEEK = periods.week(date(2021, 10, 28))
AT_TEN, ELEVEN = WEEK.ends_at + timedelta(hours=10, minutes=2), WEEK.ends_at + timedelta(hours=11)
SLEEP = """import select, time


def sleep(seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        select.select([], [], [], left)


time.sleep = sleep
"""
"""Of sitecustomize.py: libfaketime 0.9.10 breaks the system call behind time.sleep (EINVAL)."""
HA_LONG, CAM_PHA = "vhtt@halong.example.vn", "vhtt@campha.example.vn"
UONG_BI, URL = "vhtt@uongbi.example.vn", "https://lensan.example.vn"
SAID, ANSWER = "Thiếu máy đọc mã ở các xã", "Sở cấp hai máy trong tháng 11"
CHIEF, ENGINEER = "lanh-dao@example.vn", "ky-su@example.vn"


class Airflow:
    """The system of `make up` under a clock of its own, spoken to by its API."""

    def __init__(self, home: Path, open_folder: Path) -> None:
        """``open_folder``: PostgreSQL's user may enter it."""
        self.home = home
        self.clock = open_folder / "clock"
        self.set_clock(AT_TEN)
        self.env = self._environment(open_folder / "postgres", open_folder / "site")

    def start(self) -> None:
        started = self._command("up", "--paused")
        assert started.returncode == 0, started.stdout + started.stderr
        self.url = re.search(r"Airflow\s+(http\S+)", started.stdout)[1]  # type: ignore[index]
        login = re.search(r"login\s+(op) / (\S+)", started.stdout)
        assert login is not None
        self.user, self.password = login.groups()
        self.token = ""
        self.token = self.call(
            "/auth/token", {"username": self.user, "password": self.password}
        )["access_token"]  # fmt: skip
        server = embedded_postgres.start(settings(self.home))
        self.engine = warehouse.connect(server.url("warehouse"))

    def set_clock(self, moment: datetime) -> None:
        """All processes follow within a second, and the clock goes on from there."""
        self.shift = moment - datetime.now(ICT)
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(f"{self.shift.total_seconds():+.0f}s\n")
        fresh.rename(self.clock)

    def _environment(self, binaries: Path, site: Path) -> dict[str, str]:
        """The environment that sets the clock; PostgreSQL is given none, so it gets a wrapper."""
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
        clock = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        real = embedded_postgres._place(settings(self.home)).bin
        binaries.mkdir()
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
        site.mkdir()
        (site / "sitecustomize.py").write_text(SLEEP)
        return inherited | clock | {
            "LENSAN_POSTGRES_BIN": str(binaries),
            "LENSAN_URL": URL,
            "PYTHONPATH": str(site),
            # When the clock is put forward, the scheduler must not take itself for dead.
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "3600",
        }  # fmt: skip

    def _command(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lensan.cli.home", "--home", str(self.home), *command],
            cwd=PROJECT, env=self.env, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def call(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    def unpause(self, dag_id: str) -> None:
        self.wait_for(f"the DAG {dag_id}", lambda: self.call(f"/api/v2/dags/{dag_id}"))
        self.call(f"/api/v2/dags/{dag_id}", {"is_paused": False}, "PATCH")

    def at_rest(self) -> bool:
        """Whether nothing runs; the ingestion of every 15 minutes is off then, and starts nothing."""
        runs, ingestion = (
            "/api/v2/dags/~/dagRuns?state=queued&state=running",
            "/api/v2/dags/ingest_districts",
        )
        if self.call(runs)["total_entries"]:
            return False
        self.call(ingestion, {"is_paused": True}, "PATCH")
        # A run that began in between is left to end: a DAG that is off goes on with nothing.
        rests = not self.call(runs)["total_entries"]
        if not rests:
            self.call(ingestion, {"is_paused": False}, "PATCH")
        return rests

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Trigger a DAG; returns the path of its run."""
        path = f"/api/v2/dags/{dag_id}/dagRuns"
        return f"{path}/{self.call(path, {'logical_date': None, 'conf': conf})['dag_run_id']}"

    def runs(self, dag_id: str, moment: datetime | None = None) -> list[str]:
        """The paths of a DAG's runs, or of those that came at a moment."""
        path = f"/api/v2/dags/{dag_id}/dagRuns"
        return [
            f"{path}/{run['dag_run_id']}"
            for run in self.call(path)["dag_runs"]
            if moment in (None, datetime.fromisoformat(run["run_after"]))
        ]

    def end_of(self, run: str, meanwhile: Callable[[], Any] = lambda: None) -> str:
        def look() -> str | None:
            meanwhile()
            state = self.call(run)["state"]
            return state if state in ("success", "failed") else None

        return str(self.wait_for("the end of the run", look))

    def mails(self, address: str, subject: str = "") -> list[EmailMessage]:
        """What has come for an address, in no order."""
        box = mailbox.Maildir(self.home / "mail", create=True)
        found = [message_from_bytes(each.as_bytes(), policy=policy.default) for each in box]
        return [m for m in found if address in str(m["To"]) and subject in str(m["Subject"])]

    def mail(self, address: str, subject: str) -> EmailMessage:
        """Wait for the one mail of that subject."""
        (found,) = self.wait_for(
            f"{subject} for {address}", lambda: self.mails(address, subject)
        )  # fmt: skip
        return found

    def wait_for(self, what: str, look: Callable[[], Any]) -> Any:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                if found := look():
                    return found
            except urllib.error.HTTPError as error:
                if error.code not in (404, 409):
                    raise
            except (urllib.error.URLError, TimeoutError):
                pass  # a busy machine
            time.sleep(1)
        raise AssertionError(f"{what} did not come within {PATIENCE_S} s")

    def now(self) -> datetime:
        return datetime.now(ICT) + self.shift

    def stop(self) -> None:
        self._command("down")


@pytest.fixture
def airflow(tmp_path: Path) -> Iterator[Airflow]:
    sweep_shared_memory()
    folder = Path(tempfile.mkdtemp(prefix="clock-"))
    folder.chmod(0o755)
    airflow = Airflow(tmp_path / "home", folder)
    try:
        airflow.start()
        yield airflow
    finally:
        airflow.stop()
        embedded_postgres.remove(settings(airflow.home))
        shutil.rmtree(folder)
        sweep_shared_memory()


def sweep_shared_memory() -> None:
    """Remove what libfaketime leaves of processes that are gone."""
    for path in Path("/dev/shm").glob("*faketime_s*_*"):
        if not Path("/proc", path.name.rpartition("_")[2]).exists():
            with contextlib.suppress(OSError):
                path.unlink()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=BROWSER_FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(120_000)
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
        if isinstance(cell, MergedCell):
            continue  # the box for difficulties
        if not cell.protection.locked and cell.value is None:
            cell.value, value = value, 0
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_thursday_runs_itself(airflow: Airflow, page: Page, tmp_path: Path) -> None:
    landing = airflow.home / "landing"
    samples.write(landing, seed=4, weeks=2, order_lines=100, mess=False)
    own = f"bao-cao-tuan_{WEEK.end:%Y%m%d}.xlsx"
    for unit in ("ha-long", "uong-bi"):
        for path in (landing / "districts" / unit).glob(f"*{WEEK.end:%Y%m%d}*"):
            path.unlink()
    late = (landing / "districts" / "cam-pha" / own).rename(tmp_path / own)
    recipients.add(airflow.engine, "alarm", "to", ENGINEER)

    an_outage_over_last_thursday(airflow)

    # The reminder of nine o'clock, made up for as well, when the addresses are known.
    for address, unit in ((HA_LONG, "193"), (CAM_PHA, "195"), (UONG_BI, "196")):
        locations.add_address(airflow.engine, address, unit, moment=airflow.now())
    locations.want_page(airflow.engine, UONG_BI, wants=True)
    root = certificates.made("Ban Cơ yếu (thử)")
    signing.trust(airflow.engine, root.pem, moment=airflow.now(), by="op")
    airflow.unpause("submission_reminders")
    reminder = "Nhắc nộp báo cáo (lần 2) – thành phố "
    form = airflow.mail(HA_LONG, reminder + "Hạ Long")
    airflow.mail(CAM_PHA, reminder + "Cẩm Phả")

    # Ha Long fills it in with a slip, gets it back from the ingestion of ten o'clock, mends it.
    folder = landing / "districts" / "ha-long"
    (folder / "bieu-mau.xlsx").write_bytes(filled(form, "mười hai hộ gì đó"))
    airflow.unpause("ingest_districts")
    back = airflow.mail(HA_LONG, "Đề nghị chỉnh sửa")
    assert workbook(back).sheetnames[0] == "Cần sửa"
    (folder / "bieu-mau-sua.xlsx").write_bytes(filled(form, 0))
    asked = airflow.mail(UONG_BI, reminder + "Uông Bí")
    declared = by_phone(airflow, page, asked, tmp_path)
    mended = airflow.trigger("ingest_districts", {"answer": True})
    airflow.mail(HA_LONG, "Đã nhận báo cáo của thành phố Hạ Long")
    airflow.mail(UONG_BI, "Đã nhận báo cáo của thành phố Uông Bí")
    assert airflow.end_of(mended) == "success"

    # The clock is put forward while nothing runs. Eleven o'clock: the draft, by the schedule.
    airflow.wait_for("rest", airflow.at_rest)
    airflow.set_clock(ELEVEN - timedelta(seconds=5))
    (run,) = airflow.wait_for(
        "the run of eleven o'clock", lambda: airflow.runs("weekly_report", ELEVEN)
    )
    task = f"{run}/taskInstances/release/-1/hitlDetails"
    asked = airflow.wait_for("the question to the officer", lambda: airflow.call(task))
    assert asked["subject"] == f"Phát hành báo cáo {WEEK.name}?"
    assert "| II.3. Gian hàng (Hộ) |" in asked["body"]
    assert asked["options"] == ["Phát hành", "Chưa phát hành"]
    drafts = airflow.home / "reports" / "du-thao" / "week" / WEEK.name
    assert (drafts / f"du-thao-bao-cao-tuan-{WEEK.name}.pdf").exists()
    assert not (airflow.home / "reports" / "week" / WEEK.name).exists()

    read_before_release(airflow, page, drafts, tmp_path)

    # Cam Pha's own file comes while the officer thinks, and is in the report.
    (missing,) = (line for line in asked["body"].splitlines() if "chưa báo cáo:" in line)
    assert "TP Cẩm Phả" in missing and "Hạ Long" not in missing
    late.rename(landing / "districts" / "cam-pha" / own)
    release_in_browser(airflow, page, run.split("/")[-1], tmp_path)

    def answer_again() -> None:
        # An officer answers what is asked, also a second time; Airflow may lose an answer that comes
        # right after the task was parked, and the next try is given it
        # (docs/decisions/0009-reminders-answers-second-line.md).
        if not airflow.call(task)["response_received"]:
            airflow.call(task, {"chosen_options": ["Phát hành"], "params_input": {}}, "PATCH")

    assert airflow.end_of(run, answer_again) == "success"
    it_is_out(airflow, declared)
    after_release(airflow, page, root, tmp_path)


def an_outage_over_last_thursday(airflow: Airflow) -> None:
    """The week before was drafted, then the scheduler was dead over its Thursday: the late run alarms."""
    with airflow.engine.begin() as connection:
        connection.execute(
            text("insert into ops.draft (report_kind, period, built_at, figures_sha256) "
                 "values ('week', :period, :moment, '')"),
            {"period": WEEK.previous().name, "moment": airflow.now() - timedelta(days=7)},
        )  # fmt: skip
    airflow.unpause("weekly_report")  # Airflow makes up for its last run
    airflow.mail(ENGINEER, "chưa phát hành, đã quá hạn 14:00")
    last_week, *_ = airflow.runs("weekly_report")
    assert airflow.end_of(last_week) == "success"


def it_is_out(airflow: Airflow, declared: int) -> None:
    """Released by the officer's word, mailed once, with what came late and by phone; nobody was told twice."""
    (report,) = airflow.mails(CHIEF)
    assert {part.get_filename() for part in report.iter_attachments()} == {
        f"bao-cao-tuan-{WEEK.name}.xlsx",
        f"bao-cao-tuan-{WEEK.name}.pdf",
    }
    frozen, _ = publishing.load(airflow.engine, WEEK)
    assert "TP Cẩm Phả" not in report_mail.missing_units(frozen, report_forms.form("week"))
    with airflow.engine.connect() as connection:
        released = connection.execute(
            text("select how, released_by from ops.release where period = :period"),
            {"period": WEEK.name},
        ).one()
    assert released == ("officer", "op")
    counts = {who: len(airflow.mails(who)) for who in (HA_LONG, CAM_PHA, UONG_BI, CHIEF, ENGINEER)}
    assert counts == {HA_LONG: 3, CAM_PHA: 1, UONG_BI: 3, CHIEF: 1, ENGINEER: 1}
    assert len(airflow.mails("")) == 9
    figure = frozen.figure("196", "II.1")
    assert (figure.in_period, figure.cumulative) == (3, declared)


def by_phone(airflow: Airflow, page: Page, asked: EmailMessage, folder: Path) -> int:
    """Uong Bi reports by the link of its reminder, which is not another's and ends; what it declares of II.1 in all."""
    now, board = airflow.now(), f"{airflow.url}/board/form/"
    body = asked.get_body(("plain",))
    assert body is not None
    found = re.search(rf"{URL}/board/form/(\S+)", body.get_content())
    assert found
    good = board + found[1]
    over = phone_form.link(airflow.engine, "196", WEEK, moment=now - timedelta(days=15))
    assert hub_in_browser.refused(page, board + over)[0] == 410
    assert hub_in_browser.refused(page, good.replace("/196.", "/194."))[0] == 404
    return hub_in_browser.send_form(page, good, folder, SAID)


def read_before_release(airflow: Airflow, page: Page, drafts: Path, folder: Path) -> None:
    """What the officer reads while the draft waits: the covering report, difficulties, duties, work to do."""
    (covering,) = drafts.glob("*.docx")
    told = "\n".join(each.text for each in docx.Document(str(covering)).paragraphs)
    assert "28/10/2021" in told or "27/10/2021" in told
    assert "khó khăn, vướng mắc" in told.lower()
    board = f"{airflow.url}/board"
    log_in(airflow, page)
    hub_in_browser.answer_difficulty(page, board, folder, SAID, ANSWER)
    mail = airflow.mail(UONG_BI, "Trả lời khó khăn, vướng mắc số 1")
    body = mail.get_body()
    assert body is not None and ANSWER in body.get_content() and SAID not in body.get_content()
    for path, heading in (("worklist", "Việc cần làm"), ("duties", "Nhiệm vụ")):
        page.goto(f"{board}/{path}")
        assert heading in page.get_by_role("heading", level=1).first.inner_text()
        hub_in_browser.pictured(page, folder / f"{path}.png")


def after_release(airflow: Airflow, page: Page, root: certificates.Holder, folder: Path) -> None:
    """The report went out in time and says that it is not signed; signed, it goes again. The unit gets its page."""
    (first,) = airflow.mails(CHIEF)
    body = first.get_body(("plain",))
    assert body is not None and "chưa ký số" in body.get_content().lower()
    board = f"{airflow.url}/board"
    signed = hub_in_browser.sign(page, board, WEEK.name, folder, root)
    page.goto(f"{board}/period/week/{WEEK.name}")
    page.get_by_role("link", name="Gửi lại…").click()
    page.get_by_role("button", name="Gửi lại").click()
    airflow.wait_for("the signed report", lambda: len(airflow.mails(CHIEF)) == 2)
    pdfs = [
        (str(part.get_filename()), part.get_content())
        for mail in airflow.mails(CHIEF)
        for part in mail.iter_attachments()
        if part.get_content_type() == "application/pdf"
    ]
    assert (f"bao-cao-tuan-{WEEK.name}-da-ky.pdf", signed) in pdfs
    airflow.unpause("deadline_watchdog")
    own = airflow.mail(UONG_BI, "Kết quả của thành phố Uông Bí")
    (part,) = own.iter_attachments()
    assert part.get_content().startswith(b"%PDF")
    (folder / "unit-page.pdf").write_bytes(part.get_content())


def log_in(airflow: Airflow, page: Page) -> None:
    """As the officer, by Airflow's own form."""
    page.goto(f"{airflow.url}/auth/login")
    page.fill('input[name="username"]', airflow.user)
    page.fill('input[name="password"]', airflow.password)
    page.click('button[type="submit"]')
    page.wait_for_url(lambda url: "/auth/" not in url)


def release_in_browser(airflow: Airflow, page: Page, run: str, folder: Path) -> None:
    """What the officer does: opens the question, presses *Phát hành*."""
    page.goto(f"{airflow.url}/dags/weekly_report/runs/{run}/tasks/release/required_actions")
    button = page.get_by_role("button", name="Phát hành", exact=True)
    button.wait_for()
    page.screenshot(path=folder / "question.png", full_page=True)
    with page.expect_response(
        lambda r: "/hitlDetails" in r.url and r.request.method == "PATCH"
    ) as it:
        button.click()
    assert it.value.ok, it.value.text()
    page.screenshot(path=folder / "answered.png", full_page=True)
