"""The reports that are owed: drafted, released, published, delivered by their deadline.

See docs/rules/reports.md#the-thursday.

The obligation is watched, not a run: whatever runs or does not, ``watch`` asks whether the report is out,
sends it when nobody else did in time, and alarms.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from lensan import warehouse
from lensan.domain import periods, report_forms
from lensan.domain.periods import Kind, Period
from lensan.domain.report_model import Report
from lensan.domain.settings import Settings
from lensan.gates import judge
from lensan.mail import alarms, delivery, report_mail
from lensan.mail.delivery import DeliveryPendingError
from lensan.mail.transport import Transport
from lensan.reports import building, figures_json, publishing, rendering, revisions, wording
from lensan.reports.publishing import Frozen
from lensan.warehouse import audit

log = logging.getLogger(__name__)
SENT_LATE_WITHIN = timedelta(days=3)
"""A report missed by more is left to an operator: an installation may have been off for months."""
DRAFT_MARK = "du-thao"


@dataclass(frozen=True)
class Standing:
    """Where a period's report stands. ``undelivered``: mails that are not sent, of all revisions."""

    period: Period
    is_published: bool
    released: dict[str, Any] | None
    queued: int
    undelivered: tuple[dict[str, Any], ...]

    @property
    def is_out(self) -> bool:
        """Published, and every recipient's mail sent."""
        return self.is_published and self.queued > 0 and not self.undelivered


def standing(engine: Engine, period: Period) -> Standing:
    where = {"report_kind": period.kind, "period": period.name}
    with engine.begin() as connection:
        released = warehouse.rows(connection, "operations/obligations/release_of", **where)
        return Standing(
            period,
            bool(revisions.published(connection, period)),
            released[0] if released else None,
            warehouse.scalar(connection, "mail/delivery/count", **where),
            tuple(warehouse.rows(connection, "mail/delivery/open", **where)),
        )


def draft(engine: Engine, period: Period, reports: Path, *, moment: datetime) -> Report | None:
    """Build the report and write it below ``reports``/du-thao for the officer; None once published.

    ``moment`` (aware) is the time of building. Building it again replaces the draft.
    """
    if standing(engine, period).is_published:
        return None
    judge_figures(engine, period, moment=moment)
    report = building.build(engine, period, moment=moment)
    files = rendering.render(report)
    folder = draft_folder(reports, period)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        part = folder / f".{name}"
        part.write_bytes(content)
        part.replace(folder / f"{DRAFT_MARK}-{name}")
    with engine.begin() as connection:
        warehouse.run(
            connection,
            "operations/obligations/draft_keep",
            report_kind=period.kind,
            period=period.name,
            built_at=moment,
            known_until=warehouse.scalar(connection, "figures/adjusting/last_arrival"),
            figures_sha256=hashlib.sha256(figures_json.dump(report)).hexdigest(),
        )
    return report


def judge_figures(engine: Engine, period: Period, *, moment: datetime) -> None:
    """Have gate figures judge what is known now, where it has not. A gate that breaks stops no report."""
    try:
        judge.judge_figures_once(engine, period, moment=moment)
    except Exception:
        log.exception("the figures of %s could not be judged; the report goes on", period)


def released_by_itself_at(engine: Engine, period: Period) -> datetime:
    """The moment (Asia/Ho_Chi_Minh) from which a report goes out without anybody's word: 13:30, or 13:45
    where gate figures found something impossible or very odd (docs/decisions/0014-quality-gates.md)."""
    form = report_forms.form(period.kind)
    if judge.doubts(engine, period):
        return form.doubtful_release_at(period)
    return form.automatic_release_at(period)


def draft_folder(reports: Path, period: Period) -> Path:
    return reports / DRAFT_MARK / period.kind / period.name


