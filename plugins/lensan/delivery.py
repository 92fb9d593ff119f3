"""One mail per report, revision and recipient: a ledger in ops.delivery over smtplib.

A row is written before anything is sent and settled after it. A mail whose outcome nobody can know
(the connection broke after DATA began, the sender died) becomes ``unknown``: it is shown, and only a
person sends it again. See spec/trust.md.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.figures import Report

log = logging.getLogger(__name__)
ABANDONED_AFTER = timedelta(minutes=30)
DOMAIN = "lensan.quangninh.gov.vn"


@dataclass(frozen=True)
class SmtpServer:
    """Where mails go out. ``use_ssl``: TLS from the start; ``starttls``: upgraded before login."""

    host: str
    port: int
    login: str | None = None
    password: str | None = None
    use_ssl: bool = False
    starttls: bool = False
    sender: str = f"bao-cao@{DOMAIN}"
    timeout_s: float = 30.0


Builder = Callable[[Report, Mapping[str, bytes]], EmailMessage]


def message_id(kind: str, period: str, revision: int, recipient: str) -> str:
    """Derived from report, revision and recipient: the same for every attempt, unique otherwise."""
    digest = hashlib.sha256(f"{kind}|{period}|{revision}|{recipient}".encode()).hexdigest()[:32]
    return f"<{kind}.{period}.{revision}.{digest}@{DOMAIN}>"


def queue(engine: Engine, report: Report, *, moment: datetime) -> int:
    """Write a pending row for each active recipient that has none; returns the recipients' number."""
    where = _where(report)
    with engine.begin() as connection:
        recipients = warehouse.rows(
            connection, "ops/delivery_recipients", report_kind=report.period.kind
        )
        warehouse.insert_rows(
            connection,
            "ops/delivery_queue",
            [
                {
                    **where, "recipient": r["address"], "role": r["role"], "moment": moment,
                    "message_id": message_id(*where.values(), r["address"]),
                }
                for r in recipients
            ],
        )
    return len(recipients)


def _where(report: Report) -> dict[str, Any]:
    return {
        "report_kind": report.period.kind,
        "period": report.period.name,
        "revision": report.revision,
    }


def deliver_report(
    engine: Engine,
    report: Report,
    files: Mapping[str, bytes],
    build: Builder,
    smtp: SmtpServer,
    *,
    moment: datetime,
) -> dict[str, int]:
    """Queue the report for its recipients and send what is pending; returns counts by state.

    Safe to repeat and to run twice at once. A server that is down or answers 4xx leaves mails pending
    (DeliveryPending is raised, so that the caller tries again later); a refused recipient does not
    stop the others.
    """
    queue(engine, report, moment=moment)
    where = _where(report)
    with engine.begin() as connection:
        for row in warehouse.rows(
            connection, "ops/delivery_abandoned", **where, moment=moment, before=moment - ABANDONED_AFTER
        ):
            log.warning("delivery of %s to %s is unknown: a person must decide", report.period, row["recipient"])
    message = build(report, files)
    tried: list[str] = []
    while True:
        with engine.begin() as connection:
            claimed = warehouse.rows(
                connection, "ops/delivery_claim", **where, moment=moment, already_tried=tried
            )
        if not claimed:
            break
        row = claimed[0]
        tried.append(row["recipient"])
        state, error = send(smtp, message, row["recipient"], row["role"], row["message_id"], moment)
        with engine.begin() as connection:
            warehouse.run(
                connection, "ops/delivery_settle", **where, recipient=row["recipient"],
                state=state, error=error, moment=moment,
            )
        log.info("delivery of %s to one recipient: %s", report.period, state)
    counts: dict[str, int] = {}
    for row in states(engine, report):
        counts[row["state"]] = counts.get(row["state"], 0) + 1
    if counts.get("pending"):
        raise DeliveryPending(f"{counts['pending']} mails of {report.period} are still pending: {counts}")
    return counts


class DeliveryPending(RuntimeError):
    """Mails are still to be sent: the server was down or asked to try again later."""


def states(engine: Engine, report: Report) -> list[dict[str, Any]]:
    with engine.begin() as connection:
        return warehouse.rows(connection, "ops/delivery_states", **_where(report))


