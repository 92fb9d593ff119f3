"""Mails to the units: reminded in time with a form that goes in as it is, answered once, nobody mailed twice."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest
from office import WEEKS, Office
from openpyxl.cell import MergedCell
from smtp_server import Scripted, free_port, serving
from sqlalchemy import text

from lensan.domain import contracts, periods
from lensan.domain.periods import ICT, Period
from lensan.domain.settings import Settings, settings
from lensan.intake import file_load, landing, locations, sweep
from lensan.mail import alarms, ledger, recipients
from lensan.mail.transport.smtp import SmtpServer
from lensan.units import answering, phone_form, reminders
from lensan.warehouse import audit

WEEK = WEEKS[3]
HA_LONG, CAM_PHA = "193", "195"
ENGINEER = "ky-su@example.vn"


def at(clock: str, day: int = 0, period: Period = WEEK) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime.combine(period.end, datetime.min.time(), ICT) + timedelta(
        days=day, hours=hour, minutes=minute
    )


class Post:
    """An office before its Thursday: nothing of the week has come, two units have addresses."""

    def __init__(self, office: Office) -> None:
        self.office, self.engine = office, office.engine
        self.mails = Scripted()
        self.stack = ExitStack()
        self.smtp = SmtpServer("127.0.0.1", free_port(), timeout_s=2, accept_timeout_s=5)
        locations.add_address(
            self.engine, "vhtt@halong.example.vn", HA_LONG, moment=at("09:00", -3)
        )
        locations.add_address(
            self.engine, "vhtt@campha.example.vn", CAM_PHA, moment=at("09:00", -3)
        )
        recipients.add(self.engine, "alarm", "to", ENGINEER)

    def up(self) -> None:
        self.stack.enter_context(serving(self.mails, self.smtp.port))

    def remind(self, moment: datetime) -> dict[str, int]:
        reminder = reminders.reminders_due(self.engine, "week", moment=moment)
        if reminder is None:
            return {}
        return reminders.remind(self.engine, self.smtp, reminder, moment=moment)

    def submit(
        self, name: str, content: bytes, moment: datetime, *, wants_answer: bool = True
    ) -> file_load.Outcome:
        """A workbook put into the districts' folder, taken in by the schedule unless told otherwise."""
        contract = contracts.contract("districts")
        path = self.office.landing / contract.location / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        (outcome,) = sweep.sweep(
            self.engine, contract, path.parents[1], self.office.folder / "raw", moment=moment,
            wants_answer=wants_answer,
        )  # fmt: skip
        return outcome

    def answer(self, moment: datetime) -> dict[str, int]:
        return answering.answer(self.engine, self.smtp, self.office.folder / "raw", moment=moment)

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for who, mail in self.mails.taken if who == address]


@pytest.fixture
def post(office: Office) -> Iterator[Post]:
    post = Post(office)
    with post.stack:
        yield post


def attachment(mail: EmailMessage) -> EmailMessage:
    (part,) = mail.iter_attachments()
    return part


def own_workbook(post: Post, unit: str = "ha-long") -> Path:
    """What the unit hands in for the week, of the world the office lives in."""
    (path,) = [
        path
        for path in landing.find(post.office.world / "districts")
        if path.parent.name == unit and f"{WEEK.end:%Y%m%d}" in path.name
    ]
    return path


# ---------------------------------------------------------------- reminders


def test_a_reminder_is_due_from_its_time_until_the_automatic_release(post: Post) -> None:
    due = {
        clock: reminders.reminders_due(post.engine, "week", moment=moment)
        for clock, moment in {
            "before": at("15:59", -1), "first": at("16:00", -1), "night": at("03:00"),
            "second": at("09:00"), "late": at("13:29"), "released": at("13:30"),
        }.items()
    }  # fmt: skip
    assert {clock: found and (found.period.name, found.number) for clock, found in due.items()} == {
        "before": None, "first": (WEEK.name, 1), "night": (WEEK.name, 1),
        "second": (WEEK.name, 2), "late": (WEEK.name, 2), "released": None,
    }  # fmt: skip
    assert due["first"] is not None
    assert len(due["first"].missing) == 13