def renew_drafts(engine: Engine, reports: Path, *, moment: datetime) -> list[str]:
    """Build again the drafts that wait for release where something has arrived since; their names."""
    with engine.begin() as connection:
        waiting = warehouse.rows(connection, "operations/obligations/drafts")
        known = warehouse.scalar(connection, "figures/adjusting/last_arrival")
    done = []
    for row in waiting:
        period = periods.parse(row["report_kind"], row["period"])
        if known is not None and row["known_until"] != known and moment < period.due_at:
            draft(engine, period, reports, moment=moment)
            done.append(str(period))
    return done


def publish(
    engine: Engine,
    period: Period,
    reports: Path,
    *,
    how: str,
    by: str | None = None,
    moment: datetime,
) -> Frozen:
    """Note who released a period's report, then publish it from what there is.

    ``how``: officer, operator or automatic; the first word counts, a second changes nothing. Safe to
    repeat and to run twice at once.
    """
    if not standing(engine, period).is_published:
        judge_figures(engine, period, moment=moment)
        # Before publishing: a report that was published and whose release nobody noted would never be
        # mailed by the watchdog, which leaves alone what a backfill published.
        with engine.begin() as connection:
            noted = warehouse.rows(
                connection,
                "operations/obligations/release_record",
                report_kind=period.kind,
                period=period.name,
                moment=moment,
                how=how,
                released_by=by,
            )
            if noted:
                audit.record(
                    connection,
                    actor=by or audit.SYSTEM,
                    action="report.release",
                    subject=f"{period.kind} {period.name}",
                    detail={"how": how},
                    moment=moment,
                )
        log.info("%s is released: %s", period, how)
    return publishing.freeze(engine, period, reports, moment=moment)


def deliver(
    engine: Engine,
    period: Period,
    smtp: Transport,
    *,
    moment: datetime,
    is_patient: bool = True,
) -> dict[str, int]:
    """Mail the last revision of a period once per recipient; returns mails by state.

    What is pending is tried again with growing pauses until the deadline (a single round after it, or
    when not ``is_patient``); then DeliveryPendingError. Raises LookupError when nothing was published.
    """
    report, files = publishing.load(engine, period)
    return delivery.deliver_report(
        engine,
        report,
        files,
        report_mail.message,
        smtp,
        moment=moment,
        deadline=report_forms.form(period.kind).due_at(period) if is_patient else None,
    )


def send_pending(
    engine: Engine, period: Period, revision: int, smtp: Transport, *, moment: datetime
) -> None:
    """One attempt at each mail of a revision that is pending; nobody is queued who was not. Raises
    LookupError when that revision was not published."""
    report, files = publishing.load(engine, period, revision)
    delivery.send_pending(engine, report, report_mail.message(report, files), smtp, moment=moment)


def watch(
    engine: Engine, kind: Kind, reports: Path, smtp: Transport, *, moment: datetime
) -> Standing | None:
    """See to the report of the last period that has ended; None: none is owed.

    From the hour of automatic release on (13:30 of the due day; where its figures are doubtful 13:45, and
    an alarm says so meanwhile) it is published with what there is and mailed, whether or not any run exists; what is pending is tried again; from the deadline on (14:00)
    whatever is not out is alarmed, and at any time a mail that failed or whose outcome is unknown.
    ``moment`` (aware) is now.
    """
    period = periods.due_at_or_before(kind, moment)
    form = report_forms.form(kind)
    if period.is_before_plan or moment < form.draft_at(period):
        return None
    now = standing(engine, period)
    due_at = form.due_at(period)
    if not is_in_operation(engine, period):
        return None
    pending = any(row["state"] == "pending" for row in now.undelivered)
    unsent = not now.is_published or pending or (now.released is not None and not now.queued)
    is_time = form.automatic_release_at(period) <= moment <= due_at + SENT_LATE_WITHIN
    waits = False
    if is_time and unsent and not now.is_published and now.released is None:
        judge_figures(engine, period, moment=moment)
        waits = moment < released_by_itself_at(engine, period)
    if is_time and unsent and not waits:
        try:
            publish(engine, period, reports, how="automatic", moment=moment)
            # One round: the watchdog itself comes again in five minutes.
            deliver(engine, period, smtp, moment=moment, is_patient=False)
        except DeliveryPendingError as error:
            log.warning("%s", error)
        now = standing(engine, period)
    _alarm(engine, smtp, now, due_at, moment, waits=waits)
    return now


