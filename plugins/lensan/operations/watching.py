"""The watchdog of the deadline: is the report out? Releases what the schedule owes, mails, alarms.

The obligation is watched, not a run: whatever runs or does not, ``watch`` asks whether the report is out.
See docs/rules/reports.md#the-thursday.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lensan import warehouse
from lensan.domain import contracts, periods, plans
from lensan.domain.periods import Period
from lensan.domain.settings import Settings
from lensan.gates import judge
from lensan.mail import alarms
from lensan.mail.delivery import DeliveryPendingError
from lensan.mail.transport import Transport
from lensan.operations import obligations
from lensan.operations.obligations import Standing
from lensan.privacy import requests
from lensan.reports import wording
from lensan.units import glut_alerts, page_mails

log = logging.getLogger(__name__)
FILES_TOLD_WITHIN = timedelta(days=7)
SENT_LATE_WITHIN = timedelta(days=3)
"""Mails that wait for longer are left to an operator: an installation may have been off for months."""


def watch(
    engine: Engine,
    kind: str,
    reports: Path,
    smtp: Transport,
    *,
    moment: datetime,
    board: str | None = None,
) -> Standing | None:
    """See to the report of the last period that has ended; None: none is owed.

    From the hour of automatic release on (where its figures are doubtful the later one, and an alarm
    says so meanwhile) until the deadline it is published with what there is, whether or not any
    run exists; one with nothing in it waits for a person. What was released is mailed, what is pending
    is tried again, also late. In the last minutes before the deadline, and from it on, whatever is not out is alarmed, and at any time
    a mail that failed or whose outcome is unknown. ``moment`` (aware) is now; ``board``: its address as others reach it.
    """
    period = periods.due_at_or_before(kind, moment)
    if not period.is_of_plan or moment < period.draft_at:
        return None
    if not obligations.is_in_operation(engine, period):
        return None
    is_time = period.automatic_release_at <= moment
    if is_time and moment <= period.due_at + SENT_LATE_WITHIN:
        now = obligations.standing(engine, period)
        if not now.is_published:
            obligations.release_by_itself(engine, period, reports, moment=moment)
        _mail(engine, obligations.standing(engine, period), smtp, moment)
    now = obligations.standing(engine, period)
    _alarm(engine, smtp, now, moment, _in_danger(now, moment))
    if now.is_published and now.wants_mail and moment <= period.due_at + SENT_LATE_WITHIN:
        _mail_pages(engine, period, smtp, moment)
        if kind == "week":
            _tell_gluts(engine, period, smtp, moment, board)
    return now


def _mail(engine: Engine, now: Standing, smtp: Transport, moment: datetime) -> None:
    """One round of the mails that somebody wants: the watchdog itself comes again in five minutes.

    Of a revision that is queued only what is pending: nobody is queued here who was not.
    """
    if not now.is_published:
        return
    try:
        if now.wants_mail and not now.queued:
            obligations.deliver(engine, now.period, smtp, moment=moment, is_patient=False)
        pending = {row["revision"] for row in now.undelivered if row["state"] == "pending"}
        for revision in sorted(pending):
            obligations.send_pending(engine, now.period, revision, smtp, moment=moment)
    except DeliveryPendingError as error:
        log.warning("%s", error)


def _mail_pages(engine: Engine, period: Period, smtp: Transport, moment: datetime) -> None:
    """The units' own pages, after the report's mails: a page that fails holds up no report."""
    try:
        page_mails.send(engine, smtp, period, moment=moment)
    except Exception:
        log.exception("the units' own pages of %s failed; the next watch tries again", period)


def _tell_gluts(
    engine: Engine, period: Period, smtp: Transport, moment: datetime, board: str | None
) -> None:
    """The alerts that the report gives, after the report's mails: what fails holds up no report."""
    try:
        glut_alerts.read(engine, period, moment=moment)
        glut_alerts.send(engine, smtp, moment=moment, board=board)
    except Exception:
        log.exception("the alerts of %s could not be told; the next watch tries again", period)


