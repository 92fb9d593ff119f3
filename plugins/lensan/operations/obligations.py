"""The reports that are owed: drafted, released, published, delivered by their deadline.

See docs/rules/reports.md#the-thursday.

Publishing is one act, ``publish``, whoever asks for it: a run, the board, a command, the watchdog.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from gettext import gettext as _
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.periods import Period
from lensan.domain.report_model import Report
from lensan.gates import judge
from lensan.mail import delivery, report_mail
from lensan.mail.transport import Transport
from lensan.reports import (
    building,
    covering,
    figures_json,
    publishing,
    rendering,
    revisions,
    signing,
)
from lensan.reports.publishing import Frozen
from lensan.warehouse import audit

log = logging.getLogger(__name__)
DRAFT_MARK = "du-thao"
NOTHING_IN_IT = {
    "has_units": "danh mục không có địa phương nào trong kỳ này",
    "has_received": "chưa nguồn nào gửi dữ liệu của kỳ này",
    "has_figures": "mọi chỉ tiêu đều trống",
}


class NotOverError(ValueError):
    """A report was to be published whose period has not ended."""

    def __init__(self, period: Period) -> None:
        super().__init__(
            _(
                "{period} ends on {period.last_day:%d/%m/%Y} and is not over: nothing of it is published yet"
            ).format(period=period)
        )


class NotOfPlanError(ValueError):
    """A report was to be published of a period in which its plan is over."""

    def __init__(self, period: Period) -> None:
        super().__init__(
            _("the plan of {period} ended on {day:%d/%m/%Y}: no report of it is owed").format(
                period=period, day=period.plan.end
            )
        )


@dataclass(frozen=True)
class Standing:
    """Where a period's report stands. ``published_at``: its first revision's moment, null while there is
    none. ``released``: released_at, how, released_by, wants_mail. ``undelivered``: mails that are not
    sent, of all revisions."""

    period: Period
    published_at: datetime | None
    released: dict[str, Any] | None
    queued: int
    undelivered: tuple[dict[str, Any], ...]

    @property
    def is_published(self) -> bool:
        """Whether a revision is frozen."""
        return self.published_at is not None

    @property
    def is_out(self) -> bool:
        """Published, and every recipient's mail sent."""
        return self.is_published and self.queued > 0 and not self.undelivered

    @property
    def wants_mail(self) -> bool:
        """Whether somebody released it to be mailed: not so a backfill, nor a run by hand unless asked."""
        return self.released is not None and bool(self.released["wants_mail"])


def standing(engine: Engine, period: Period) -> Standing:
    """Where a period's report stands now."""
    where = {"report_kind": period.kind, "period": period.name}
    with engine.begin() as connection:
        released = warehouse.rows(connection, "operations/obligations/release_of", **where)
        return Standing(
            period,
            warehouse.scalar(connection, "operations/obligations/published_at", **where),
            released[0] if released else None,
            warehouse.scalar(connection, "mail/delivery/count", **where),
            tuple(warehouse.rows(connection, "mail/delivery/open", **where)),
        )


def is_in_operation(engine: Engine, period: Period) -> bool:
    """Whether the report of a period is owed: its plan is not over, and its figures were computed since its draft
    was due, or it was drafted, released or published, or the one before it was published. A new installation owes
    nothing for the time before it."""
    if period.is_after_plan:
        return False
    with engine.begin() as connection:
        return bool(
            warehouse.scalar(
                connection,
                "operations/obligations/is_in_operation",
                report_kind=period.kind,
                period=period.name,
                before=period.previous().name,
                period_start=period.start,
                draft_at=period.draft_at,
            )
        )


# ---------------------------------------------------------------- drafts


def draft(engine: Engine, period: Period, reports: Path, *, moment: datetime) -> Report | None:
    """Build the report and write it, with its covering report, below ``reports``/du-thao for the officer; None once
    published.

    ``moment`` (aware) is the time of building. Building it again replaces the draft.
    """
    if standing(engine, period).is_published:
        return None
    judge_figures(engine, period, moment=moment)
    report = building.build(engine, period, moment=moment)
    files = rendering.render(report) | {covering.file_name(report): covering.build(report)}
    folder = draft_folder(reports, period)
    publishing.own_folder(folder, reports)
    for name, content in files.items():
        part = folder / f".{name}"
        part.write_bytes(content)
        part.chmod(publishing.FILE_MODE)
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
    """The moment (Asia/Ho_Chi_Minh) from which a report goes out without anybody's word: that of the
    automatic release, or the later one where gate figures found something impossible or very odd (docs/decisions/0014-quality-gates.md)."""
    if judge.doubts(engine, period):
        return period.doubtful_release_at
    return period.automatic_release_at


def draft_folder(reports: Path, period: Period) -> Path:
    """Where a period's draft lies."""
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


# ---------------------------------------------------------------- release


def not_yet(engine: Engine, period: Period, *, by: str, reason: str, moment: datetime) -> None:
    """Note that an officer does not want a report released yet, and why. It goes out at the moment of the
    automatic release nevertheless: the deadline wins."""
    with engine.begin() as connection:
        where = {"report_kind": period.kind, "period": period.name}
        if warehouse.rows(
            connection,
            "operations/obligations/not_yet_keep",
            **where,
            moment=moment,
            said_by=by,
            reason=reason,
        ):
            audit.record(
                connection,
                actor=by,
                action="report.not_yet",
                subject=f"{period.kind} {period.name}",
                detail={"reason": reason},
                moment=moment,
            )


