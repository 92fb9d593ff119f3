"""Thursdays by a controlled clock: whatever fails, the report goes out in time, once, or somebody is told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from office import WEEKS, Office, thursday
from smtp_server import Scripted, free_port, serving
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from lensan import warehouse
from lensan.domain import contracts, periods, working_days
from lensan.domain.periods import ICT
from lensan.domain.settings import settings
from lensan.figures import measuring
from lensan.gates import judge
from lensan.intake import sections, sweep
from lensan.mail import alarms, ledger, recipients
from lensan.mail.delivery import DeliveryPendingError
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations import maintenance, obligations, watching
from lensan.operations.running import processes
from lensan.reports import publishing, rendering
from lensan.warehouse import audit

WEEK = WEEKS[3]
CHIEF, ENGINEER = "giam-doc@example.vn", "ky-su@example.vn"


def at(clock: str, day: int = 0) -> datetime:
    """``11:05`` of the due Thursday; ``day``: days after it."""
    hour, minute = map(int, clock.split(":"))
    return datetime.combine(WEEK.end, datetime.min.time(), ICT) + timedelta(
        days=day, hours=hour, minutes=minute
    )


class Thursday:
    """The due Thursday of a week: files come, the run at 11:00, the watchdog every five minutes."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.reports = office.folder / "reports"
        self.mails = Scripted()
        self.stack = ExitStack()
        self.port = free_port()
        self.smtp = SmtpServer("127.0.0.1", self.port, timeout_s=2, accept_timeout_s=5)
        recipients.add(office.engine, "week", "to", CHIEF)
        recipients.add(office.engine, "alarm", "to", ENGINEER)
        office.until(WEEK.end)

    def smtp_up(self) -> None:
        self.stack.enter_context(serving(self.mails, self.port))

    def run_at_eleven(self) -> None:
        self.office.sweep(at("11:00"))
        obligations.draft(self.office.engine, WEEK, self.reports, moment=at("11:00"))

    def watch(self, first: str, last: str, day: int = 0, step: int = 5) -> None:
        moment = at(first, day)
        while moment <= at(last, day):
            watching.watch(self.office.engine, "week", self.reports, self.smtp, moment=moment)
            moment += timedelta(minutes=step)

    def release(self, clock: str, by: str = "officer") -> None:
        engine = self.office.engine
        obligations.publish(engine, WEEK, self.reports, how="officer", by=by, moment=at(clock))
        obligations.deliver(engine, WEEK, self.smtp, moment=at(clock))

    @property
    def standing(self) -> obligations.Standing:
        return obligations.standing(self.office.engine, WEEK)

    def alarmed(self) -> list[str]:
        return [str(mail["Subject"]) for who, mail in self.mails.taken if who == ENGINEER]


@pytest.fixture
def day(office: Office) -> Iterator[Thursday]:
    day = Thursday(office)
    with day.stack:
        yield day


def test_the_officer_releases_and_the_watchdog_adds_nothing(day: Thursday) -> None:
    day.smtp_up()
    day.run_at_eleven()
    draft = obligations.draft_folder(day.reports, WEEK)
    assert {path.name for path in draft.iterdir()} == {
        f"du-thao-bao-cao-tuan-{WEEK.name}.pdf",
        f"du-thao-bao-cao-tuan-{WEEK.name}.xlsx",
        f"du-thao-bao-cao-tuan-{WEEK.name}-loi.docx",
        "du-thao-figures.json",
    }
    day.watch("11:00", "11:30")
    assert not day.standing.is_published
    day.release("11:40", by="phó giám đốc")
    day.watch("11:45", "14:30", step=15)
    assert day.mails.count(CHIEF) == 1
    assert day.alarmed() == []
    assert day.standing.released is not None
    assert (day.standing.released["how"], day.standing.released["released_by"]) == (
        "officer",
        "phó giám đốc",
    )


