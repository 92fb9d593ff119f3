"""One mail per report, revision and recipient: a ledger in ops.delivery over smtplib.

A row is written before anything is sent, claimed in a committed transaction of its own, and settled
after the SMTP dialogue. A mail whose outcome nobody can know (the connection broke after its last
byte was handed over, the sender died) becomes ``unknown``: it is shown, and only a person sends it
again. See docs/rules/trust.md#promises.
"""

from __future__ import annotations

import copy
import hashlib
import logging
import re
import smtplib
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.header import Header
from email.headerregistry import Address, Group
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from lensan import warehouse
from lensan.domain.report_model import Report
from lensan.warehouse import audit

log = logging.getLogger(__name__)
DOMAIN = "lensan.quangninh.gov.vn"
SENDER_NAME = "Sở Thông tin và Truyền thông tỉnh Quảng Ninh"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 300.0
SETTLE_PAUSES_S = (0.0, 1.0, 5.0, 15.0)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class _Wire(policy.EmailPolicy):
    """Mails as they travel. Subjects are folded by the older code of Python's e-mail package: the newer
    drops a blank where a line ends between two words that are both encoded (``Báo cáotuần``)."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        text = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {text}{self.linesep}".encode("ascii")


WIRE = _Wire(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True)
class SmtpServer:
    """Where mails go out. ``use_ssl``: TLS from the start; ``starttls``: upgraded before login.

    ``accept_timeout_s``: how long the server may think once it has the whole mail (RFC 5321 asks for
    ten minutes; giving up early makes outcomes unknown).
    """

    host: str
    port: int
    login: str | None = None
    password: str | None = None
    use_ssl: bool = False
    starttls: bool = False
    sender: str = f"bao-cao@{DOMAIN}"
    timeout_s: float = 30.0
    accept_timeout_s: float = 600.0


Builder = Callable[[Report, Mapping[str, bytes]], EmailMessage]


class DeliveryPendingError(RuntimeError):
    """Mails are still to be sent: the server was down or asked to try again later."""


def message_id(report_kind: str, period: str, revision: int, recipient: str) -> str:
    """Derived from report, revision and recipient: the same for every attempt, unique otherwise.

    Short enough that no mail program folds the header.
    """
    digest = hashlib.sha256(f"{report_kind}|{period}|{revision}|{recipient}".encode()).hexdigest()
    return f"<{report_kind}.{period}.{revision}.{digest[:20]}@{DOMAIN}>"


def queue(engine: Engine, report: Report, *, moment: datetime) -> int:
    """Write a pending row for each active recipient that has none; returns the recipients' number."""
    where = _where(report)
    with engine.begin() as connection:
        active = warehouse.rows(
            connection, "mail/delivery/delivery_recipients", report_kind=report.period.kind
        )
        warehouse.insert_rows(
            connection,
            "mail/delivery/queue",
            [
                {
                    **where,
                    "recipient": row["address"],
                    "role": row["role"],
                    "moment": moment,
                    "message_id": message_id(**where, recipient=row["address"]),
                }
                for row in active
            ],
        )
    return len(active)


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
        send_pending(engine, report, message, smtp, moment=now)
        counts = Counter(row["state"] for row in states(engine, report))
        if not counts["pending"]:
            return dict(counts)
        if deadline is None or now + timedelta(seconds=pause) > deadline:
            raise DeliveryPendingError(
                f"{counts['pending']} mails of {report.period} are still pending: {dict(counts)}"
            )
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


def send_pending(
    engine: Engine, report: Report, message: EmailMessage, smtp: SmtpServer, *, moment: datetime
) -> list[tuple[str, str]]:
    """One attempt at each pending mail of a report; returns (recipient, state) of each."""
    where = _where(report)
    outcomes: list[tuple[str, str]] = []
    with engine.connect() as session:
        with session.begin():
            gone = warehouse.rows(session, "mail/delivery/abandoned", **where, moment=moment)
        if gone:
            log.warning(
                "%d mails of %s are unknown: a person must decide", len(gone), report.period
            )
        addressees = states(engine, report)
        while True:
            with session.begin():
                tried = [recipient for recipient, _ in outcomes]
                claimed = warehouse.rows(
                    session, "mail/delivery/claim", **where, moment=moment, already_tried=tried
                )
                for row in claimed:
                    warehouse.run(session, "mail/delivery/hold", message_id=row["message_id"])
            if not claimed:
                return outcomes
            row = claimed[0]
            mail = addressed(message, smtp.sender, addressees, row, moment)
            state, error = send(smtp, mail, row["recipient"])
            _settle(
                engine,
                **where,
                recipient=row["recipient"],
                attempts=row["attempts"],
                state=state,
                error=error,
                moment=moment,
            )
            with session.begin():
                warehouse.run(session, "mail/delivery/release", message_id=row["message_id"])
            outcomes.append((row["recipient"], state))
            log.info("delivery of %s to one recipient: %s", report.period, state)


def _settle(engine: Engine, **values: Any) -> None:
    """On a connection of its own, more than once: what was sent must be known even where the
    warehouse restarted meanwhile."""
    for number, pause in enumerate(SETTLE_PAUSES_S, 1):
        time.sleep(pause)
        try:
            with engine.begin() as connection:
                warehouse.run(connection, "mail/delivery/settle", **values)
            return
        except OperationalError:
            if number == len(SETTLE_PAUSES_S):
                raise


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
    with engine.begin() as connection:
        where = {**_where(report), "recipient": normal(recipient), "moment": moment}
        if not warehouse.rows(connection, f"mail/delivery/{what}", **where):
            return False
        audit.record(
            connection,
            actor=by,
            action=f"delivery.{what}",
            subject=f"{report.period.kind} {report.period.name}",
            detail={"revision": report.revision, "recipient": where["recipient"]},
            moment=moment,
        )
    return True


