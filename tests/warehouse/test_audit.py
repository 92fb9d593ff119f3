"""Who did what: a chain that shows every change."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from lensan.cli import app
from lensan.domain.periods import ICT
from lensan.domain.settings import settings
from lensan.mail import recipients
from lensan.operations import doctor
from lensan.warehouse import audit, reference_load

NOW = datetime(2021, 11, 18, 13, tzinfo=ICT)


def write(engine: Engine, *subjects: str) -> list[str]:
    with engine.begin() as connection:
        return [
            audit.record(
                connection,
                actor="Lan",
                action="test.act",
                subject=subject,
                detail={"lý do": "thử “=1+1”", "số": 1.5, "rỗng": None},
                moment=NOW,
            )
            for subject in subjects
        ]


def test_acts_are_kept_in_order_and_the_chain_holds(warehouse_engine: Engine) -> None:
    hashes = write(warehouse_engine, "một", "hai", "ba")
    found = audit.acts(warehouse_engine)
    assert [(act["audit_id"], act["subject"], act["hash"]) for act in found] == [
        (number, subject, each)
        for number, (subject, each) in enumerate(zip(("một", "hai", "ba"), hashes, strict=True), 1)
    ]
    assert found[0]["detail"] == {"lý do": "thử “=1+1”", "số": 1.5, "rỗng": None}
    assert found[0]["at"] == NOW
    assert audit.verify(warehouse_engine) is None
    assert audit.head(warehouse_engine) == (3, hashes[-1])
    assert len(audit.acts(warehouse_engine, after=2)) == 1


def test_the_hash_does_not_depend_on_the_session(warehouse_engine: Engine) -> None:
    write(warehouse_engine, "một")
    with warehouse_engine.connect() as connection:
        connection.exec_driver_sql("set timezone = 'America/New_York'; set datestyle = 'SQL, DMY'")
        connection.exec_driver_sql("set lc_numeric = 'C'; set extra_float_digits = 0")
        assert connection.exec_driver_sql(
            "select bool_and(hash = ops.audit_hash(audit_id, at, actor, action, subject, detail, "
            "previous_hash)) from ops.audit"
        ).scalar_one()


@pytest.mark.parametrize(
    "statement",
    [
        "update ops.audit set actor = 'somebody else'",
        "delete from ops.audit where audit_id = 1",
        "truncate ops.audit",
    ],
)
def test_the_table_refuses_change_even_of_a_superuser(
    statement: str, warehouse_engine: Engine
) -> None:
    write(warehouse_engine, "một")
    with (
        pytest.raises(DBAPIError, match="only grows"),
        warehouse_engine.begin() as connection,
    ):
        connection.exec_driver_sql("set local session_replication_role = replica")
        connection.exec_driver_sql(statement)
    assert len(audit.acts(warehouse_engine)) == 1


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("update ops.audit set actor = 'Hoa' where audit_id = 2", 2),
        ("update ops.audit set at = at + interval '1 microsecond' where audit_id = 1", 1),
        ("update ops.audit set detail = '{}' where audit_id = 3", 3),
        ("delete from ops.audit where audit_id = 1", 2),
        ("delete from ops.audit where audit_id = 2", 3),
        (
            "update ops.audit set subject = 'x', hash = ops.audit_hash(audit_id, at, actor, action, 'x', "
            "detail, previous_hash) where audit_id = 2",
            3,
        ),
    ],
)
def test_what_was_tampered_with_behind_the_triggers_is_found(
    statement: str, broken: int, warehouse_engine: Engine
) -> None:
    write(warehouse_engine, "một", "hai", "ba")
    tamper(warehouse_engine, statement)
    found = audit.verify(warehouse_engine)
    assert found is not None
    assert found.audit_id == broken


def tamper(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("alter table ops.audit disable trigger user")
        connection.exec_driver_sql(statement)


def test_cut_off_acts_are_found_by_a_noted_head(warehouse_engine: Engine) -> None:
    head = write(warehouse_engine, "một", "hai", "ba")[-1]
    write(warehouse_engine, "bốn")
    assert audit.verify(warehouse_engine, noted=head) is None
    tamper(warehouse_engine, "delete from ops.audit where audit_id > 2")
    assert audit.verify(warehouse_engine) is None
    assert audit.verify(warehouse_engine, noted=head) is not None


def test_a_rolled_back_act_leaves_no_gap(warehouse_engine: Engine) -> None:
    write(warehouse_engine, "một")
    with pytest.raises(RuntimeError), warehouse_engine.begin() as connection:
        audit.record(connection, actor="Lan", action="test.act", subject="nothing came of it")
        raise RuntimeError
    write(warehouse_engine, "hai")
    assert [act["audit_id"] for act in audit.acts(warehouse_engine)] == [1, 2]
    assert audit.verify(warehouse_engine) is None


def test_many_who_act_at_once_make_one_chain(warehouse_engine: Engine) -> None:
    ready = threading.Barrier(6)

    def act(number: int) -> None:
        ready.wait(timeout=30)
        for each in range(10):
            write(warehouse_engine, f"{number}.{each}")

    threads = [threading.Thread(target=act, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(audit.acts(warehouse_engine)) == 60
    assert audit.verify(warehouse_engine) is None


def test_an_act_without_a_moment_bears_the_servers(warehouse_engine: Engine) -> None:
    recipients.add(warehouse_engine, "week", "to", "a@example.vn", by="Lan")
    with warehouse_engine.connect() as connection:
        age = connection.exec_driver_sql("select now() - at from ops.audit").scalar_one()
    assert abs(age.total_seconds()) < 60


def test_recipients_are_added_and_removed_by_somebody(warehouse_engine: Engine) -> None:
    recipients.add(warehouse_engine, "week", "cc", "A@example.vn", by="Lan")
    assert recipients.remove(warehouse_engine, "week", "a@example.vn", by="Hoa")
    assert not recipients.remove(warehouse_engine, "week", "b@example.vn", by="Hoa")
    assert [
        (a["actor"], a["action"], a["subject"], a["detail"]) for a in audit.acts(warehouse_engine)
    ] == [
        ("Lan", "recipient.add", "week", {"address": "a@example.vn", "role": "cc"}),
        ("Hoa", "recipient.remove", "week", {"address": "a@example.vn"}),
    ]


def test_the_command_verifies_and_fails_on_a_broken_chain(warehouse_engine: Engine) -> None:
    write(warehouse_engine, "một", "hai")
    env = {"WAREHOUSE_URL": warehouse_engine.url.render_as_string(hide_password=False)}
    good = CliRunner().invoke(app, ["audit", "verify", "--json"], env=env)
    assert good.exit_code == 0
    assert audit.head(warehouse_engine)[1] in good.output
    listed = CliRunner().invoke(app, ["audit", "list", "--json"], env=env)
    assert "hai" in listed.output
    tamper(warehouse_engine, "update ops.audit set actor = 'Hoa' where audit_id = 2")
    bad = CliRunner().invoke(app, ["audit", "verify"], env=env)
    assert bad.exit_code == 1
    assert "act 2" in bad.output


def test_a_changed_target_is_noted_once(warehouse_engine: Engine) -> None:
    with warehouse_engine.begin() as connection:
        connection.exec_driver_sql(
            "update core.target set share = share / 2 where (year, indicator_code) = "
            "(select year, indicator_code from core.target order by 1, 2 limit 1)"
        )
    for _ in range(2):
        with warehouse_engine.begin() as connection:
            reference_load.load(connection)
    acts = audit.acts(warehouse_engine)
    assert [act["action"] for act in acts] == ["targets.change"]
    taken, given = acts[0]["detail"]["taken"], acts[0]["detail"]["given"]
    assert len(taken) == len(given) == 1
    assert float(given[0]["share"]) == 2 * float(taken[0]["share"])


def test_the_doctor_tells_a_broken_chain(warehouse_engine: Engine, tmp_path: Path) -> None:
    write(warehouse_engine, "một", "hai")

    def finding() -> doctor.Finding:
        found = doctor.examine(settings(tmp_path), lambda: warehouse_engine, moment=NOW)
        return next(each for each in found if each.what == "audit")

    assert finding().ok
    tamper(warehouse_engine, "delete from ops.audit where audit_id = 1")
    assert not finding().ok
    assert "act 2" in finding().found