def said_not_yet(engine: Engine, period: Period) -> dict[str, Any] | None:
    """The last such word (said_at, said_by, reason); null where nobody said one."""
    with engine.begin() as connection:
        found = warehouse.rows(
            connection,
            "operations/obligations/not_yet_last",
            report_kind=period.kind,
            period=period.name,
        )
    return found[0] if found else None


def holds(engine: Engine, period: Period) -> list[str]:
    """Why a report is not released without a person's word whatever the hour: there is nothing in it.
    Empty where there is something. The figures are those computed last."""
    with engine.begin() as connection:
        found = warehouse.rows(
            connection,
            "operations/obligations/substance",
            report_kind=period.kind,
            period_start=period.start,
            last_day=period.last_day,
            newest_on=period.due_day,
        )[0]
    return [said for key, said in NOTHING_IN_IT.items() if not found[key]]


def publish(
    engine: Engine,
    period: Period,
    reports: Path,
    *,
    how: str,
    by: str | None = None,
    wants_mail: bool = True,
    moment: datetime,
) -> Frozen:
    """Note who released a period's report, then publish it from what there is.

    ``how``: officer, operator or automatic; ``wants_mail``: whether it is to be mailed, which the watchdog
    sees to as well. The first word counts, a second changes nothing. Safe to repeat and to run twice at
    once. Raises NotOverError for a period that has not ended at ``moment`` (aware), NotOfPlanError for one in which the
    plan is over.
    """
    if moment < period.ends_at:
        raise NotOverError(period)
    if period.is_after_plan:
        raise NotOfPlanError(period)
    if not standing(engine, period).is_published:
        judge_figures(engine, period, moment=moment)
        # Before publishing: a report that was published and whose release nobody noted would never be
        # mailed by the watchdog, which leaves alone what nobody released.
        with engine.begin() as connection:
            noted = warehouse.rows(
                connection,
                "operations/obligations/release_record",
                report_kind=period.kind,
                period=period.name,
                moment=moment,
                how=how,
                released_by=by,
                wants_mail=wants_mail,
            )
            if noted:
                audit.record(
                    connection,
                    actor=by or audit.SYSTEM,
                    action="report.release",
                    subject=f"{period.kind} {period.name}",
                    detail={"how": how, "mails": wants_mail},
                    moment=moment,
                )
        log.info("%s is released: %s", period, how)
    return publishing.freeze(engine, period, reports, moment=moment)


def release_by_itself(
    engine: Engine,
    period: Period,
    reports: Path,
    *,
    moment: datetime,
    wants_mail: bool = True,
) -> Frozen | None:
    """Publish a report that nobody has released, where the schedule owes it; null where it does not.

    It is owed from the hour of the automatic release on, and never after its due moment, nor while there
    is nothing in it (``holds``): those wait for a person. ``moment`` (aware) is now. What somebody had
    released and could not be published is published at any time.
    """
    now = standing(engine, period)
    if not now.is_published and now.released is None:
        if not period.automatic_release_at <= moment < period.due_at:
            return None
        judge_figures(engine, period, moment=moment)
        if moment < released_by_itself_at(engine, period) or holds(engine, period):
            return None
    return publish(engine, period, reports, how="automatic", wants_mail=wants_mail, moment=moment)


# ---------------------------------------------------------------- mails


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
    mailed, is_unsigned = signing.to_mail(engine, files)
    return delivery.deliver_report(
        engine,
        report,
        mailed,
        partial(report_mail.message, is_unsigned=is_unsigned),
        smtp,
        moment=moment,
        deadline=period.due_at if is_patient else None,
    )


def send_pending(
    engine: Engine, period: Period, revision: int, smtp: Transport, *, moment: datetime
) -> None:
    """One attempt at each mail of a revision that is pending; nobody is queued who was not. Raises
    LookupError when that revision was not published."""
    report, files = publishing.load(engine, period, revision)
    mailed, is_unsigned = signing.to_mail(engine, files)
    message = report_mail.message(report, mailed, is_unsigned=is_unsigned)
    delivery.send_pending(engine, report, message, smtp, moment=moment)


# ---------------------------------------------------------------- signatures


def to_be_signed(engine: Engine, period: Period, reports: Path) -> dict[str, bytes]:
    """The PDFs that a signature of a period's report may stand on, by name, the newest first: of the published
    revisions, of one that waits for release its draft. None: there is neither."""
    with engine.begin() as connection:
        numbers = [each.number for each in revisions.published(connection, period)]
    if not numbers:
        folder = draft_folder(reports, period)
        return {path.name: path.read_bytes() for path in folder.glob(f"{DRAFT_MARK}-*.pdf")}
    found: dict[str, bytes] = {}
    for number in reversed(numbers):
        _report, files = publishing.load(engine, period, number)
        found |= {name: content for name, content in files.items() if name.endswith(".pdf")}
    return found