def test_missing_units_get_their_form_once_per_reminder(post: Post) -> None:
    post.up()
    assert post.remind(at("16:00", -1)) == {"sent": 2, "without_address": 11}
    assert post.remind(at("16:15", -1)) == {"sent": 2, "without_address": 11}
    assert len(post.mails.taken) == 2
    post.remind(at("09:00"))
    first, second = post.to("vhtt@halong.example.vn")
    assert str(first["Subject"]) == "[Báo cáo tuần 11/11/2021] Nhắc nộp báo cáo – thành phố Hạ Long"
    assert "(lần 2)" in str(second["Subject"])
    said = first.get_body(("plain",)).get_content()
    assert "chưa nhận được báo cáo tuần 04/11/2021 - 10/11/2021" in said
    assert "11:00 ngày 11/11/2021" in said
    assert "13:30 ngày 11/11/2021" in said
    assert "lần nhắc cuối" not in said
    assert "gửi sớm hơn" not in said
    assert "lần nhắc cuối" in second.get_body(("plain",)).get_content()
    assert attachment(first).get_filename() == f"bieu-mau-tuan-{WEEK.name}-ha-long.xlsx"


def test_a_reminder_bears_the_link_of_the_units_form_where_the_board_has_an_address(
    post: Post,
) -> None:
    post.up()
    moment = at("16:00", -1)
    reminder = reminders.reminders_due(post.engine, "week", moment=moment)
    assert reminder is not None
    board = settings_of(post.office.folder, "https://lensan.example.vn/").board
    reminders.remind(post.engine, post.smtp, reminder, moment=moment, board=board)
    for address, unit in (("vhtt@halong.example.vn", HA_LONG), ("vhtt@campha.example.vn", CAM_PHA)):
        (mail,) = post.to(address)
        for kind in ("plain", "html"):
            links = re.findall(r"https://lensan[^\s\"<]+", mail.get_body((kind,)).get_content())
            assert [each.rpartition("/")[0] for each in links] == [
                "https://lensan.example.vn/board/form"
            ]
            told = links[0].rpartition("/")[2]
            assert phone_form.opened(post.engine, told, moment=moment) == (unit, WEEK)
    assert settings_of(post.office.folder, "").board is None


def settings_of(home: Path, url: str) -> Settings:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LENSAN_URL", url)
        return settings(home)


def test_the_attached_form_goes_in_as_it_comes(post: Post) -> None:
    post.up()
    post.remind(at("16:00", -1))
    (mail,) = post.to("vhtt@halong.example.vn")
    book = openpyxl.load_workbook(io.BytesIO(attachment(mail).get_content()))
    sheet = book.worksheets[0]
    filled = 0
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, MergedCell):  # of the box for difficulties
                continue
            if not cell.protection.locked and cell.value is None and cell.column == 4:
                cell.value = 0
                filled += 1
    assert filled
    stream = io.BytesIO()
    book.save(stream)
    outcome = post.submit("ha-long/bieu-mau.xlsx", stream.getvalue(), at("17:00", -1))
    assert outcome.status == "loaded", outcome
    found = reminders.reminders_due(post.engine, "week", moment=at("09:00"))
    assert found is not None
    assert HA_LONG not in found.missing
    assert len(found.missing) == 12


def test_a_server_that_is_down_delays_a_reminder_and_a_refused_address_is_an_alarm(
    post: Post,
) -> None:
    assert post.remind(at("16:00", -1))["pending"] == 2
    post.mails.misbehave("RCPT", "vhtt@campha.example.vn", "550 5.1.1 unknown")
    post.up()
    assert post.remind(at("16:05", -1)) == {"sent": 1, "failed": 1, "without_address": 11}
    assert [str(mail["Subject"]) for mail in post.to(ENGINEER)] == [
        "[Cảnh báo] Thư gửi địa phương bị máy chủ từ chối"
    ]
    (failed,) = [row for row in ledger.notices(post.engine) if row["state"] == "failed"]
    assert ledger.resend_notice(post.engine, failed["notice_key"], moment=at("16:10", -1))
    assert post.remind(at("16:15", -1)) == {"sent": 2, "without_address": 11}
    assert len(post.to("vhtt@campha.example.vn")) == 1