def test_a_silent_officer_is_not_waited_for_after_half_past_one(day: Thursday) -> None:
    day.smtp_up()
    day.run_at_eleven()
    day.watch("13:00", "13:25")
    assert not day.standing.is_published
    day.watch("13:30", "14:00")
    assert day.standing.is_out
    assert day.standing.released is not None
    assert day.standing.released["how"] == "automatic"
    assert day.mails.count(CHIEF) == 1
    assert day.alarmed() == []


def test_without_any_run_the_report_still_goes_out(day: Thursday) -> None:
    """The scheduler was dead from before eleven; only the watchdog lives."""
    day.smtp_up()
    day.office.sweep(at("10:45"))
    day.watch("11:00", "13:35")
    assert day.standing.is_out
    assert day.mails.count(CHIEF) == 1


def test_a_scheduler_that_comes_back_at_twenty_to_two_is_in_time(day: Thursday) -> None:
    day.smtp_up()
    day.run_at_eleven()
    day.watch("13:40", "13:55")
    assert day.standing.is_out
    assert day.alarmed() == []


def test_units_that_are_missing_are_named_and_prevent_nothing(day: Thursday) -> None:
    day.smtp_up()
    missing = []
    for path in sorted((day.office.landing / "districts").rglob(f"*{WEEK.end:%Y%m%d}*"))[:3]:
        missing.append(path.parent.name)
        path.unlink()
    day.run_at_eleven()
    day.watch("13:30", "13:30")
    report, _ = publishing.load(day.office.engine, WEEK)
    note = report.figure("22", "II.1").note or ""
    assert "Chưa báo cáo tuần này" in note
    silent = [u for u, _ in report.units if report.figure(u, "II.1").channel is None]
    assert len(silent) >= len(set(missing)) > 0


@pytest.mark.parametrize("silent", [("postmart",), ("postmart", "voso")])
def test_a_platform_that_is_down_prevents_nothing(day: Thursday, silent: tuple[str, ...]) -> None:
    day.smtp_up()
    for source in silent:
        for path in (day.office.landing / source).rglob("*"):
            if path.is_file() and f"{WEEK.end:%Y%m%d}" in path.name.replace("-", ""):
                path.unlink()
    day.run_at_eleven()
    day.watch("13:30", "13:30")
    assert day.standing.is_out
    report, _ = publishing.load(day.office.engine, WEEK)
    figure = report.figure("22", "II.3")
    if len(silent) == 1:
        assert figure.channel == "platform"
        assert "chưa có dữ liệu mới" in (figure.note or "")
    else:
        assert figure.channel == "submission"
        assert "hai sàn chưa có dữ liệu mới" in (figure.note or "")


def test_an_smtp_server_down_until_ten_to_two_delays_and_loses_nothing(day: Thursday) -> None:
    day.run_at_eleven()
    obligations.publish(
        day.office.engine, WEEK, day.reports, how="officer", by="A", moment=at("12:00")
    )
    with pytest.raises(DeliveryPendingError):
        delivery_once(day, "12:00")
    day.watch("13:56", "13:56")
    day.smtp_up()
    day.watch("13:58", "13:58")
    assert day.standing.is_out
    assert day.mails.count(CHIEF) == 1
    assert day.alarmed() == []


def delivery_once(day: Thursday, clock: str) -> None:
    """One round, without waiting for the deadline."""
    from lensan.mail import delivery, report_mail

    report, files = publishing.load(day.office.engine, WEEK)
    delivery.deliver_report(
        day.office.engine, report, files, report_mail.message, day.smtp, moment=at(clock)
    )


