"""From a run's context to the library: which period, who publishes and when, who mails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from office import WEEKS, Office
from smtp_server import Scripted, serving
from sqlalchemy import text
from task_context import context

from lensan.domain import settings
from lensan.domain.periods import ICT
from lensan.domain.settings import ONE_SHOT
from lensan.figures import adjusting, measuring
from lensan.mail import recipients
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations import connections, obligations, report_runs, report_tasks
from lensan.warehouse import audit


def test_the_param_names_the_period() -> None:
    assert report_runs.period_of("week", context(period="2021-10-28")).name == "2021-10-28"


def test_without_a_param_the_interval_is_the_period() -> None:
    run = context("backfill", interval=(date(2021, 10, 28), date(2021, 11, 4)))
    assert report_runs.period_of("week", run).name == "2021-11-04"


def test_a_manual_run_without_interval_takes_the_last_ended_period() -> None:
    assert report_runs.period_of("week", context()).name == "2021-11-18"
    assert report_runs.period_of("month", context()).name == "2021-10"


WEEK = WEEKS[3]
INTERVAL = (WEEK.start, WEEK.end)


def at(clock: str, day: int = 0) -> datetime:
    """``13:30`` of the due Thursday; ``day``: days after it."""
    hour, minute = map(int, clock.split(":"))
    return datetime.combine(WEEK.end, time(hour, minute), ICT) + timedelta(days=day)


# ---------------------------------------------------------------- what was asked


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("theo lịch", None),
        ("có", True),
        ("không", False),
        (True, True),
        (False, False),
        (None, None),
    ],
)
def test_choices_are_words_and_what_scripts_wrote_before_is_understood(
    given: Any, meant: bool | None
) -> None:
    run = report_runs.asked("week", context(period=WEEK.name, publish=given, deliver=given))
    assert (run.publish, run.deliver) == (meant, meant)


def test_a_choice_that_is_none_is_told_with_the_choices() -> None:
    with pytest.raises(ValueError, match="choose theo lịch, có or không"):
        report_runs.asked("week", context(period=WEEK.name, deliver="maybe"))


@pytest.mark.parametrize(
    ("run", "clock", "waits"),
    [
        (context("scheduled", interval=INTERVAL), ("11:00", 0), True),
        (context("scheduled", interval=INTERVAL), ("13:30", 0), False),
        (context("scheduled", interval=INTERVAL), ("09:00", 3), False),
        (context("manual", period=WEEK.name), ("11:00", 0), False),
        (context("manual", period=WEEK.name, wait_for_officer=True), ("11:00", 0), True),
        # A wish is obeyed for a past week as well.
        (context("manual", period=WEEK.name, wait_for_officer=True), ("09:00", 400), True),
        (context(period=WEEK.name, wait_for_officer=True, publish="không"), ("11:00", 0), False),
        (context(period=WEEK.name, wait_for_officer=True, correct="có"), ("11:00", 0), False),
    ],
)
def test_a_run_waits_for_the_officer_on_the_schedule_and_wherever_it_was_asked_to(
    run: dict[str, Any], clock: tuple[str, int], waits: bool
) -> None:
    task = report_tasks.next_task("week", run, at(*clock))
    assert task == ("draft" if waits else "publish")


@pytest.mark.parametrize(
    ("run", "due"),
    [
        (context("scheduled", interval=INTERVAL), at("14:00")),
        (context("manual", period=WEEK.name, wait_for_officer=True), at("14:00")),
        (context("manual", period=WEEK.name), None),
        (context("backfill", interval=INTERVAL), None),
        (context("scheduled", period=WEEK.name, publish=False), None),
    ],
)
def test_a_deadline_is_owed_on_the_schedule_never_by_a_backfill(
    run: dict[str, Any], due: datetime | None
) -> None:
    assert report_tasks.owed_at("week", run) == due


@pytest.mark.parametrize(
    ("name", "who"), [("op", "op"), ("dag_test", "truc"), (None, None)], ids=str
)
def test_who_began_a_run_is_known(
    monkeypatch: pytest.MonkeyPatch, name: str | None, who: str | None
) -> None:
    monkeypatch.setenv(ONE_SHOT, "truc")
    assert report_runs.asked("week", context(by=name, period=WEEK.name)).by == who


# ---------------------------------------------------------------- what a run publishes and mails


@dataclass
class Desk:
    """The tasks of a run on an office whose week's files have come."""

    office: Office
    mails: Scripted

    def publish(self, run: dict[str, Any], now: datetime, answer: Any = None) -> bool:
        return bool(report_tasks.publish("week", run, now, answer)["is_new"])

    @property
    def standing(self) -> obligations.Standing:
        return obligations.standing(self.office.engine, WEEK)

    def empty(self) -> None:
        with self.office.engine.begin() as connection:
            connection.execute(text("update mart.indicator_value set in_period = null"))