def resend(engine: Engine, report: Report, recipient: str, *, moment: datetime) -> bool:
    """Make a failed, unknown or sent mail pending again, on a person's request."""
    with engine.begin() as connection:
        return bool(
            warehouse.rows(
                connection, "ops/delivery_resend", **_where(report), recipient=recipient, moment=moment
            )
        )


def send(
    smtp: SmtpServer,
    message: EmailMessage,
    recipient: str,
    role: str,
    identity: str,
    moment: datetime,
) -> tuple[str, str | None]:
    """One SMTP dialogue for one recipient → (state, error). ``moment`` (aware) is the mail's Date."""
    mail = addressed(message, smtp.sender, recipient, role, identity, moment)
    handed_over = False
    try:
        with _connect(smtp) as server:
            code, answer = server.mail(smtp.sender)
            if code >= 400:
                return _refused(code, answer)
            code, answer = server.rcpt(recipient)
            if code >= 400:
                return _refused(code, answer)
            handed_over = True
            code, answer = server.data(mail.as_bytes())
            if code >= 400:
                return _refused(code, answer)
            return "sent", None
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, error.smtp_error)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        text = f"{type(error).__name__}: {error}"[:500]
        return ("unknown", text) if handed_over else ("pending", text)


def _refused(code: int, answer: bytes | str) -> tuple[str, str]:
    """4xx: to be tried again; 5xx: refused for good."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return ("pending" if code < 500 else "failed"), f"{code} {text}"[:500]


class _connect:  # noqa: N801
    """An SMTP session; its QUIT may fail without changing what was answered before."""

    def __init__(self, smtp: SmtpServer) -> None:
        self._smtp = smtp

    def __enter__(self) -> smtplib.SMTP:
        smtp = self._smtp
        context = ssl.create_default_context()
        if smtp.use_ssl:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                smtp.host, smtp.port, timeout=smtp.timeout_s, context=context
            )
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout_s)
        self._server = server
        try:
            server.ehlo_or_helo_if_needed()
            if smtp.starttls:
                server.starttls(context=context)
                server.ehlo()
            if smtp.login:
                server.login(smtp.login, smtp.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def __exit__(self, *details: object) -> None:
        try:
            self._server.quit()
        except (OSError, smtplib.SMTPException):
            self._server.close()


def addressed(
    message: EmailMessage, sender: str, recipient: str, role: str, identity: str, moment: datetime
) -> EmailMessage:
    """A copy of the message for one recipient. A bcc recipient stands in no header."""
    import copy

    mail = copy.deepcopy(message)
    for name in ("From", "To", "Cc", "Date", "Message-ID"):
        del mail[name]
    mail["From"] = Address("Sở Thông tin và Truyền thông Quảng Ninh", addr_spec=sender)
    if role == "to":
        mail["To"] = Address(addr_spec=recipient)
    elif role == "cc":
        mail["Cc"] = Address(addr_spec=recipient)
    mail["Date"] = moment
    mail["Message-ID"] = identity
    return mail


# ---------------------------------------------------------------- recipients

def recipients(engine: Engine) -> list[dict[str, Any]]:
    with engine.begin() as connection:
        return warehouse.rows(connection, "ops/recipients")


def add_recipient(engine: Engine, kind: str, role: str, address: str, name: str | None = None) -> None:
    """Raises ValueError when the address is none."""
    try:
        Address(addr_spec=address)
    except Exception as error:
        raise ValueError(f"{address!r} is no e-mail address") from error
    if "@" not in address:
        raise ValueError(f"{address!r} is no e-mail address")
    with engine.begin() as connection:
        warehouse.run(
            connection, "ops/recipient_add", report_kind=kind, role=role, address=address, name=name
        )


def remove_recipient(engine: Engine, kind: str, address: str) -> bool:
    with engine.begin() as connection:
        return bool(warehouse.rows(connection, "ops/recipient_remove", report_kind=kind, address=address))


def ensure_recipients(engine: Engine, kinds: Iterable[str], address: str) -> None:
    """Give kinds without any recipient one, so that a fresh home's report goes to its mail catcher."""
    known = {row["report_kind"] for row in recipients(engine)}
    for kind in kinds:
        if kind not in known:
            add_recipient(engine, kind, "to", address, "Hộp thư thử")
