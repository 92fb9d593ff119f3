"""Mails that are no reports, each once: reminders, returned workbooks, receipts, alarms.

The same promises as lensan.mail.delivery: a row of ops.notice is written before anything is sent and settled
after; an outcome nobody can know is ``unknown`` and not sent again by itself.
"""

from __future__ import annotations

import copy
import hashlib
import logging
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.mail import delivery
from lensan.mail.delivery import DOMAIN, SENDER_NAME, SmtpServer

log = logging.getLogger(__name__)


def key_of(*parts: object) -> str:
    """The key of a fact, as ``reminder|week|2021-11-18|193|1``."""
    return "|".join(str(part) for part in parts)


def send_once(
    engine: Engine,
    smtp: SmtpServer,
    *,
    kind: str,
    fact: str,
    recipient: str,
    message: EmailMessage,
    moment: datetime,
) -> str:
    """Mail a fact to one recipient unless that was done; returns the state it is in now.

    ``message`` bears subject and content; sender, recipient, date (``moment``, aware) and Message-ID are
    added here. ``pending``: the server was down or asked to try later; call it again. Safe to repeat and
    to run twice at once.
    """
    address = delivery.normal(recipient)
    notice_key = key_of(fact, address)
    digest = hashlib.sha256(notice_key.encode()).hexdigest()[:24]
    with engine.connect() as session:
        with session.begin():
            warehouse.run(
                session,
                "mail/notices/queue",
                notice_key=notice_key,
                kind=kind,
                recipient=address,
                subject=str(message["Subject"]),
                message_id=f"<{kind}.{digest}@{DOMAIN}>",
                moment=moment,
            )
            if warehouse.rows(
                session, "mail/notices/abandoned", notice_key=notice_key, moment=moment
            ):
                log.warning("the outcome of a %s is unknown: a person must decide", kind)
        with session.begin():
            claimed = warehouse.rows(
                session, "mail/notices/claim", notice_key=notice_key, moment=moment
            )
            for row in claimed:
                warehouse.run(session, "mail/delivery/hold", message_id=row["message_id"])
        for row in claimed:
            mail = _addressed(message, smtp.sender, row, moment)
            state, error = delivery.send(smtp, mail, row["recipient"])
            with session.begin():
                warehouse.run(
                    session,
                    "mail/notices/settle",
                    notice_key=notice_key,
                    state=state,
                    error=error,
                    attempts=row["attempts"],
                    moment=moment,
                )
                warehouse.run(session, "mail/delivery/release", message_id=row["message_id"])
        with session.begin():
            return str(warehouse.scalar(session, "mail/notices/state", notice_key=notice_key))


def _addressed(
    message: EmailMessage, sender: str, row: dict[str, Any], moment: datetime
) -> EmailMessage:
    mail = copy.deepcopy(message)
    for name in ("From", "To", "Date", "Message-ID"):
        del mail[name]
    mail["From"] = Address(SENDER_NAME, addr_spec=sender)
    mail["To"] = Address(addr_spec=row["recipient"])
    mail["Date"] = moment
    mail["Message-ID"] = row["message_id"]
    # No out-of-office answers to a machine (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def listed(engine: Engine, kind: str | None = None) -> list[dict[str, Any]]:
    """The ledger, newest first; ``kind``: reminder, feedback, receipt or alarm."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "mail/notices/notices", kind=kind)


def resend(engine: Engine, notice_key: str, *, moment: datetime) -> bool:
    """Let the next run that sends mails of its kind send a failed or unknown one again; False when
    there is none such."""
    with engine.begin() as connection:
        return bool(
            warehouse.rows(connection, "mail/notices/resend", notice_key=notice_key, moment=moment)
        )