def watch_all(
    open_engine: Callable[[], Engine],
    home: Settings,
    smtp: Transport,
    *,
    kinds: Sequence[str] | None = None,
    moment: datetime,
) -> list[Standing]:
    """``watch`` for each kind of report; a warehouse that does not answer is itself an alarm.

    The alarm is mailed to the addresses known from the last good watch, once an hour; then the error is
    raised, so that the run is red.
    """
    try:
        engine = open_engine()
        alarms.remember_recipients(engine, home.run)
    except (SQLAlchemyError, RuntimeError) as error:  # RuntimeError: the home's own server
        alarms.tell_without_warehouse(
            home.run,
            smtp,
            title="Không kết nối được kho dữ liệu của Lên Sàn",
            detail=f"{type(error).__name__}: the warehouse does not answer; no report can go out. "
            "Next step: `lensan doctor`, then start PostgreSQL (`make warehouse` for the home's own).",
            moment=moment,
        )
        raise
    alarm_files(engine, smtp, moment=moment)
    alarm_requests(engine, smtp, moment=moment)
    found = [
        watch(engine, kind, home.reports, smtp, moment=moment, board=home.board)
        for kind in kinds or plans.kinds()
    ]
    return [standing for standing in found if standing is not None]


def alarm_requests(engine: Engine, smtp: Transport, *, moment: datetime) -> None:
    """Raise an alarm for each request of a person whose term is near or over at ``moment`` (aware), close those of what
    was done; once a term."""
    still = []
    for row in requests.near(engine, moment=moment):
        key, title, detail = requests.alarm_of(row)
        still.append(key)
        alarms.raise_alarm(engine, smtp, key=key, title=title, detail=detail, moment=moment)
    alarms.close_others(engine, "request|", still, moment=moment)


def alarm_core(
    engine: Engine, smtp: Transport, runs: Sequence[judge.Run], *, moment: datetime
) -> None:
    """Raise an alarm for each check of gate core that failed with severity fail, close those that passed."""
    for run in runs:
        if run.gate != "core":
            continue
        prefix = f"quality|core|{run.source or ''}|"
        still = []
        for verdict in run.failed:
            if verdict.check.severity != "fail":
                continue
            still.append(prefix + verdict.check.name)
            places = ", ".join(str(f["field"]) for f in verdict.findings if f.get("field"))
            alarms.raise_alarm(
                engine,
                smtp,
                key=still[-1],
                title=f"Kiểm tra sau khi nhập không đạt: {verdict.check.label}",
                detail=f"{verdict.check.name}: {verdict.failed} rows{f' ({places})' if places else ''}. "
                f"{verdict.check.reason}. Ai xử lý: {verdict.check.mended_by_name}. "
                f"Next step: `lensan quality show {verdict.check.name}`.",
                moment=moment,
            )
        alarms.close_others(engine, prefix, still, moment=moment)


def alarm_files(engine: Engine, smtp: Transport, *, moment: datetime) -> None:
    """Raise an alarm for each file that was refused for a fault of ours within FILES_TOLD_WITHIN before
    ``moment`` (aware): its sender can do nothing, and its figures are missing."""
    with engine.begin() as connection:
        found = warehouse.rows(
            connection, "operations/watching/files_of_ours", since=moment - FILES_TOLD_WITHIN
        )
    titles = {each.source: each.title for each in contracts.contracts().values()}
    keys = [f"file|{row['file_id']}" for row in found]
    for key, row in zip(keys, found, strict=True):
        title = titles.get(row["source"], row["source"])
        alarms.raise_alarm(
            engine,
            smtp,
            key=key,
            title=f"Hệ thống không đọc được một tệp ({title}, tệp số {row['file_id']})",
            detail=f"file {row['file_id']} of {row['source']}: {row['rule']}, {row['detail'] or 'no detail'}. "
            "This is a fault of ours, not of its sender, and its figures are missing. Next step: mend it, then "
            "put the same bytes into the landing root under another name; or enter its figures by hand.",
            moment=moment,
        )
    alarms.close_others(engine, "file|", keys, moment=moment)


def alarm_if_late(engine: Engine, period: Period, smtp: Transport, *, moment: datetime) -> Standing:
    """Alarm what of a period's report is not out at ``moment`` (aware), once per fact whoever asks; a
    new installation owes nothing for the time before it."""
    now = obligations.standing(engine, period)
    if obligations.is_in_operation(engine, period):
        _alarm(engine, smtp, now, moment, {})
    return now


# ---------------------------------------------------------------- what is alarmed about a report