@pytest.mark.parametrize(
    ("due", "reminded"),
    [
        # An ordinary week; 2 September 2021 (Quốc khánh) is itself a Thursday; 1 May 2025 too, the
        # day after another holiday; Tết 2022 takes Monday 31 January to Friday 4 February, so the
        # week due on 3 February is asked for before it.
        (date(2021, 11, 18), ["2021-11-17T16:00", "2021-11-18T09:00"]),
        (date(2021, 9, 2), ["2021-08-31T16:00", "2021-09-01T09:00"]),
        (date(2025, 5, 1), ["2025-04-28T16:00", "2025-04-29T09:00"]),
        (date(2022, 2, 3), ["2022-01-27T16:00", "2022-01-28T09:00"]),
    ],
)
def test_a_holiday_brings_the_reminders_forward(due: date, reminded: list[str]) -> None:
    found = periods.week(due).reminders_at()
    assert [f"{moment:%Y-%m-%dT%H:%M}" for moment in found] == reminded
    assert periods.week(due).due_at.date() == due
    assert periods.week(due).is_brought_forward is (found[0].date() != due - timedelta(1))


def one(post: Post, moment: datetime, unit: str = HA_LONG) -> reminders.OneUnit:
    return reminders.of_one_unit(post.engine, "week", unit, moment=moment)


def remind_one(post: Post, moment: datetime, unit: str = HA_LONG) -> dict[str, int]:
    return reminders.remind_one(
        post.engine, post.smtp, one(post, moment, unit), by="Trần Thị Bình", moment=moment
    )


def test_one_unit_is_reminded_once_more_and_nobody_else(post: Post) -> None:
    post.up()
    post.remind(at("16:00", -1))
    assert one(post, at("16:59", -1)).why_not == "just_reminded"
    with pytest.raises(ValueError, match="just_reminded"):
        remind_one(post, at("16:59", -1))
    assert remind_one(post, at("17:00", -1)) == {"sent": 1}
    assert remind_one(post, at("18:00", -1)) == {"sent": 1}
    _, second, third = post.to("vhtt@halong.example.vn")
    assert len(post.to("vhtt@campha.example.vn")) == 1
    assert (
        str(second["Subject"]) == "[Báo cáo tuần 11/11/2021] Nhắc nộp báo cáo – thành phố Hạ Long"
    )
    assert second["Message-ID"] != third["Message-ID"]
    assert "lần nhắc cuối" not in second.get_body(("plain",)).get_content()
    assert attachment(second).get_filename() == f"bieu-mau-tuan-{WEEK.name}-ha-long.xlsx"
    acts = [(act["actor"], act["action"], act["detail"]["unit"]) for act in audit.acts(post.engine)
            if act["action"] == "reminder.send"]  # fmt: skip
    assert acts == 2 * [("Trần Thị Bình", "reminder.send", HA_LONG)]
    # The schedule goes on as it would have.
    assert post.remind(at("09:00"))["sent"] == 2
    assert "(lần 2)" in str(post.to("vhtt@halong.example.vn")[-1]["Subject"])


def test_a_reminder_by_hand_that_waits_is_the_same_when_it_is_tried_again(post: Post) -> None:
    assert remind_one(post, at("08:00", -1)) == {"pending": 1}
    post.up()
    assert remind_one(post, at("08:05", -1)) == {"sent": 1}
    assert len(post.to("vhtt@halong.example.vn")) == 1


def test_a_unit_is_not_reminded_where_it_helps_nobody(post: Post) -> None:
    post.up()
    assert one(post, at("23:59", -2)).why_not == "early"
    assert one(post, at("08:00", -1)).why_not is None
    assert one(post, at("08:00", -1), "203").why_not == "no_address"
    assert one(post, at("13:30")).why_not == "late"
    post.submit("ha-long/bc.xlsx", own_workbook(post).read_bytes(), at("08:00"))
    assert one(post, at("08:05")).why_not == "submitted"
    assert post.mails.taken == []


# ---------------------------------------------------------------- answers


def test_a_clean_workbook_gets_one_receipt(post: Post) -> None:
    post.up()
    assert (
        post.submit("ha-long/bc.xlsx", own_workbook(post).read_bytes(), at("08:00")).status
        == "loaded"
    )
    assert post.answer(at("08:05")) == {"receipt sent": 1}
    assert post.answer(at("08:20")) == {}
    (mail,) = post.to("vhtt@halong.example.vn")
    assert "Đã nhận báo cáo của thành phố Hạ Long" in str(mail["Subject"])
    (part,) = mail.iter_attachments()
    assert (part.get_filename() or "").startswith("Đã hiểu - ")


