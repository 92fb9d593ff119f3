"""One mail per report, revision and recipient; the SMTP server's own count is the judge."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import reporting_case
from mailing import ARCHIVE, CHIEF, DEPUTY, FILES, NOW, build, published
from smtp_server import Scripted, free_port, serving
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain.report_model import Report
from lensan.mail import delivery, recipients, report_mail, transport
from lensan.mail.delivery import DeliveryPendingError
from lensan.mail.transport.smtp import SmtpServer
from lensan.warehouse import audit


@pytest.fixture
def report(warehouse_engine: Engine) -> Report:
    for role, address in (("to", CHIEF), ("cc", DEPUTY), ("bcc", ARCHIVE)):
        recipients.add(warehouse_engine, "week", role, address)
    return published(warehouse_engine, reporting_case.make())


@pytest.fixture
def script() -> Scripted:
    return Scripted()


@pytest.fixture
def smtp(script: Scripted) -> Iterator[SmtpServer]:
    with serving(script) as port:
        yield SmtpServer("127.0.0.1", port, timeout_s=5, accept_timeout_s=5)


def deliver(engine: Engine, report: Report, smtp: SmtpServer) -> dict[str, int]:
    return delivery.deliver_report(engine, report, FILES, build, smtp, moment=NOW)


def state(engine: Engine, report: Report, recipient: str) -> str:
    return {row["recipient"]: row["state"] for row in delivery.states(engine, report)}[recipient]


def test_each_recipient_gets_one_mail(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    assert deliver(warehouse_engine, report, smtp) == {"sent": 3}
    assert sorted(recipient for recipient, _ in script.taken) == sorted([CHIEF, DEPUTY, ARCHIVE])


def test_delivering_again_sends_nothing(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    deliver(warehouse_engine, report, smtp)
    deliver(warehouse_engine, report, smtp)
    assert len(script.taken) == 3


def test_the_real_mail_arrives_whole(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    delivery.deliver_report(warehouse_engine, report, FILES, report_mail.message, smtp, moment=NOW)
    received = script.taken[0][1]
    attached = {part.get_filename(): part.get_content() for part in received.iter_attachments()}
    assert attached == FILES
    assert received["subject"].endswith("tuần đến hết ngày 17/11/2021")


def test_to_and_cc_are_named_and_bcc_is_not(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    deliver(warehouse_engine, report, smtp)
    for _, mail in script.taken:
        assert (mail["to"], mail["cc"], mail["bcc"]) == (CHIEF, DEPUTY, None)
        assert ARCHIVE not in mail.as_string()
        assert "Sở Thông tin và Truyền thông" in mail["from"]


def test_a_line_that_begins_with_a_dot_keeps_it(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    def dotted(report: Report, files: object) -> EmailMessage:
        mail = EmailMessage()
        mail.set_content(".one\n..two\nthree\n")
        return mail

    delivery.deliver_report(warehouse_engine, report, FILES, dotted, smtp, moment=NOW)
    assert script.taken[0][1].get_content().splitlines() == [".one", "..two", "three"]


def test_the_message_id_is_the_same_for_every_attempt_and_differs_otherwise(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    deliver(warehouse_engine, report, smtp)
    delivery.resend(warehouse_engine, report, CHIEF, moment=NOW)
    deliver(warehouse_engine, report, smtp)
    identities = [(recipient, mail["message-id"]) for recipient, mail in script.taken]
    assert len(identities) == 4
    assert len(set(identities)) == len({identity for _, identity in identities}) == 3
    first = delivery.message_id("week", "2021-11-18", 0, CHIEF)
    assert first != delivery.message_id("week", "2021-11-18", 1, CHIEF)
    assert first in dict(identities).values()


def test_a_correction_is_a_mail_of_its_own(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    deliver(warehouse_engine, report, smtp)
    corrected = published(warehouse_engine, replace(report, revision=1))
    assert deliver(warehouse_engine, corrected, smtp) == {"sent": 3}
    assert script.count(CHIEF) == 2


def test_a_refused_recipient_does_not_stop_the_others(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    script.misbehave("RCPT", CHIEF, "550 5.1.1 no such user")
    assert deliver(warehouse_engine, report, smtp) == {"failed": 1, "sent": 2}
    assert [script.count(each) for each in (CHIEF, DEPUTY, ARCHIVE)] == [0, 1, 1]
    row = next(r for r in delivery.states(warehouse_engine, report) if r["recipient"] == CHIEF)
    assert row["last_error"] == "550 5.1.1 no such user"


def test_a_refused_recipient_is_not_tried_again_by_itself(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    script.misbehave("RCPT", CHIEF, "550 no")
    deliver(warehouse_engine, report, smtp)
    deliver(warehouse_engine, report, smtp)
    assert script.count(CHIEF) == 0


@pytest.mark.parametrize(
    ("phase", "answer"),
    [
        ("MAIL", "451 busy"),
        ("MAIL", "530 log in first"),
        ("RCPT", "450 greylisted"),
        ("DATA", "451 busy"),
        ("AFTER", "451 disk full"),
        ("MAIL", "drop"),
        ("RCPT", "drop"),
        ("DATA", "drop"),
    ],
)
def test_what_the_server_surely_did_not_take_is_sent_once_later(
    warehouse_engine: Engine,
    report: Report,
    script: Scripted,
    smtp: SmtpServer,
    phase: str,
    answer: str,
) -> None:
    script.misbehave(phase, "*" if phase == "MAIL" else CHIEF, answer)
    with pytest.raises(DeliveryPendingError):
        deliver(warehouse_engine, report, smtp)
    assert state(warehouse_engine, report, CHIEF) == "pending"
    assert deliver(warehouse_engine, report, smtp) == {"sent": 3}
    assert [script.count(each) for each in (CHIEF, DEPUTY, ARCHIVE)] == [1, 1, 1]


@pytest.mark.parametrize(("phase", "arrived"), [("AFTER", 1), ("CONTENT", 0)])
def test_a_connection_lost_at_the_end_is_unknown_and_not_repeated(
    warehouse_engine: Engine,
    report: Report,
    script: Scripted,
    smtp: SmtpServer,
    phase: str,
    arrived: int,
) -> None:
    script.misbehave(phase, CHIEF, "drop")
    counts = deliver(warehouse_engine, report, smtp)
    assert counts == {"unknown": 1, "sent": 2}
    assert deliver(warehouse_engine, report, smtp) == counts
    assert script.count(CHIEF) == arrived


def test_a_large_mail_cut_off_in_the_middle_is_sent_once_later(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    """The connection breaks while the content is still going out: the server cannot have it."""

    def large(report: Report, files: object) -> EmailMessage:
        mail = build(report, files)
        mail.add_attachment(bytes(6 << 20), maintype="application", subtype="pdf")
        return mail

    def send() -> dict[str, int]:
        return delivery.deliver_report(warehouse_engine, report, FILES, large, smtp, moment=NOW)

    script.misbehave("CONTENT", CHIEF, "drop")
    with pytest.raises(DeliveryPendingError):
        send()
    assert script.count(CHIEF) == 0
    script.script.clear()
    assert delivery.deliver_report(warehouse_engine, report, FILES, build, smtp, moment=NOW) == {
        "sent": 3
    }
    assert script.count(CHIEF) == 1


def test_content_refused_for_good_fails(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    script.misbehave("AFTER", CHIEF, "554 looks like spam")
    assert deliver(warehouse_engine, report, smtp) == {"failed": 1, "sent": 2}


def test_a_person_may_send_an_unknown_mail_again(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    script.misbehave("AFTER", CHIEF, "drop")
    deliver(warehouse_engine, report, smtp)
    assert delivery.resend(warehouse_engine, report, CHIEF, moment=NOW, by="Lan")
    act = audit.acts(warehouse_engine)[-1]
    assert (act["actor"], act["action"], act["at"]) == ("Lan", "delivery.resend", NOW)
    assert act["detail"] == {"revision": report.revision, "recipient": CHIEF}
    assert deliver(warehouse_engine, report, smtp) == {"sent": 3}
    assert script.count(CHIEF) == 2


def test_a_person_may_note_that_an_unknown_mail_arrived(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    script.misbehave("AFTER", CHIEF, "drop")
    deliver(warehouse_engine, report, smtp)
    assert delivery.confirm(warehouse_engine, report, CHIEF.upper(), moment=NOW)
    assert not delivery.confirm(warehouse_engine, report, DEPUTY, moment=NOW)
    acts = [act["action"] for act in audit.acts(warehouse_engine)]
    assert acts.count("delivery.confirm") == 1
    assert deliver(warehouse_engine, report, smtp) == {"sent": 3}
    assert script.count(CHIEF) == 1


class Clock:
    """A stopwatch that stands still but for sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.pauses.append(seconds)