def test_what_is_not_out_at_two_is_alarmed_once_and_again_until_somebody_takes_it(
    day: Thursday,
) -> None:
    day.mails.misbehave("RCPT", CHIEF, *["451 later"] * 40)
    day.smtp_up()
    day.run_at_eleven()
    obligations.publish(day.office.engine, WEEK, day.reports, how="officer", moment=at("13:59"))
    day.watch("14:00", "14:25")
    assert len(day.alarmed()) == 1
    assert "quá hạn 14:00" in day.alarmed()[0]
    day.watch("14:30", "14:50")
    assert len(day.alarmed()) == 2
    assert "CHƯA AI XỬ LÝ" in day.alarmed()[1]
    (alarm,) = alarms.listed(day.office.engine)
    assert alarms.acknowledge(day.office.engine, alarm["alarm_key"], "kỹ sư", moment=at("14:51"))
    assert not alarms.acknowledge(day.office.engine, alarm["alarm_key"], "khác", moment=at("14:52"))
    day.mails.script.clear()
    day.watch("14:55", "14:55")
    assert day.standing.is_out
    assert day.mails.count(CHIEF) == 1
    assert alarms.listed(day.office.engine) == []


def test_what_is_not_out_in_the_last_minutes_is_told_while_somebody_can_still_act(
    day: Thursday,
) -> None:
    day.run_at_eleven()
    day.watch("13:30", "13:40")
    assert alarms.listed(day.office.engine) == []
    day.watch("13:45", "13:45")
    (alarm,) = alarms.listed(day.office.engine)
    assert alarm["alarm_key"] == f"report|week|{WEEK.name}|in danger"
    assert "published; 1 mails are not sent" in alarm["detail"]
    day.smtp_up()
    day.watch("13:50", "13:50")
    assert day.standing.is_out
    assert alarms.listed(day.office.engine) == []


def test_the_deadline_alert_and_the_watchdog_alarm_a_fact_once_whoever_comes_first(
    day: Thursday,
) -> None:
    day.smtp_up()
    day.run_at_eleven()
    engine = day.office.engine
    assert not watching.alarm_if_late(engine, WEEK, day.smtp, moment=at("13:59")).is_out
    assert day.alarmed() == []
    watching.alarm_if_late(engine, WEEK, day.smtp, moment=at("14:00"))
    assert len(day.alarmed()) == 1
    assert "chưa phát hành, đã quá hạn 14:00" in day.alarmed()[0]
    # The watchdog comes seconds later: it releases nothing late, and tells nobody the same again.
    day.watch("14:00", "14:25")
    assert len(day.alarmed()) == 1
    assert not day.standing.is_published
    day.release("14:27")
    assert day.standing.is_out
    assert watching.alarm_if_late(engine, WEEK, day.smtp, moment=at("14:30")).is_out
    assert (len(day.alarmed()), alarms.listed(engine)) == (1, [])


def test_a_late_run_of_a_new_installation_alarms_nobody(day: Thursday) -> None:
    day.smtp_up()
    before = periods.parse("week", "2024-05-02")
    late = datetime(2024, 5, 9, 11, tzinfo=ICT)
    assert not watching.alarm_if_late(day.office.engine, before, day.smtp, moment=late).is_out
    assert day.alarmed() == []


def test_a_refused_recipient_is_alarmed_and_stops_no_other(day: Thursday) -> None:
    recipients.add(day.office.engine, "week", "cc", "sai@example.vn")
    day.mails.misbehave("RCPT", "sai@example.vn", "550 no such user")
    day.smtp_up()
    day.run_at_eleven()
    day.watch("13:30", "13:50")
    assert day.mails.count(CHIEF) == 1
    assert [alarm for alarm in day.alarmed() if "bị từ chối" in alarm]
    assert len(day.alarmed()) == 1
    # Taken off the list, the address is owed nothing: the report is out, the alarm is over.
    recipients.remove(day.office.engine, "week", "sai@example.vn")
    day.watch("14:05", "14:05")
    assert day.standing.is_out
    assert alarms.listed(day.office.engine) == []


def test_what_the_watchdog_notes_disturbs_no_command(day: Thursday) -> None:
    home = settings(day.office.folder)
    alarms.remember_recipients(day.office.engine, home.run)
    processes.end_leftovers(home)
    assert json.loads(next(home.run.glob("*.json")).read_text("utf-8")) == [ENGINEER]