def test_a_workbook_with_a_bad_cell_comes_back_marked(post: Post) -> None:
    post.up()
    book = openpyxl.load_workbook(own_workbook(post))
    sheet = book.worksheets[0]
    row, column = next(
        (cell.row, cell.column)
        for line in sheet.iter_rows()
        for cell in line
        if isinstance(cell.value, int | float) and cell.column > 3
    )
    sheet.cell(row, column).value = "mười hai hộ gì đó"
    stream = io.BytesIO()
    book.save(stream)
    post.submit("ha-long/bc.xlsx", stream.getvalue(), at("08:00"))
    assert post.answer(at("08:05")) == {"feedback sent": 1}
    (mail,) = post.to("vhtt@halong.example.vn")
    back = openpyxl.load_workbook(io.BytesIO(attachment(mail).get_content()))
    assert "Cần sửa" in back.sheetnames
    assert back[sheet.title].cell(row, column).comment is not None
    # Corrected and sent again, it closes its entries, and that is confirmed.
    shutil.copy(own_workbook(post), post.office.folder / "again.xlsx")
    post.submit("ha-long/bc-2.xlsx", own_workbook(post).read_bytes(), at("09:00"))
    assert post.answer(at("09:05")) == {"receipt sent": 1}
    with post.engine.begin() as connection:
        open_entries = connection.execute(
            text("select count(*) from ops.quarantine where closed_at is null")
        ).scalar()
    assert open_entries == 0


def test_nobody_is_answered_about_files_older_than_their_address(post: Post) -> None:
    post.up()
    locations.remove_address(post.engine, "vhtt@halong.example.vn")
    post.submit("ha-long/bc.xlsx", own_workbook(post).read_bytes(), at("08:00"))
    assert post.answer(at("08:05")) == {"unanswered": 1}
    locations.add_address(post.engine, "moi@halong.example.vn", HA_LONG, moment=at("10:00"))
    assert post.answer(at("10:05")) == {"unanswered": 1}
    assert post.mails.taken == []


def test_a_backfill_or_a_run_by_hand_answers_nobody_later_either(post: Post) -> None:
    post.up()
    post.submit("ha-long/bc.xlsx", own_workbook(post).read_bytes(), at("08:00"), wants_answer=False)
    assert post.answer(at("08:15")) == {}
    assert post.mails.taken == []


def test_each_of_a_units_addresses_gets_its_answer_once_whatever_the_server_does(
    post: Post,
) -> None:
    second = "pho@halong.example.vn"
    locations.add_address(post.engine, second, HA_LONG, moment=at("09:00", -3))
    post.mails.misbehave("RCPT", second, "451 later", "550 no such user")
    post.up()
    post.submit("ha-long/bc.xlsx", own_workbook(post).read_bytes(), at("08:00"))
    assert post.answer(at("08:05")) == {"receipt sent": 1, "receipt pending": 1}
    assert post.answer(at("08:20")) == {"receipt failed": 1}
    assert post.answer(at("08:35")) == {}
    assert len(post.to(ENGINEER)) == 1
    # Sent again days later, on request: the alarm is over.
    (failed,) = [row for row in ledger.notices(post.engine) if row["state"] == "failed"]
    assert ledger.resend_notice(post.engine, failed["notice_key"], moment=at("09:00", 5))
    assert post.answer(at("09:15", 5)) == {"receipt sent": 1}
    assert (len(post.to(second)), len(post.to("vhtt@halong.example.vn"))) == (1, 1)
    assert alarms.listed(post.engine) == []


def test_a_rejected_file_comes_back_the_reminder_names_it_and_its_correction_settles_it(
    post: Post,
) -> None:
    post.up()
    assert post.submit("ha-long/bc.xlsx", b"PK not a workbook", at("15:30", -1)).status == (
        "rejected"
    )
    assert post.answer(at("15:35", -1)) == {"feedback sent": 1}
    post.remind(at("16:00", -1))
    back, reminder = post.to("vhtt@halong.example.vn")
    assert "Đề nghị chỉnh sửa" in str(back["Subject"])
    assert "bc.xlsx" in reminder.get_body(("plain",)).get_content()
    post.submit("ha-long/bc-2.xlsx", own_workbook(post).read_bytes(), at("16:30", -1))
    assert post.answer(at("16:35", -1)) == {"receipt sent": 1}
    found = reminders.reminders_due(post.engine, "week", moment=at("09:00"))
    assert found is not None
    assert HA_LONG not in found.missing