def watch_all(
    open_engine: Callable[[], Engine],
    home: Settings,
    smtp: Transport,
    *,
    kinds: Sequence[Kind] = ("week", "month"),
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
    found = [watch(engine, kind, home.reports, smtp, moment=moment) for kind in kinds]
    return [standing for standing in found if standing is not None]


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


def alarm_if_late(engine: Engine, period: Period, smtp: Transport, *, moment: datetime) -> Standing:
    """Alarm what of a period's report is not out at ``moment`` (aware), once per fact whoever asks; a
    new installation owes nothing for the time before it."""
    now = standing(engine, period)
    if is_in_operation(engine, period):
        _alarm(engine, smtp, now, report_forms.form(period.kind).due_at(period), moment)
    return now


def is_in_operation(engine: Engine, period: Period) -> bool:
    """Whether the report of a period is owed: it was drafted, released or published, or the one before it
    was published. A new installation owes nothing for the time before it."""
    with engine.begin() as connection:
        return bool(
            warehouse.scalar(
                connection,
                "operations/obligations/is_in_operation",
                report_kind=period.kind,
                period=period.name,
                before=period.previous().name,
            )
        )


def _alarm(
    engine: Engine,
    smtp: Transport,
    now: Standing,
    due_at: datetime,
    moment: datetime,
    *,
    waits: bool = False,
) -> None:
    period = now.period
    found: dict[str, tuple[str, str]] = {}
    prefix = f"report|{period.kind}|{period.name}|"
    label = wording.period_label(period)
    if waits:
        odd = sorted({row["label"] for row in judge.doubts(engine, period)})
        at = report_forms.form(period.kind).doubtful_release_at(period)
        found["odd figures"] = (
            f"Báo cáo {label} chờ duyệt đến {at:%H:%M} vì có số liệu bất thường",
            "; ".join(odd)
            + f". Next step: look at the draft, then `lensan release {period.kind} {period.name} "
            f"--by NAME`; at {at:%H:%M} it goes out with the doubt in its notes.",
        )
    if moment >= due_at and not now.is_published:
        found["not published"] = (
            f"Báo cáo {label} chưa phát hành, đã quá hạn {due_at:%H:%M %d/%m/%Y}",
            f"The {period.kind}ly report {period.name} is not published. Next step: look at the DAG "
            f"{period.kind}ly_report, then `lensan release {period.kind} {period.name} --by NAME`.",
        )
    elif moment >= due_at and not now.is_out:
        found["not delivered"] = (
            f"Báo cáo {label} chưa gửi xong, đã quá hạn {due_at:%H:%M %d/%m/%Y}",
            f"{len(now.undelivered) or 'all'} mails of {period} are not sent"
            + ("" if now.queued else ": it has no recipients (lensan recipients --add …)")
            + f". Next step: `lensan deliver list {period.kind} {period.name}`.",
        )
    for state, said in (("failed", "bị từ chối"), ("unknown", "không rõ đã đến hay chưa")):
        count = sum(row["state"] == state for row in now.undelivered)
        if count:
            found[f"{state} {count}"] = (
                f"Báo cáo {label}: {count} thư {said}",
                f"{count} mails of {period} are {state}. Next step: ask the recipient, then "
                f"`lensan deliver resend` or `lensan deliver confirm {period.kind} {period.name}`.",
            )
    for fact, (title, detail) in found.items():
        alarms.raise_alarm(
            engine, smtp, key=prefix + fact, title=title, detail=detail, moment=moment
        )
    alarms.close_others(engine, prefix, [prefix + fact for fact in found], moment=moment)