def test_what_arrives_before_the_release_renews_the_draft(day: Thursday) -> None:
    day.run_at_eleven()
    figures = obligations.draft_folder(day.reports, WEEK) / "du-thao-figures.json"
    before = json.loads(figures.read_text("utf-8"))
    assert obligations.renew_drafts(day.office.engine, day.reports, moment=at("11:15")) == []
    source = day.office.landing / "postmart" / f"gian-hang_{WEEK.end:%Y%m%d}-bo-sung.csv"
    original = next(
        p
        for p in (day.office.landing / "postmart").rglob("*.csv")
        if p.read_text("utf-8-sig").startswith("Mã gian hàng")
    )
    lines = original.read_text("utf-8-sig").splitlines()
    separator = ";" if ";" in lines[0] else ","
    cells = lines[1].split(separator)
    header = lines[0].split(separator)
    row = dict.fromkeys(header, "") | {
        "Mã gian hàng": "GH-MOI",
        "Tên gian hàng": "Mới",
        "Chủ gian hàng": "Vi Văn Mới",
        "Loại hình": "Hộ SXNN",
        "Xã/Phường": "Bãi Cháy",
        "Huyện/Thị xã/Thành phố": "Hạ Long",
        "Tỉnh/Thành phố": "Quảng Ninh",
        "Ngày mở gian hàng": f"{WEEK.start:%d/%m/%Y}",
    }
    assert len(cells) == len(header)
    source.write_text(separator.join(header) + "\n" + separator.join(row.values()) + "\n", "utf-8")
    day.office.sweep(at("11:30"))
    assert obligations.renew_drafts(day.office.engine, day.reports, moment=at("11:30")) == [
        str(WEEK)
    ]

    def stalls(content: dict) -> int:
        return next(
            f["cumulative"]
            for f in content["figures"]
            if (f["unit"], f["indicator"]) == ("22", "II.3")
        )

    assert stalls(json.loads(figures.read_text("utf-8"))) == stalls(before) + 1
    # Once published, nothing is a draft any more.
    obligations.publish(day.office.engine, WEEK, day.reports, how="officer", moment=at("12:00"))
    assert obligations.draft(day.office.engine, WEEK, day.reports, moment=at("12:05")) is None
    assert obligations.renew_drafts(day.office.engine, day.reports, moment=at("12:05")) == []


def test_a_draft_that_is_old_spoiled_or_gone_changes_nothing_of_the_report(day: Thursday) -> None:
    day.run_at_eleven()
    folder = obligations.draft_folder(day.reports, WEEK)
    for number, path in enumerate(sorted(folder.iterdir())):
        path.write_bytes(b"spoiled") if number % 2 else path.unlink()
    obligations.publish(day.office.engine, WEEK, day.reports, how="officer", moment=at("12:00"))
    report, files = publishing.load(day.office.engine, WEEK)
    assert files == rendering.render(report)


def test_a_report_forgotten_for_days_is_left_to_an_operator_and_alarmed(day: Thursday) -> None:
    day.smtp_up()
    day.office.sweep(at("10:00"))
    day.watch("09:00", "09:00", day=4)
    assert not day.standing.is_published
    assert len(day.alarmed()) == 1
    assert "chưa phát hành" in day.alarmed()[0]


def test_a_new_installation_owes_nothing_for_the_time_before_it(day: Thursday) -> None:
    engine = day.office.engine
    years_later = datetime(2024, 5, 2, 14, 30, tzinfo=ICT)
    assert watching.watch(engine, "week", day.reports, day.smtp, moment=years_later) is None
    assert watching.watch(engine, "month", day.reports, day.smtp, moment=at("15:00")) is None


def test_a_first_report_whose_drafts_all_failed_is_owed_once_its_figures_were_computed(
    day: Thursday,
) -> None:
    """Nothing of that kind was ever published or drafted: before, nobody mailed it and nobody was told."""
    day.smtp_up()
    engine = day.office.engine
    early, week = (periods.parse("week", name) for name in ("2024-04-25", "2024-05-02"))

    def is_owed(moment: datetime) -> bool:
        return watching.watch(engine, "week", day.reports, day.smtp, moment=moment) is not None

    measuring.compute(engine, early, moment=early.draft_at - timedelta(minutes=1))
    assert not is_owed(early.automatic_release_at)
    measuring.compute(engine, week, moment=week.draft_at)
    assert is_owed(week.automatic_release_at)
    assert is_owed(week.doubtful_release_at)
    assert obligations.standing(engine, week).is_out or alarms.listed(engine)


