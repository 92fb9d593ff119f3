"""Kills at any moment of build and delivery: one mail each, no lost report. KILLS says how many."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from office import WEEKS, Office
from smtp_server import Scripted, serving
from sqlalchemy import Engine, text

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.periods import ICT, Period
from lensan.mail import recipients
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations import obligations
from lensan.reports import publishing

pytestmark = pytest.mark.system
KILLS = int(os.environ.get("KILLS", "40"))
RECIPIENTS = ("giam-doc@example.vn", "bo-tttt@example.vn", "ubnd@example.vn")


# Forked from a server that has imported the library and used none of it, as Airflow forks its tasks:
# typst's threads do not live on in a fork.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["lensan.operations.obligations", "lensan.reports.rendering"])


def publish_and_mail(
    url: str, reports: Path, period: Period, smtp: SmtpServer, moment: datetime
) -> None:
    engine = warehouse.connect(url)
    obligations.publish(engine, period, reports, how="automatic", moment=moment)
    obligations.deliver(engine, period, smtp, moment=moment, is_patient=False)


def attempt(
    office: Office, period: Period, smtp: SmtpServer, moment: datetime, life_s: float
) -> bool:
    """Publish and mail in a process of its own that is killed after ``life_s``; True: it was in time."""
    url = office.engine.url.render_as_string(hide_password=False)
    process = PROCESSES.Process(
        target=publish_and_mail, args=(url, office.folder / "reports", period, smtp, moment)
    )
    process.start()
    process.join(life_s)
    in_time = process.exitcode is not None
    process.kill()
    process.join()
    assert not in_time or process.exitcode == 0
    return in_time


def test_kills_lose_no_report_and_double_no_mail(office: Office) -> None:
    draw = random.Random(201)
    engine: Engine = office.engine
    for kind in ("week", "month"):
        for address in RECIPIENTS:
            recipients.add(engine, kind, "to", address)
    later = WEEKS[3].end
    reports = [periods.week(later + timedelta(days=7 * n)) for n in range(KILLS)]
    script = Scripted()
    killed = finished = 0
    longest_s = 2.0
    with serving(script) as port:
        smtp = SmtpServer("127.0.0.1", port, timeout_s=5, accept_timeout_s=5)
        for period in reports:
            moment = datetime.combine(period.end, datetime.min.time(), ICT) + timedelta(hours=11)
            while killed < KILLS:
                if attempt(office, period, smtp, moment, draw.uniform(0.0, longest_s)):
                    break
                killed += 1
                time.sleep(0.02)
            assert attempt(office, period, smtp, moment, 60.0)
            finished += 1
            if killed >= KILLS:
                break
    assert killed == KILLS
    unknown = 0
    with engine.connect() as connection:
        for period in reports[:finished]:
            states = dict(
                connection.execute(
                    text("select recipient, state from ops.delivery where period = :period"),
                    {"period": period.name},
                ).all()
            )
            assert set(states) == set(RECIPIENTS)
            assert set(states.values()) <= {"sent", "unknown"}
            for address, state in states.items():
                mails = [
                    mail
                    for who, mail in script.taken
                    if who == address and f"{period.last_day:%d/%m/%Y}" in mail["Subject"]
                ]
                assert len(mails) <= 1, (period.name, address)
                assert state == "unknown" or len(mails) == 1, (period.name, address)
                unknown += state == "unknown"
            _, kept = publishing.load(engine, period)
            folder = office.folder / "reports" / "week" / period.name
            on_disk = {p.name: digest(p) for p in folder.iterdir() if not p.name.startswith(".")}
            assert on_disk == {name: hashlib.sha256(c).hexdigest() for name, c in kept.items()}
    print(f"{killed} kills, {finished} reports, {unknown} mails of unknown outcome")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