def _alarm(
    engine: Engine,
    smtp: Transport,
    now: Standing,
    moment: datetime,
    danger: dict[str, tuple[str, str]],
) -> None:
    """Raise what is wrong with a report at ``moment`` (aware), once per fact, else its ``danger``; close what
    is over."""
    period = now.period
    prefix = f"report|{period.kind}|{period.name}|"
    found = {**_unreleased(engine, now, moment), **_undelivered(now, moment)}
    found = found or danger
    for fact, (title, detail) in found.items():
        alarms.raise_alarm(
            engine, smtp, key=prefix + fact, title=title, detail=detail, moment=moment
        )
    alarms.close_others(engine, prefix, [prefix + fact for fact in found], moment=moment)


def _unreleased(engine: Engine, now: Standing, moment: datetime) -> dict[str, tuple[str, str]]:
    """Why a report is not published, by fact: title and detail."""
    period = now.period
    due_at, label = period.due_at, wording.period_label(period)
    if now.is_published or moment < period.automatic_release_at:
        return {}
    by_hand = f"`lensan release {period.kind} {period.name} --by NAME`"
    empty = "; ".join(obligations.holds(engine, period))
    if moment >= due_at:
        return {
            "not published": (
                f"Báo cáo {label} chưa phát hành, đã quá hạn {due_at:%H:%M %d/%m/%Y}",
                f"The {period.kind}ly report {period.name} is not published"
                + (f": {empty}" if empty else "")
                + ", and after its deadline nothing is released by itself. Next step: look at the "
                f"DAG {period.kind}ly_report, then {by_hand}.",
            )
        }
    if empty:
        return {
            "nothing in it": (
                f"Báo cáo {label} không tự phát hành: {empty}",
                f"{empty}. An empty report goes out by nobody but a person. Next step: find out why "
                f"nothing came (`lensan status`), then {by_hand} where it is to go out as it is.",
            )
        }
    at = obligations.released_by_itself_at(engine, period)
    if moment >= at:
        return {}
    odd = "; ".join(sorted({row["label"] for row in judge.doubts(engine, period)}))
    return {
        "odd figures": (
            f"Báo cáo {label} chờ duyệt đến {at:%H:%M} vì có số liệu bất thường",
            f"{odd}. Next step: look at the draft, then {by_hand}; at {at:%H:%M} it goes out with the "
            "doubt in its notes.",
        )
    }


def _in_danger(now: Standing, moment: datetime) -> dict[str, tuple[str, str]]:
    """That a report is not out in the last minutes before its deadline, while somebody can still do something:
    from the hour until which odd figures wait."""
    period = now.period
    if now.is_out or not period.doubtful_release_at <= moment < period.due_at:
        return {}
    said = "not published"
    if now.is_published:
        said = f"published; {len(now.undelivered) or 'all'} mails are not sent{_why_none(now)}"
    return {
        "in danger": (
            f"Báo cáo {wording.period_label(period)} chưa đi, hạn lúc {period.due_at:%H:%M}",
            f"{period} is {said}. Next step: `lensan doctor`, then `lensan watchdog`; "
            f"`lensan deliver list {period.kind} {period.name}` shows the mails.",
        )
    }


def _undelivered(now: Standing, moment: datetime) -> dict[str, tuple[str, str]]:
    """What of a published report's mails is not sent, by fact: title and detail."""
    period = now.period
    label = wording.period_label(period)
    due_at = period.due_at
    found: dict[str, tuple[str, str]] = {}
    if now.is_published and moment >= due_at and not now.is_out:
        found["not delivered"] = (
            f"Báo cáo {label} chưa gửi xong, đã quá hạn {due_at:%H:%M %d/%m/%Y}",
            f"{len(now.undelivered) or 'all'} mails of {period} are not sent{_why_none(now)}. "
            f"Next step: `lensan deliver list {period.kind} {period.name}`.",
        )
    for state, said in (("failed", "bị từ chối"), ("unknown", "không rõ đã đến hay chưa")):
        count = sum(row["state"] == state for row in now.undelivered)
        if count:
            found[f"{state} {count}"] = (
                f"Báo cáo {label}: {count} thư {said}",
                f"{count} mails of {period} are {state}. Next step: ask the recipient, then "
                f"`lensan deliver resend` or `lensan deliver confirm {period.kind} {period.name}`.",
            )
    return found


def _why_none(now: Standing) -> str:
    """Why no mail was queued at all."""
    if now.queued:
        return ""
    if not now.wants_mail:
        return (
            ": it was published without mails (a backfill or a run by hand); to mail it: "
            f"lensan release {now.period.kind} {now.period.name} --by NAME"
        )
    return ": it has no recipients (lensan recipients --add …)"