def test_a_task_that_began_before_an_alarm_was_raised_does_not_close_it(day: Thursday) -> None:
    """Mails are tried for half an hour by a task whose moment is its beginning; the watchdog alarms meanwhile."""
    day.smtp_up()
    engine = day.office.engine
    alarms.raise_alarm(
        engine, day.smtp, key="report|week|x|in danger", title="t", detail="d", moment=at("13:45")
    )
    alarms.close_others(engine, "report|week|x|", [], moment=at("13:30"))
    assert [each["alarm_key"] for each in alarms.listed(engine)] == ["report|week|x|in danger"]
    alarms.close_others(engine, "report|week|x|", [], moment=at("13:50"))
    assert alarms.listed(engine) == []


def test_the_moments_of_both_reports() -> None:
    week, month = periods.parse("week", "2021-11-18"), periods.parse("month", "2021-11")
    assert week.draft_at == datetime(2021, 11, 18, 11, tzinfo=ICT)
    assert week.automatic_release_at == datetime(2021, 11, 18, 13, 30, tzinfo=ICT)
    assert month.draft_at == datetime(2021, 12, 1, 8, tzinfo=ICT)
    assert month.automatic_release_at == datetime(2021, 12, 3, 13, 30, tzinfo=ICT)
    assert month.due_at == datetime(2021, 12, 3, 14, tzinfo=ICT)


def test_the_last_working_day_before_tet_is_found() -> None:
    tet = datetime(2022, 2, 2, tzinfo=ICT).date()
    assert working_days.last_until(tet) == datetime(2022, 1, 28, tzinfo=ICT).date()
    assert working_days.last_until(thursday(WEEK).date()) == WEEK.end


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2021, 11, 18), True),
        (date(2021, 11, 20), False),  # a Saturday
        (date(2021, 9, 2), False),  # Quốc khánh
        (date(2021, 9, 3), False),  # its second day
        (date(2022, 4, 11), False),  # for Giỗ Tổ on a Sunday
        (date(2025, 5, 2), False),  # swapped with Saturday 26 April
        (date(2025, 4, 26), True),
    ],
)
def test_working_days_are_those_of_the_labour_code(day: date, is_worked: bool) -> None:
    assert working_days.is_working_day(day) is is_worked


def test_what_the_government_decides_is_a_row_of_the_reference(tmp_path: Path) -> None:
    rows = tmp_path / "working_days.csv"
    rows.write_text(
        "day,is_working,reason\n2021-11-19,false,Nghỉ bão\n2021-11-20,true,Làm bù\n", "utf-8"
    )
    friday = date(2021, 11, 19)
    assert not working_days.is_working_day(friday, rows)
    assert working_days.is_working_day(friday + timedelta(days=1), rows)
    rows.write_text("day,is_working,reason\n2021-11-19,maybe,\n", "utf-8")
    working_days.decided.cache_clear()
    with pytest.raises(ValueError, match="line 2"):
        working_days.is_working_day(friday, rows)


def test_a_notice_is_mailed_once_whatever_is_repeated(day: Thursday) -> None:
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"] = "Nhắc báo cáo tuần"
    message.set_content("Kính gửi Quý đơn vị.")
    engine = day.office.engine

    def send() -> str:
        return ledger.send_once(
            engine,
            day.smtp,
            kind="reminder",
            fact="reminder|week|x|193|1",
            recipient="ha-long@example.vn",
            message=message,
            moment=at("09:00"),
        )

    assert send() == "pending"
    day.mails.misbehave("AFTER", "ha-long@example.vn", "451 busy")
    day.smtp_up()
    assert [send(), send(), send()] == ["pending", "sent", "sent"]
    assert day.mails.count("ha-long@example.vn") == 1
    (row,) = ledger.notices(engine, "reminder")
    assert (row["state"], row["attempts"]) == ("sent", 3)