@pytest.fixture
def desk(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    office.until(WEEK.end)
    office.sweep(at("10:00"))
    measuring.compute(office.engine, WEEK, moment=at("10:00"))
    recipients.add(office.engine, "week", "to", "giam-doc@example.vn")
    # Computed and judged at ten; Great Expectations would take its seconds each time.
    monkeypatch.setattr(obligations, "judge_figures", lambda *args, **more: None)
    monkeypatch.setattr(connections, "warehouse_engine", lambda: office.engine)
    monkeypatch.setattr(
        settings, "settings", lambda: settings.Settings(office.folder, office.landing)
    )
    mails = Scripted()
    with serving(mails) as port:
        monkeypatch.setattr(connections, "smtp_server", lambda: SmtpServer("127.0.0.1", port))
        yield Desk(office, mails)


@pytest.mark.parametrize(
    ("run_type", "clock", "publishes"),
    [
        ("scheduled", ("13:30", 0), True),
        ("scheduled", ("13:59", 0), True),
        # What un-pausing a DAG in the evening makes Airflow do: seven hours late is late.
        ("scheduled", ("14:00", 0), False),
        ("scheduled", ("21:03", 0), False),
        ("scheduled", ("09:00", 3), False),
        ("manual", ("21:03", 0), True),
        ("backfill", ("21:03", 0), True),
    ],
)
def test_nothing_is_released_by_the_schedule_after_its_due_moment(
    desk: Desk, run_type: str, clock: tuple[str, int], publishes: bool
) -> None:
    run = context(run_type, started=at("11:00"), interval=INTERVAL, by="op")
    assert desk.publish(run, at(*clock)) is publishes
    if publishes and run_type != "scheduled":
        assert desk.standing.released is not None
        assert (desk.standing.released["how"], desk.standing.released["released_by"]) == (
            "operator", "op"
        )  # fmt: skip


def test_an_empty_report_is_published_by_an_explicit_word_only(desk: Desk) -> None:
    desk.empty()
    for run in (
        context("scheduled", interval=INTERVAL),
        context("manual", period=WEEK.name),
        context("backfill", interval=INTERVAL, publish="có"),
    ):
        assert not desk.publish(run, at("13:40"))
    assert desk.standing.released is None
    assert desk.publish(context("manual", period=WEEK.name, publish="có", by="op"), at("13:41"))


def test_a_period_that_is_not_over_is_computed_by_hand_and_not_published(desk: Desk) -> None:
    early = at("23:00", -1)
    assert not desk.publish(context("manual", period=WEEK.name), early)
    with pytest.raises(obligations.NotOverError):
        desk.publish(context("manual", period=WEEK.name, publish="có"), early)


def test_the_officers_word_publishes_also_what_is_late(desk: Desk) -> None:
    answer = {
        "responded_by_user": {"id": "1", "name": "phó giám đốc"},
        "chosen_options": ["Phát hành"],
    }
    run = context("manual", period=WEEK.name, wait_for_officer=True, by="op")
    assert not desk.publish(run, at("20:00"), {"responded_by_user": None})
    assert desk.publish(run, at("20:01"), answer)
    assert desk.standing.released is not None
    assert desk.standing.released["released_by"] == "phó giám đốc"


def test_a_correction_names_who_asked_for_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.publish(context("manual", period=WEEK.name, by="op"), at("12:00"))
    monkeypatch.setattr(adjusting, "is_different", lambda *_: True)
    run = context("manual", period=WEEK.name, correct="có", reason="sửa", by="chi-huy")
    assert desk.publish(run, at("12:10"))
    assert [
        a["actor"] for a in audit.acts(desk.office.engine) if a["action"] == "report.correct"
    ] == ["chi-huy"]


@pytest.mark.parametrize(
    ("run_type", "deliver", "mails"),
    [
        ("scheduled", "theo lịch", 1),
        ("scheduled", "không", 0),
        ("manual", "theo lịch", 0),
        ("backfill", None, 0),
        ("manual", "có", 1),
        ("backfill", True, 1),
    ],
)
def test_a_backfilled_or_manual_run_mails_nothing_unless_asked(
    desk: Desk, run_type: str, deliver: Any, mails: int
) -> None:
    run = context(run_type, interval=INTERVAL, deliver=deliver)
    desk.publish(run, at("13:35"))
    report_tasks.deliver("week", run, at("13:36"))
    assert len(desk.mails.taken) == mails
    assert desk.standing.wants_mail is bool(mails)
    # And the schedule's own run, coming later, mails nothing that was published without.
    report_tasks.deliver("week", context("scheduled", interval=INTERVAL), at("13:40"))
    assert len(desk.mails.taken) == mails


# ---------------------------------------------------------------- the question to the officer


def asked_of(name: str | None, chosen: str, reason: str = "") -> dict[str, Any]:
    user = {"id": "1", "name": name} if name else None
    return {
        "responded_by_user": user, "chosen_options": [chosen], "params_input": {"why": reason}
    }  # fmt: skip


RUN = context("scheduled", interval=INTERVAL)


def test_the_officer_has_until_the_automatic_release_however_late_the_run_is(desk: Desk) -> None:
    assert report_tasks.question("week", RUN, at("12:45")) == (timedelta(minutes=45), "Phát hành")
    assert report_tasks.question("week", RUN, at("13:40")) == (timedelta(seconds=1), "Phát hành")
    for late in (at("14:00"), at("09:00", 30)):
        assert report_tasks.question("week", RUN, late) == (timedelta(days=14), "Chưa phát hành")
    desk.empty()
    assert report_tasks.question("week", RUN, at("13:40")) == (timedelta(days=14), "Chưa phát hành")


def test_not_yet_keeps_the_question_open_with_its_reason(desk: Desk) -> None:
    not_yet = asked_of("A", "Chưa phát hành", " chờ Voso ")
    assert report_tasks.asks_again("week", RUN, not_yet, at("11:20"))
    said = obligations.said_not_yet(desk.office.engine, WEEK)
    assert said is not None and (said["said_by"], said["reason"]) == ("A", "chờ Voso")
    assert not report_tasks.asks_again("week", RUN, asked_of("A", "Phát hành"), at("11:30"))
    assert not report_tasks.asks_again("week", RUN, asked_of(None, "Phát hành"), at("13:30"))


def test_nobodys_word_for_an_empty_report_keeps_the_question_open(desk: Desk) -> None:
    desk.empty()
    assert report_tasks.asks_again("week", RUN, asked_of(None, "Phát hành"), at("13:30"))
    assert not report_tasks.asks_again("week", RUN, asked_of("A", "Phát hành"), at("13:35"))


def test_a_release_before_the_end_of_the_period_keeps_the_question_open(desk: Desk) -> None:
    assert report_tasks.asks_again("week", RUN, asked_of("A", "Phát hành"), at("23:00", -1))


def test_the_question_ends_with_a_report_that_somebody_released_meanwhile(desk: Desk) -> None:
    desk.publish(context("manual", period=WEEK.name), at("12:00"))
    for answer in (asked_of("A", "Chưa phát hành"), asked_of(None, "Phát hành")):
        assert not report_tasks.asks_again("week", RUN, answer, at("12:01"))


def test_the_draft_leads_to_its_files_and_says_what_holds_it(desk: Desk) -> None:
    run = context("scheduled", started=at("11:00"), interval=INTERVAL)
    shown = report_tasks.draft("week", run, "/board")["summary"]
    name = f"du-thao-bao-cao-tuan-{WEEK.name}"
    assert f"[PDF](/board/draft/week/{WEEK.name}/{name}.pdf)" in shown
    assert f"[Excel](/board/draft/week/{WEEK.name}/{name}.xlsx)" in shown
    assert "Không tự phát hành" not in shown
    assert "thì báo cáo được gửi thư" in shown
    by_hand = context("manual", period=WEEK.name)
    assert "thì không gửi thư" in report_tasks.draft("week", by_hand, "/board")["summary"]
    desk.empty()
    # Computed anew by the draft: what is missing comes from what is not there.
    assert "Không tự phát hành" not in report_tasks.draft("week", run, "/board")["summary"]
    with desk.office.engine.begin() as connection:
        connection.execute(text("update core.unit set valid_to = '2021-10-18'"))
    shown = report_tasks.draft("week", run, "/board")["summary"]
    assert "**Không tự phát hành:** danh mục không có địa phương nào" in shown
