"""A report's mails: one per revision and recipient, tried until the deadline (docs/rules/reports.md#delivery)."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from gettext import gettext as _
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods
from lensan.domain.report_model import Report
from lensan.mail import ledger, letter, recipients
from lensan.mail.ledger import Owed
from lensan.mail.transport import Transport
from lensan.warehouse import audit

FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
Builder = Callable[[Report, Mapping[str, bytes]], EmailMessage]


class DeliveryPendingError(RuntimeError):
    """Mails are still to be sent: the server was down or asked to try again later."""


def message_id(report_kind: str, period: str, revision: int, recipient: str) -> str:
    """Derived from report, revision and recipient: the same for every attempt, unique otherwise.

    Short enough that no mail program folds the header.
    """
    digest = hashlib.sha256(f"{report_kind}|{period}|{revision}|{recipient}".encode()).hexdigest()
    domain = letter.office_at(periods.parse(report_kind, period).due_at).mail_domain
    return f"<{report_kind}.{period}.{revision}.{digest[:20]}@{domain}>"


def queue(engine: Engine, report: Report, *, moment: datetime) -> int:
    """Write a pending row for each active recipient that has none; returns the recipients' number."""
    where = _where(report)
    active = recipients.active(engine, report.period.kind)
    owed = [
        Owed(
            _fact(report),
            "report",
            address,
            message_id(**where, recipient=address),
            role=role,
            **where,
        )
        for address, role in active
    ]
    ledger.queue(engine, owed, moment=moment)
    return len(active)


def _where(report: Report) -> dict[str, Any]:
    return {
        "report_kind": report.period.kind,
        "period": report.period.name,
        "revision": report.revision,
    }


def _fact(report: Report) -> str:
    return ledger.fact_of("report", *_where(report).values())


def deliver_report(
    engine: Engine,
    report: Report,
    files: Mapping[str, bytes],
    build: Builder,
    transport: Transport,
    *,
    moment: datetime,
    deadline: datetime | None = None,
    sleep: Callable[[float], None] = time.sleep,
    stopwatch: Callable[[], float] = time.monotonic,
) -> dict[str, int]:
    """Queue the report for its recipients and send what is pending; returns counts by state.

    Safe to repeat and to run twice at once. A server that is down or answers 4xx is tried again with
    growing pauses until ``deadline`` (aware; without one there is a single round), then
    DeliveryPendingError is raised for the caller to alarm or come again. A refused recipient does not
    stop the others. ``moment`` (aware) is now; the stopwatch only adds what passes after it.
    """
    queue(engine, report, moment=moment)
    message = build(report, files)
    started, pause = stopwatch(), FIRST_PAUSE_S
    while True:
        now = moment + timedelta(seconds=stopwatch() - started)
        send_pending(engine, report, message, transport, moment=now)
        counts = Counter(row["state"] for row in states(engine, report))
        if not counts["pending"]:
            return dict(counts)
        if deadline is None or now + timedelta(seconds=pause) > deadline:
            raise DeliveryPendingError(
                _("{pending} mails of {period} are still pending: {states}").format(
                    pending=counts["pending"], period=report.period, states=dict(counts)
                )
            )
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


def send_pending(
    engine: Engine,
    report: Report,
    message: EmailMessage,
    transport: Transport,
    *,
    moment: datetime,
) -> dict[str, str]:
    """One attempt at each pending mail of a report; returns the states of those tried, by recipient."""
    return ledger.send_waiting(engine, transport, _fact(report), message, moment=moment)


def states(engine: Engine, report: Report) -> list[dict[str, Any]]:
    """The ledger of a report: a row per recipient."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "mail/delivery/states", **_where(report))


def resend(
    engine: Engine, report: Report, recipient: str, *, moment: datetime, by: str = audit.SYSTEM
) -> bool:
    """Make a failed, unknown or sent mail pending again, on a person's request; False: there is none."""
    return _decide(engine, "resend", report, recipient, moment, by)


def confirm(
    engine: Engine, report: Report, recipient: str, *, moment: datetime, by: str = audit.SYSTEM
) -> bool:
    """Note that a mail of unknown outcome has arrived, as a person found out; False: there is none."""
    return _decide(engine, "confirm", report, recipient, moment, by)


def _decide(
    engine: Engine, what: str, report: Report, recipient: str, moment: datetime, by: str
) -> bool:
    return ledger.decide(
        engine,
        what,
        _fact(report),
        recipient,
        subject=f"{report.period.kind} {report.period.name}",
        detail={"revision": report.revision},
        moment=moment,
        by=by,
    )