def send(smtp: SmtpServer, mail: EmailMessage, recipient: str) -> tuple[str, str | None]:
    """One SMTP dialogue for one recipient → (state, error).

    ``pending`` where the server certainly has no mail and another attempt may help; ``failed`` where
    it refused this mail or recipient for good; ``unknown`` from the moment the last byte was handed
    over until an answer came.
    """
    content = re.sub(rb"(?m)^\.", b"..", mail.as_bytes(policy=WIRE))
    handed_over = False
    try:
        with _session(smtp) as server:
            code, answer = server.mail(smtp.sender)
            if code >= 400:
                # The sender is ours, not this recipient's fault: mended settings may still help.
                return "pending", _text(code, answer)
            code, answer = server.rcpt(recipient)
            if code >= 400:
                return _refused(code, answer)
            code, answer = server.docmd("DATA")
            if code != 354:
                return _refused(code, answer)
            # Without the closing dot the server must not take the mail, so a connection that breaks
            # before it leaves no doubt.
            server.send(content)
            if server.sock is not None:
                server.sock.settimeout(smtp.accept_timeout_s)
            handed_over = True
            server.send(b".\r\n")
            code, answer = server.getreply()
            return ("sent", None) if code < 400 else _refused(code, answer)
    except (OSError, smtplib.SMTPException) as error:
        text = f"{type(error).__name__}: {error}"[:500]
        return ("unknown", text) if handed_over else ("pending", text)


def _refused(code: int, answer: bytes | str) -> tuple[str, str]:
    """4xx: to be tried again; 5xx: refused for good."""
    return ("pending" if code < 500 else "failed"), _text(code, answer)


def _text(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {text}"[:500]


@contextmanager
def _session(smtp: SmtpServer) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted and logged-in session; its end cannot change what was answered before."""
    context = ssl.create_default_context()
    name = smtp.sender.rpartition("@")[2] or "localhost"
    if smtp.use_ssl:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            smtp.host, smtp.port, local_hostname=name, timeout=smtp.timeout_s, context=context
        )
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, local_hostname=name, timeout=smtp.timeout_s)
    try:
        server.ehlo_or_helo_if_needed()
        if smtp.starttls:
            server.starttls(context=context)
            server.ehlo()
        if smtp.login:
            server.login(smtp.login, smtp.password or "")
        yield server
    finally:
        try:
            if server.sock is not None:
                server.sock.settimeout(smtp.timeout_s)
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def addressed(
    message: EmailMessage,
    sender: str,
    addressees: Iterable[Mapping[str, Any]],
    row: Mapping[str, Any],
    moment: datetime,
) -> EmailMessage:
    """The message as one recipient gets it: all To and Cc recipients in the headers, no Bcc."""
    mail = copy.deepcopy(message)
    for name in ("From", "To", "Cc", "Date", "Message-ID"):
        del mail[name]
    mail["From"] = Address(SENDER_NAME, addr_spec=sender)
    for name, role in (("To", "to"), ("Cc", "cc")):
        listed = [
            Address(addr_spec=each["recipient"]) for each in addressees if each["role"] == role
        ]
        if listed:
            mail[name] = listed
        elif name == "To":
            mail[name] = Group("undisclosed-recipients", ())
    mail["Date"] = moment
    mail["Message-ID"] = row["message_id"]
    return mail


# ---------------------------------------------------------------- recipients


def recipients(engine: Engine) -> list[dict[str, Any]]:
    """All recipients, active or not: report_kind, role, address, name, is_active."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "mail/delivery/recipients")


def normal(address: str) -> str:
    """An address as the ledger keeps it. Raises ValueError when it is none."""
    trimmed = address.strip(" ").lower()
    if not _ADDRESS.fullmatch(trimmed) or len(trimmed) > 254:
        raise ValueError(f"{address!r} is no e-mail address")
    try:
        return Address(addr_spec=trimmed).addr_spec
    except (ValueError, IndexError) as error:
        raise ValueError(f"{address!r} is no e-mail address") from error


def add_recipient(
    engine: Engine,
    kind: str,
    role: str,
    address: str,
    name: str | None = None,
    *,
    by: str = audit.SYSTEM,
) -> None:
    """``role``: to, cc or bcc. Raises ValueError when the address is none."""
    values = {"report_kind": kind, "role": role, "address": normal(address), "name": name}
    with engine.begin() as connection:
        warehouse.run(connection, "mail/delivery/recipient_add", **values)
        audit.record(
            connection,
            actor=by,
            action="recipient.add",
            subject=kind,
            detail={"address": values["address"], "role": role},
        )


def remove_recipient(engine: Engine, kind: str, address: str, *, by: str = audit.SYSTEM) -> bool:
    """Mail it no more; what was sent stays in the ledger. False: there is no such recipient."""
    where = {"report_kind": kind, "address": normal(address)}
    with engine.begin() as connection:
        if not warehouse.rows(connection, "mail/delivery/recipient_remove", **where):
            return False
        audit.record(
            connection,
            actor=by,
            action="recipient.remove",
            subject=kind,
            detail={"address": where["address"]},
        )
    return True


def ensure_recipients(engine: Engine, kinds: Iterable[str], address: str) -> None:
    """Give kinds without any recipient one, so that a fresh home's report goes to its mail catcher."""
    known = {row["report_kind"] for row in recipients(engine)}
    for kind in kinds:
        if kind not in known:
            add_recipient(engine, kind, "to", address, "Hộp thư thử")