def test_maintenance_writes_spoiled_files_again_and_removes_what_is_left_over(
    day: Thursday,
) -> None:
    engine, home = day.office.engine, settings(day.office.folder)
    day.run_at_eleven()
    obligations.publish(engine, WEEK, day.reports, how="officer", moment=at("12:00"))
    published = day.reports / "week" / WEEK.name
    before = {path.name: path.read_bytes() for path in published.iterdir()}
    (published / "figures.json").write_text("{}")
    (published / f"bao-cao-tuan-{WEEK.name}.pdf").unlink()
    leftover = home.raw_store / ".incoming-x"
    leftover.write_bytes(b"half")
    os.utime(leftover, (0, 0))
    done = maintenance.maintain(engine, home, moment=at("02:30", 1))
    assert (done["drafts"], done["leftovers"], done["reports"], done["damaged"]) == (1, 1, 1, 0)
    assert {path.name: path.read_bytes() for path in published.iterdir()} == before
    again = maintenance.maintain(engine, home, moment=at("02:30", 2))
    assert (again["drafts"], again["leftovers"], again["reports"]) == (0, 0, 0)
    some = next(path for path in home.raw_store.rglob("*") if path.is_file())
    some.chmod(0o644)
    some.write_bytes(b"spoiled")
    assert maintenance.maintain(engine, home, moment=at("02:30", 3))["damaged"] == 1


def test_a_warehouse_that_does_not_answer_is_alarmed_at_once_and_once_an_hour(
    day: Thursday,
) -> None:
    day.smtp_up()
    home = settings(day.office.folder)
    watching.watch_all(lambda: day.office.engine, home, day.smtp, moment=at("10:00"))

    def gone() -> Engine:
        engine = warehouse.connect("postgresql://lensan@127.0.0.1:1/warehouse")
        engine.connect()
        return engine

    for clock in ("11:00", "11:05", "11:55", "12:00"):
        with pytest.raises(SQLAlchemyError):
            watching.watch_all(gone, home, day.smtp, moment=at(clock))
    assert day.alarmed() == ["[Cảnh báo] Không kết nối được kho dữ liệu của Lên Sàn"] * 2


def test_a_file_that_met_a_fault_of_ours_is_alarmed_once_with_its_number(
    day: Thursday, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.smtp_up()
    home = settings(day.office.folder)

    def fault(*_: object) -> None:
        raise KeyError("Nguyễn Văn An")

    prices = home.landing / "prices-again"
    prices.mkdir(parents=True)
    (prices / "gia_20211117.csv").write_text("Nông sản,Ngày,Nơi,Giá\n", encoding="utf-8")
    monkeypatch.setattr(sections, "of_document", fault)
    (outcome,) = sweep.sweep(
        day.office.engine, contracts.contract("prices"), prices, home.raw_store, moment=at("09:00")
    )  # fmt: skip
    assert outcome.status == "rejected"
    for clock in ("09:05", "09:10"):
        watching.alarm_files(day.office.engine, day.smtp, moment=at(clock))
    (subject,) = day.alarmed()
    assert f"tệp số {outcome.file_id}" in subject
    (alarm,) = alarms.listed(day.office.engine)
    assert "KeyError at" in alarm["detail"]
    assert "An" not in alarm["detail"]
    watching.alarm_files(day.office.engine, day.smtp, moment=at("09:00", 8))
    assert alarms.listed(day.office.engine) == []


def cut_connections(engine: Engine) -> None:
    """What a restart of PostgreSQL does to those who use it: every session of the database ends."""
    url = engine.url.set(database="postgres").render_as_string(hide_password=False)
    administrator = warehouse.connect(url)
    with administrator.connect() as connection:
        connection.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"),
            {"name": engine.url.database},
        )


