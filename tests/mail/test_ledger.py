"""One ledger for every kind of mail, and one place to add a way to send."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import reporting_case
from mailing import CHIEF, DEPUTY, FILES, NOW, build, published
from smtp_server import Scripted, serving
from sqlalchemy import Engine, text

from lensan import warehouse
from lensan.mail import delivery, ledger, recipients, transport
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations.running import embedded_postgres
from lensan.warehouse import migrations

FACT = "reminder|week|2021-11-18|193|1"


def message() -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Nhắc nộp báo cáo"
    mail.set_content("Kính gửi Quý đơn vị.")
    return mail


def test_a_notice_goes_to_its_recipient_alone_and_asks_no_machine_to_answer(
    warehouse_engine: Engine,
) -> None:
    script = Scripted()
    with serving(script) as port:
        smtp = SmtpServer("127.0.0.1", port, timeout_s=5)
        for address in (CHIEF, DEPUTY, CHIEF):
            state = ledger.send_once(
                warehouse_engine, smtp, kind="reminder", fact=FACT, recipient=address,
                message=message(), moment=NOW,
            )  # fmt: skip
            assert state == "sent"
    assert [(who, mail["to"], mail["cc"]) for who, mail in script.taken] == [
        (CHIEF, CHIEF, None),
        (DEPUTY, DEPUTY, None),
    ]
    assert {mail["auto-submitted"] for _, mail in script.taken} == {"auto-generated"}


def test_the_same_fact_waits_for_each_recipient_by_itself(warehouse_engine: Engine) -> None:
    """Sending to one of a fact's recipients leaves another's pending mail alone."""
    script = Scripted()
    with serving(script) as port:
        smtp = SmtpServer("127.0.0.1", port, timeout_s=5)

        def send(address: str) -> str:
            return ledger.send_once(
                warehouse_engine, smtp, kind="reminder", fact=FACT, recipient=address,
                message=message(), moment=NOW,
            )  # fmt: skip

        script.misbehave("RCPT", CHIEF, "451 later")
        assert (send(CHIEF), send(DEPUTY)) == ("pending", "sent")
        assert script.count(CHIEF) == 0
        assert send(CHIEF) == "sent"


def test_a_way_to_send_is_one_module_named_like_its_connections_type(
    warehouse_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pigeons.py").write_text(
        "from lensan.mail.transport import SendOutcome\n"
        "class Pigeons:\n"
        "    sender = 'bao-cao@example.vn'\n"
        "    flown = []\n"
        "    def send(self, mail, recipient):\n"
        "        self.flown.append((recipient, mail['subject']))\n"
        "        return SendOutcome('sent')\n"
        "    def probe(self, timeout_s):\n"
        "        return True, 'the loft is open'\n"
        "def transport(connection):\n"
        "    return Pigeons()\n"
    )
    monkeypatch.setattr(transport, "__path__", [*transport.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "lensan.mail.transport.pigeons", raising=False)
    way: Any = transport.of(connection("pigeons"))
    recipients.add(warehouse_engine, "week", "to", CHIEF)
    report = published(warehouse_engine, reporting_case.make())
    sent = delivery.deliver_report(warehouse_engine, report, FILES, build, way, moment=NOW)
    assert sent == {"sent": 1}
    assert way.flown == [(CHIEF, "Báo cáo tuần")]


def connection(conn_type: str | None, **extra: Any) -> Any:
    return SimpleNamespace(
        conn_type=conn_type, host="thu.example.vn", port=587, login="so", password="x",
        extra_dejson=extra,
    )  # fmt: skip


@pytest.mark.parametrize("conn_type", ["smtp", "email", "", None, "no-such.way"])
def test_a_connection_of_no_special_type_sends_by_smtp(conn_type: str | None) -> None:
    way = transport.of(connection(conn_type, disable_ssl=True, from_email="bao-cao@example.vn"))
    assert way == SmtpServer(
        "thu.example.vn", 587, "so", "x", starttls=True, sender="bao-cao@example.vn"
    )


# ---------------------------------------------------------------- a warehouse of before


@pytest.fixture
def older(
    server: embedded_postgres.Server,
    new_warehouse: Callable[[], Engine],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Engine:
    """A warehouse that ran the migrations before this ledger, with both ledgers of then."""
    new_warehouse()  # makes the roles of the tests' server
    administrator = warehouse.connect(server.url("postgres"))
    with administrator.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        session.exec_driver_sql("drop database if exists two_ledgers")
        session.exec_driver_sql("create database two_ledgers")
    engine = warehouse.connect(server.url("two_ledgers"))
    earlier = tmp_path / "migrations"
    earlier.mkdir()
    for path in migrations.MIGRATIONS.glob("*.sql"):
        if path.stem < "0021":
            shutil.copy(path, earlier)
    with engine.begin() as session, monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", earlier)
        warehouse.run(session, "warehouse/migrations/create_record")
        migrations._run_migrations(session, {})
    published(engine, reporting_case.make())
    add = (
        "insert into ops.delivery values "
        "('week', '2021-11-18', 0, :who, 'to', :id, :state, 1, null, :at, :at, :at)"
    )
    with engine.begin() as session:
        for who, state in ((CHIEF, "sent"), (DEPUTY, "unknown")):
            identity = delivery.message_id("week", "2021-11-18", 0, who)
            session.execute(text(add), {"who": who, "id": identity, "state": state, "at": NOW})
        for key, who, state in (
            (f"{FACT}|{CHIEF}", CHIEF, "sent"),
            (f"{FACT}|{DEPUTY}", DEPUTY, "pending"),
        ):
            session.execute(
                text(
                    "insert into ops.notice values "
                    "(:key, 'reminder', :who, 'Nhắc', :key, :state, 1, null, :at, :at, null)"
                ),
                {"key": key, "who": who, "state": state, "at": NOW},
            )
    return engine


def test_what_the_two_ledgers_held_is_not_sent_again(older: Engine) -> None:
    assert "0021_one_ledger" in warehouse.migrate(older)
    recipients.add(older, "week", "to", CHIEF)
    recipients.add(older, "week", "to", DEPUTY)
    report, script = reporting_case.make(), Scripted()
    with serving(script) as port:
        smtp = SmtpServer("127.0.0.1", port, timeout_s=5)
        sent = delivery.deliver_report(older, report, FILES, build, smtp, moment=NOW)
        assert sent == {"sent": 1, "unknown": 1}
        for address in (CHIEF, DEPUTY):
            ledger.send_once(
                older, smtp, kind="reminder", fact=FACT, recipient=address, message=message(),
                moment=NOW,
            )  # fmt: skip
    assert [who for who, _ in script.taken] == [DEPUTY]
    (row, _) = delivery.states(older, report)
    assert isinstance(row["sent_at"], datetime)