def test_a_server_that_is_down_for_an_hour_is_asked_with_growing_pauses(
    warehouse_engine: Engine, report: Report, script: Scripted
) -> None:
    clock = Clock()
    port = free_port()
    smtp = SmtpServer("127.0.0.1", port, timeout_s=5)
    server = serving(script, port)

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.seconds > 3600 and not script.dialogues:
            server.__enter__()

    try:
        counts = delivery.deliver_report(
            warehouse_engine,
            report,
            FILES,
            build,
            smtp,
            moment=NOW,
            deadline=NOW + timedelta(hours=2),
            sleep=sleep,
            stopwatch=lambda: clock.seconds,
        )
    finally:
        if script.dialogues:
            server.__exit__(None, None, None)
    assert counts == {"sent": 3}
    assert clock.pauses == sorted(clock.pauses)
    assert (clock.pauses[0], clock.pauses[-1]) == (5.0, 300.0)
    assert [script.count(each) for each in (CHIEF, DEPUTY, ARCHIVE)] == [1, 1, 1]


def test_it_gives_up_before_the_deadline_and_says_what_is_pending(
    warehouse_engine: Engine, report: Report
) -> None:
    clock = Clock()
    with pytest.raises(DeliveryPendingError, match="3 mails of week 2021-11-18"):
        delivery.deliver_report(
            warehouse_engine,
            report,
            FILES,
            build,
            SmtpServer("127.0.0.1", free_port(), timeout_s=5),
            moment=NOW,
            deadline=NOW + timedelta(minutes=30),
            sleep=clock.sleep,
            stopwatch=lambda: clock.seconds,
        )
    assert 1500 < clock.seconds <= 1800
    assert {row["state"] for row in delivery.states(warehouse_engine, report)} == {"pending"}