def test_a_postgresql_restarted_while_the_report_is_published_and_mailed_loses_and_doubles_nothing(
    day: Thursday, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.smtp_up()
    day.run_at_eleven()
    engine = day.office.engine
    render, cuts = publishing.rendering.render, []

    def render_and_restart(*args: Any, **more: Any) -> Any:
        if not cuts:
            cuts.append("publishing")
            cut_connections(engine)
        return render(*args, **more)

    monkeypatch.setattr(publishing.rendering, "render", render_and_restart)
    with pytest.raises(SQLAlchemyError):
        day.watch("13:30", "13:30")
    assert cuts == ["publishing"]
    assert not day.standing.is_out

    def restart_once(recipient: str) -> None:
        if recipient == CHIEF and len(cuts) == 1:
            cuts.append("mailing")
            cut_connections(engine)

    day.mails.on_mail = restart_once
    with suppress(SQLAlchemyError):
        day.watch("13:35", "13:35")
    assert cuts == ["publishing", "mailing"]
    day.watch("13:40", "14:10")
    assert day.standing.is_out
    assert day.mails.count(CHIEF) == 1
    assert day.alarmed() == []


def test_an_outage_over_a_thursday_is_told_when_it_ends_and_made_up_for_on_request(
    day: Thursday,
) -> None:
    """The scheduler died after the draft and came back the day after the next: nothing goes out late
    that nobody asked for."""
    day.smtp_up()
    day.run_at_eleven()
    day.watch("09:00", "09:15", day=2)
    assert (day.standing.is_published, day.mails.count(CHIEF)) == (False, 0)
    (alarm,) = day.alarmed()
    assert "chưa phát hành, đã quá hạn" in alarm
    obligations.publish(
        day.office.engine, WEEK, day.reports, how="officer", by="A", moment=at("09:20", 2)
    )
    day.watch("09:20", "09:30", day=2)
    assert day.standing.is_out
    assert day.mails.count(CHIEF) == 1
    assert alarms.listed(day.office.engine) == []


def test_at_the_stroke_of_two_it_is_too_late_to_release_by_itself(day: Thursday) -> None:
    day.smtp_up()
    day.run_at_eleven()
    engine = day.office.engine
    late = at("14:00")
    assert obligations.release_by_itself(engine, WEEK, day.reports, moment=late) is None
    before = late - timedelta(seconds=1)
    published = obligations.release_by_itself(engine, WEEK, day.reports, moment=before)
    assert published is not None and published.is_new


def test_what_was_released_in_time_is_published_and_mailed_also_late(
    day: Thursday, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the release and the publication: the word was given, so it is kept."""
    day.smtp_up()
    day.run_at_eleven()

    def killed(*args: Any, **more: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(publishing, "freeze", killed)
        obligations.publish(
            day.office.engine, WEEK, day.reports, how="officer", by="A", moment=at("13:59")
        )
    day.watch("14:05", "14:05")
    assert day.standing.is_out
    assert day.standing.released is not None and day.standing.released["released_by"] == "A"


EMPTYINGS = {
    "danh mục không có địa phương nào": "update core.unit set valid_to = '2021-10-18'",
    "chưa nguồn nào gửi dữ liệu": "update ops.source_file set export_date = export_date - 30;"
    " delete from core.submission_value; delete from core.submission_version",
    "mọi chỉ tiêu đều trống": "update mart.indicator_value set in_period = null",
}


@pytest.mark.parametrize("why", EMPTYINGS)
def test_an_empty_report_waits_for_a_person_alarms_and_says_why(
    day: Thursday, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.smtp_up()
    day.run_at_eleven()
    # As computed at eleven, and changed since by nothing that would have it computed again.
    monkeypatch.setattr(obligations, "judge_figures", lambda *args, **more: None)
    with day.office.engine.begin() as connection:
        for statement in EMPTYINGS[why].split(";"):
            connection.execute(text(statement))
    day.watch("13:30", "13:55")
    assert not day.standing.is_published
    (alarm,) = day.alarmed()[:1]
    assert "không tự phát hành" in alarm and why in alarm
    day.watch("14:00", "14:00")
    assert not day.standing.is_published
    (open_alarm,) = alarms.listed(day.office.engine)
    assert "quá hạn" in open_alarm["title"] and why in open_alarm["detail"]
    assert day.mails.count(CHIEF) == 0
    day.release("14:10")
    assert day.standing.is_out


def test_nothing_of_a_period_is_published_before_its_end(day: Thursday) -> None:
    engine = day.office.engine
    month = periods.parse("month", "2021-11")
    for period in (WEEK.next(), month):
        with pytest.raises(obligations.NotOverError, match="is not over"):
            obligations.publish(engine, period, day.reports, how="officer", moment=at("12:00"))
    assert obligations.standing(engine, month).released is None


def test_not_yet_is_kept_with_its_reason_and_the_deadline_wins(day: Thursday) -> None:
    day.smtp_up()
    day.run_at_eleven()
    engine = day.office.engine
    for _ in range(2):
        obligations.not_yet(engine, WEEK, by="A", reason="chờ Voso", moment=at("11:20"))
    said = obligations.said_not_yet(engine, WEEK)
    assert said is not None and (said["said_by"], said["reason"]) == ("A", "chờ Voso")
    acts = [(act["actor"], act["action"]) for act in audit.acts(engine)]
    assert acts.count(("A", "report.not_yet")) == 1
    day.watch("13:25", "13:35")
    assert day.standing.is_out
    assert day.standing.released is not None and day.standing.released["how"] == "automatic"


def test_a_backfilled_report_is_mailed_by_nobody_unasked(day: Thursday) -> None:
    """It was published without mails on the due day itself; the alarm at two says so."""
    day.smtp_up()
    day.office.sweep(at("10:00"))
    obligations.publish(
        day.office.engine, WEEK, day.reports, how="operator", by="A", wants_mail=False,
        moment=at("10:00"),
    )  # fmt: skip
    day.watch("11:00", "14:10", step=10)
    assert day.mails.count(CHIEF) == 0
    (alarm,) = alarms.listed(day.office.engine)
    assert "published without mails" in alarm["detail"]
    obligations.deliver(day.office.engine, WEEK, day.smtp, moment=at("14:15"))
    assert day.mails.count(CHIEF) == 1


def test_a_correction_that_nobody_wants_mailed_is_not_mailed_with_what_was_pending(
    day: Thursday,
) -> None:
    day.mails.misbehave("RCPT", CHIEF, "451 later", "451 later")
    day.smtp_up()
    day.run_at_eleven()
    day.watch("13:30", "13:30")
    assert day.mails.count(CHIEF) == 0
    publishing.correct(
        day.office.engine, WEEK, day.reports, moment=at("13:32"), reason="x", by="A",
        even_if_same=True,
    )  # fmt: skip
    day.watch("13:35", "13:55")
    assert [str(mail["Subject"]) for who, mail in day.mails.taken if who == CHIEF] == [
        "[Báo cáo tuần] Kết quả đưa hộ SXNN lên sàn TMĐT – tuần đến hết ngày "
        f"{WEEK.last_day:%d/%m/%Y}"
    ]


def test_a_warehouse_into_which_nothing_has_come_breaks_no_gate(
    warehouse_engine: Engine, tmp_path: Path
) -> None:
    """Also after an empty report was published there by hand."""
    for week in (WEEKS[0], WEEKS[1]):
        judge.judge_figures_once(warehouse_engine, week, moment=thursday(week))
        doubts = {row["check_name"] for row in judge.doubts(warehouse_engine, week)}
        assert "figures.nothing_fresh" in doubts
        assert obligations.holds(warehouse_engine, week) == [
            "chưa nguồn nào gửi dữ liệu của kỳ này", "mọi chỉ tiêu đều trống"
        ]  # fmt: skip
        done = obligations.publish(
            warehouse_engine, week, tmp_path, how="operator", by="A", moment=thursday(week)
        )
        assert done.is_new
