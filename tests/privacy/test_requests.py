"""The register of persons' requests: the law's terms, reminders before they end, the copy for the person."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from office import Office
from sqlalchemy import Engine
from typer.testing import CliRunner

from lensan.cli import app
from lensan.domain import request_terms, values, working_days
from lensan.domain.periods import ICT
from lensan.mail import alarms
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations import watching
from lensan.privacy import copying, people, requests
from lensan.warehouse import audit

MONDAY = datetime(2026, 3, 2, 9, tzinfo=ICT)


def added(engine: Engine, kind: str, reference: str, day: date = date(2026, 3, 2)) -> int:
    return requests.add(engine, kind, reference=reference, received_on=day, by="Lan", moment=MONDAY)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ICT)


@pytest.mark.parametrize(
    ("kind", "received", "acknowledge", "due"),
    [
        ("access", "2026-03-02", "2026-03-04", "2026-03-12"),
        ("copy", "2026-03-05", "2026-03-09", "2026-03-13"),  # the 15th is a Sunday
        ("withdraw", "2026-03-02", "2026-03-04", "2026-03-17"),
        ("object", "2026-03-06", "2026-03-10", "2026-03-20"),  # the 21st is a Saturday
        ("erase", "2026-03-02", "2026-03-04", "2026-03-20"),  # the 22nd is a Sunday
        # Tết: New Year's eve 2026-02-16, offices closed until the 20th; the weekend behind it.
        ("access", "2026-02-13", "2026-02-24", "2026-02-23"),
        # 30 April and 1 May are a Thursday and a Friday.
        ("rectify", "2026-04-29", "2026-05-05", "2026-05-08"),
    ],
)  # fmt: skip
def test_terms_are_the_laws_and_end_on_working_days(
    kind: str, received: str, acknowledge: str, due: str
) -> None:
    day = date.fromisoformat(received)
    terms = request_terms.of(day)
    assert terms.acknowledge_by(day).isoformat() == acknowledge
    assert terms.due_on(kind, day).isoformat() == due
    assert working_days.is_working_day(terms.due_on(kind, day))
    assert terms.due_on(kind, day, is_extended=True) > terms.due_on(kind, day)


def test_before_the_law_there_are_no_terms(warehouse_engine: Engine) -> None:
    with pytest.raises(requests.RequestError, match="2026-01-01"):
        added(warehouse_engine, "erase", "đơn số 1/2025", date(2025, 12, 31))


def test_a_request_goes_its_way_and_each_step_is_in_the_audit(warehouse_engine: Engine) -> None:
    number = added(warehouse_engine, "erase", "đơn số 12/2026")
    row = requests.listed(warehouse_engine, moment=MONDAY)[0]
    assert (row["next_on"], row["days_left"]) == (date(2026, 3, 4), 2)
    requests.acknowledge(warehouse_engine, number, by="Lan", moment=MONDAY)
    row = requests.listed(warehouse_engine, moment=MONDAY)[0]
    assert (row["next_on"], row["days_left"]) == (date(2026, 3, 20), 18)
    later = requests.extend(
        warehouse_engine, number, reason="phải hỏi hai sàn", by="Lan", moment=MONDAY
    )
    assert later == date(2026, 4, 10)
    with pytest.raises(requests.RequestError, match="already"):
        requests.extend(warehouse_engine, number, reason="nữa", by="Lan", moment=MONDAY)
    requests.answer(
        warehouse_engine, number, outcome="done", text="đã xóa", by="Lan", moment=MONDAY
    )
    assert requests.listed(warehouse_engine, moment=MONDAY) == []
    kept = requests.listed(warehouse_engine, with_answered=True, moment=MONDAY)[0]
    assert (kept["outcome"], kept["days_left"]) == ("done", None)
    with pytest.raises(requests.RequestError, match="answered"):
        requests.answer(warehouse_engine, number, outcome="refused", text="x", by="", moment=MONDAY)
    acts = [act["action"] for act in audit.acts(warehouse_engine)]
    assert [a for a in acts if a.startswith("request.")] in (
        (order := ["request.add", "request.acknowledge", "request.extend", "request.answer"]),
        order[::-1],
    )
    assert audit.verify(warehouse_engine) is None


@pytest.mark.parametrize("told", ["0912345678", "CCCD 022099001234", "  "])
def test_no_person_is_entered_into_the_register(warehouse_engine: Engine, told: str) -> None:
    with pytest.raises(requests.RequestError):
        added(warehouse_engine, "erase", told)
    added(warehouse_engine, "erase", "đơn số 12/2026")
    with pytest.raises(requests.RequestError, match="already"):
        added(warehouse_engine, "copy", "đơn số 12/2026")
    with pytest.raises(requests.RequestError, match="not yet"):
        added(warehouse_engine, "copy", "đơn số 13/2026", date(2026, 3, 3))
    with pytest.raises(requests.RequestError, match="access, rectify"):
        added(warehouse_engine, "xem", "đơn số 13/2026")


def test_somebody_is_told_two_working_days_before_a_term_and_once(
    warehouse_engine: Engine,
) -> None:
    number = added(warehouse_engine, "copy", "thư 40/2026")
    requests.acknowledge(warehouse_engine, number, by="Lan", moment=MONDAY)
    # Nobody is noted to be mailed: what is told stands in the list of alarms.
    smtp = SmtpServer("127.0.0.1", 1)
    told = {}
    for day in range(1, 15):
        moment = MONDAY + timedelta(days=day)
        for hour in (0, 3):
            watching.alarm_requests(warehouse_engine, smtp, moment=moment + timedelta(hours=hour))
        told[moment.date()] = [
            alarm["title"]
            for alarm in alarms.listed(warehouse_engine)
            if alarm["alarm_key"].startswith("request|")
        ]
    assert next(day for day, titles in told.items() if titles) == date(2026, 3, 10)
    assert all(len(titles) <= 1 for titles in told.values())
    assert "sắp đến hạn thực hiện: Cung cấp bản sao" in told[date(2026, 3, 12)][0]
    assert "đã quá hạn" in told[date(2026, 3, 13)][0]
    assert "hạn 12/03/2026" in told[date(2026, 3, 13)][0]
    requests.answer(
        warehouse_engine, number, outcome="done", text="đã gửi", by="Lan", moment=MONDAY
    )
    watching.alarm_requests(warehouse_engine, smtp, moment=MONDAY + timedelta(days=15))
    assert not [a for a in alarms.listed(warehouse_engine) if "request" in a["alarm_key"]]


def test_the_copy_has_all_of_the_person_and_nothing_of_others(
    sample_warehouse: Engine, tmp_path: Path
) -> None:
    with sample_warehouse.connect() as connection:
        producer = connection.exec_driver_sql(
            "select producer_id from core.stall where is_counted and phone is not null "
            "and paper_number is not null order by producer_id limit 1"
        ).scalar_one()
        others = [
            (row[0], row[1])
            for row in connection.exec_driver_sql(
                "select owner_name, phone from core.stall where producer_id is distinct from %s "
                "and phone is not null and length(owner_name) > 12",
                (producer,),
            )
        ]
    person = people.find(sample_warehouse, producer_id=producer)
    path = tmp_path / "ban-sao.xlsx"
    rows = copying.write(sample_warehouse, person, path, moment=MONDAY)
    assert rows >= 3
    assert path.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Thông tin", "Dữ liệu đang lưu", "Dòng trong tệp"]
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} == {"s"}
    text = "\n".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    )
    for number in person.numbers - person.shared:
        assert number in text
    for name in person.names:
        assert name in text
    assert "09:00 ngày 02/03/2026" in text
    folded = values.norm(text)
    own = {values.norm(name) for name in person.names}
    strangers = [
        name
        for name, phone in others
        if phone in text or (values.norm(name) in folded and not any(
            values.norm(name) in each for each in own))
    ]  # fmt: skip
    assert strangers == []
    with pytest.raises(FileExistsError):
        copying.write(sample_warehouse, person, path, moment=MONDAY)


def test_the_commands(office: Office, tmp_path: Path) -> None:
    env = {
        "WAREHOUSE_URL": office.engine.url.render_as_string(hide_password=False),
        "HOME_DIR": str(office.folder),
        "LANGUAGE": "vi",
    }

    def run(*given: str, status: int = 0) -> str:
        done = CliRunner().invoke(app, ["requests", *given], env=env)
        assert done.exit_code == status, done.output
        return done.output

    assert "không có yêu cầu nào" in run("list")
    run("add", "copy", "--reference", "đơn số 3/2026", "--received", "2026-03-02")
    listed = json.loads(run("list", "--json"))
    assert [(row["request_id"], row["label"]) for row in listed] == [
        (1, "Cung cấp bản sao dữ liệu cá nhân")
    ]
    assert listed[0]["due_on"] == "2026-03-12"
    run("acknowledge", "1")
    with office.engine.connect() as connection:
        producer = connection.exec_driver_sql(
            "select min(producer_id) from core.stall where is_counted"
        ).scalar_one()
    copy = str(tmp_path / "ban-sao.xlsx")
    assert "ban-sao.xlsx" in run("copy", "1", "--producer", str(producer), "--to", copy)
    run("copy", "1", "--producer", str(producer), "--to", copy, status=1)
    run("copy", "9", "--producer", str(producer), "--to", f"{copy}2", status=1)
    assert not Path(f"{copy}2").exists()
    run("answer", "1", "--outcome", "done", "--answer", "đã giao bản sao")
    assert json.loads(run("list", "--json")) == []
    assert json.loads(run("list", "--all", "--json"))[0]["outcome"] == "done"
    run("answer", "9", "--outcome", "done", "--answer", "x", status=1)
    said = {act["action"] for act in audit.acts(office.engine)}
    assert {"request.add", "request.copy", "request.answer"} <= said
