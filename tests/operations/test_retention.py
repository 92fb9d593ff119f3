"""What is kept for how long, and what for ever."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

from office import WEEKS, Office, thursday

from lensan.domain.settings import settings
from lensan.intake import landing
from lensan.operations import maintenance
from lensan.reports import export

LAST = WEEKS[2]


def test_exports_are_written_beside_new_reports_and_go_after_their_time(office: Office) -> None:
    home = settings(office.folder)
    folder = export.folder_of(home.reports, LAST, 0)
    report = home.reports / "week" / LAST.name
    frozen = {p.name: p.read_bytes() for p in report.iterdir()}
    done = maintenance.maintain(office.engine, home, moment=thursday(LAST, 23))
    assert done["exports"] == 1
    assert (folder / "datapackage.json").exists()
    again = maintenance.maintain(office.engine, home, moment=thursday(LAST) + timedelta(days=8))
    assert (again["exports"], again["expired"]) == (0, 0)
    later = maintenance.maintain(office.engine, home, moment=thursday(LAST) + timedelta(days=200))
    assert later["expired"] == 1
    assert {p.name: p.read_bytes() for p in report.iterdir()} == frozen


def test_old_logs_mails_notices_and_alarms_go_and_nothing_else(office: Office) -> None:
    home = settings(office.folder)
    moment = thursday(LAST) + timedelta(days=1000)
    raw = sorted(p.name for p in landing.find(home.raw_store))
    for path, age in (
        (home.logs / "old.log", 91),
        (home.logs / "new.log", 89),
        (home.mail / "new" / "old", 181),
        (home.mail / "cur" / "new", 179),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        at = (moment - timedelta(days=age)).timestamp()
        os.utime(path, (at, at))
    with office.engine.begin() as connection:
        for key, state, age in (("a", "sent", 731), ("b", "sent", 729), ("c", "pending", 900)):
            connection.exec_driver_sql(
                "insert into ops.mail (fact, kind, recipient, subject, message_id, state, "
                "queued_at, changed_at) values (%s, 'reminder', 'a@example.vn', '', %s, %s, %s, %s)",
                (key, key, state, moment, moment - timedelta(days=age)),
            )
        for key, closed in (("a", 731), ("b", None)):
            connection.exec_driver_sql(
                "insert into ops.alarm (alarm_key, title, detail, raised_at, last_seen_at, closed_at) "
                "values (%s, '', '', %s, %s, %s)",
                (key, moment, moment, moment - timedelta(days=closed) if closed else None),
            )
    assert maintenance.maintain(office.engine, home, moment=moment)["expired"] == 4
    assert not (home.logs / "old.log").exists()
    assert (home.logs / "new.log").exists()
    assert (home.mail / "cur" / "new").exists()
    with office.engine.connect() as connection:
        notices = connection.exec_driver_sql("select fact from ops.mail order by 1")
        assert list(notices.scalars()) == ["b", "c"]
        assert connection.exec_driver_sql("select count(*) from ops.alarm").scalar_one() == 1
    assert sorted(p.name for p in landing.find(home.raw_store)) == raw


def test_the_rules_are_written_down() -> None:
    text = (Path(__file__).parents[2] / "docs/decisions/0012-retention.md").read_text("utf-8")
    declared = dict(re.findall(r"^\| ([^|]+?) \| (\d+) days \|", text, re.M))
    assert declared == {name: str(kept.days) for name, kept in maintenance.RETENTION.items()}
