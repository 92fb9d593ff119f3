"""What a DAG's ``on_failure_callback`` tells, as Airflow calls it: one alarm per run, in words."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk import DAG
from smtp_server import Scripted, serving
from sqlalchemy import Engine, text

from alarm_notifier import AlarmNotifier
from lensan.mail import alarms, recipients
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations import connections

NIGHT = DAG("warehouse_maintenance", dag_display_name="Dọn kho hằng đêm", schedule=None)


def failed(run: str) -> Any:
    return {"dag": NIGHT, "run_id": run, "reason": "task_failure"}


def test_a_failed_run_is_an_alarm_once(
    warehouse_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipients.add(warehouse_engine, "alarm", "to", "truc@example.vn")
    script = Scripted()
    with serving(script) as port:
        smtp = SmtpServer("127.0.0.1", port)
        monkeypatch.setattr(connections, "warehouse_engine", lambda: warehouse_engine)
        monkeypatch.setattr(connections, "smtp_server", lambda: smtp)
        for run in ("một", "một", "hai"):
            AlarmNotifier()(failed(run))
    with warehouse_engine.connect() as connection:
        rows = connection.execute(text("select alarm_key, title from ops.alarm order by 1")).all()
    assert [tuple(row) for row in rows] == [
        ("run failed|warehouse_maintenance|hai", "Dọn kho hằng đêm: lần chạy bị lỗi"),
        ("run failed|warehouse_maintenance|một", "Dọn kho hằng đêm: lần chạy bị lỗi"),
    ]
    assert [mail["Subject"] for _, mail in script.taken] == [
        "[Cảnh báo] Dọn kho hằng đêm: lần chạy bị lỗi"
    ] * 2


def test_a_dag_may_say_it_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str, str]] = []
    for name in ("warehouse_engine", "smtp_server"):
        monkeypatch.setattr(connections, name, lambda: None)
    monkeypatch.setattr(
        alarms,
        "raise_alarm",
        lambda *_, key, title, detail, moment: told.append((key, title, detail)),
    )
    notifier = AlarmNotifier(key="đĩa|{{ dag.dag_id }}", title="Đĩa đầy", detail="Lần {{ run_id }}")
    notifier(failed("một"))
    assert told == [("đĩa|warehouse_maintenance", "Đĩa đầy", "Lần một")]