def test_two_senders_at_once_send_each_mail_once(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    for number in range(20):
        recipients.add(warehouse_engine, "week", "to", f"so-{number}@example.vn")
    errors: list[Exception] = []

    def work() -> None:
        try:
            deliver(warehouse_engine, report, smtp)
        except DeliveryPendingError:
            pass
        except Exception as error:
            errors.append(error)

    senders = [threading.Thread(target=work) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert not errors
    received = [recipient for recipient, _ in script.taken]
    assert len(received) == len(set(received)) == 23
    assert {row["state"] for row in delivery.states(warehouse_engine, report)} == {"sent"}


def test_a_sender_that_is_still_at_work_is_not_taken_for_dead(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def wait(recipient: str) -> None:
        if recipient == CHIEF:
            arrived.set()
            go_on.wait(10)

    script.on_mail = wait
    first = threading.Thread(target=deliver, args=(warehouse_engine, report, smtp))
    first.start()
    assert arrived.wait(10)
    # The server answers one client at a time while it waits: the second sender finds it deaf.
    deaf = SmtpServer("127.0.0.1", free_port(), timeout_s=1)
    with pytest.raises(DeliveryPendingError):
        deliver(warehouse_engine, report, deaf)
    assert state(warehouse_engine, report, CHIEF) == "sending"
    go_on.set()
    first.join()
    assert state(warehouse_engine, report, CHIEF) == "sent"
    assert script.count(CHIEF) == 1


def test_a_mail_whose_sender_died_becomes_unknown(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    delivery.queue(warehouse_engine, report, moment=NOW)
    with warehouse_engine.begin() as connection:
        claimed = warehouse.rows(
            connection,
            "mail/ledger/claim",
            fact="report|week|2021-11-18|0",
            recipient=CHIEF,
            moment=NOW,
        )
    assert len(claimed) == 1
    assert deliver(warehouse_engine, report, smtp) == {"unknown": 1, "sent": 2}
    assert script.count(CHIEF) == 0


def test_a_builder_that_fails_leaves_every_mail_pending(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    def broken(report: Report, files: object) -> EmailMessage:
        raise RuntimeError("no template")

    with pytest.raises(RuntimeError, match="no template"):
        delivery.deliver_report(warehouse_engine, report, FILES, broken, smtp, moment=NOW)
    assert {row["state"] for row in delivery.states(warehouse_engine, report)} == {"pending"}


# ---------------------------------------------------------------- recipients


@pytest.mark.parametrize(
    "address",
    [
        "lanh-dao",
        "a@b.vn\r\nBcc: x@evil.example",
        "a@b.vn, c@d.vn",
        "Lãnh đạo <a@b.vn>",
        "lãnh-đạo@example.vn",
        "a b@c.vn",
        "a@b.vn\x00",
        "",
        "@b.vn",
        "a..b@c.vn",
    ],
)
def test_what_is_no_address_is_refused(warehouse_engine: Engine, address: str) -> None:
    with pytest.raises(ValueError, match="is no e-mail address"):
        recipients.add(warehouse_engine, "week", "to", address)
    assert recipients.listed(warehouse_engine) == []


def test_an_address_is_kept_once_whatever_its_case(warehouse_engine: Engine) -> None:
    recipients.add(warehouse_engine, "week", "to", "Lanh-Dao@Example.vn")
    recipients.add(warehouse_engine, "week", "cc", " lanh-dao@example.vn")
    assert [(r["address"], r["role"]) for r in recipients.listed(warehouse_engine)] == [
        ("lanh-dao@example.vn", "cc")
    ]


def test_a_removed_recipient_gets_no_more_mail(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    assert recipients.remove(warehouse_engine, "week", DEPUTY)
    assert not recipients.remove(warehouse_engine, "week", "nobody@example.vn")
    deliver(warehouse_engine, report, smtp)
    assert script.count(DEPUTY) == 0


def test_recipients_of_the_month_get_no_weekly_mail(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    recipients.add(warehouse_engine, "month", "to", "thang@example.vn")
    deliver(warehouse_engine, report, smtp)
    assert script.count("thang@example.vn") == 0


def test_only_bcc_recipients_see_nobody(
    warehouse_engine: Engine, report: Report, script: Scripted, smtp: SmtpServer
) -> None:
    for address in (CHIEF, DEPUTY):
        recipients.remove(warehouse_engine, "week", address)
    deliver(warehouse_engine, report, smtp)
    assert [(recipient, mail["to"]) for recipient, mail in script.taken] == [
        (ARCHIVE, "undisclosed-recipients:;")
    ]


def test_a_fresh_home_gets_one_recipient_and_keeps_its_own(warehouse_engine: Engine) -> None:
    recipients.add(warehouse_engine, "week", "to", CHIEF)
    recipients.ensure(warehouse_engine, ("week", "month"), "thu@example.vn")
    assert [(r["report_kind"], r["address"]) for r in recipients.listed(warehouse_engine)] == [
        ("month", "thu@example.vn"),
        ("week", CHIEF),
    ]


def test_no_blank_of_a_vietnamese_subject_is_lost_wherever_its_lines_end() -> None:
    for length in range(80):
        subject = f"{'x' * length} Đề nghị chỉnh sửa báo cáo tuần của thành phố Hạ Long"
        mail = EmailMessage()
        mail["Subject"] = subject
        mail.set_content("x")
        wire = mail.as_bytes(policy=transport.WIRE)
        assert max(len(line) for line in wire.split(b"\r\n")) < 100
        assert message_from_bytes(wire, policy=policy.default)["Subject"] == subject
