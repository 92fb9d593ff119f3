"""The ledger of all mails, ops.mail: each fact is mailed once to each who should know it.

A report, a reminder, an answer, a receipt, an alarm: all go queue → claim → send → settle. A row is
written before anything is sent, claimed in a committed transaction of its own, and settled after the
attempt. A mail whose outcome nobody can know (the connection broke after its last byte was handed over,
the sender died) becomes ``unknown``: it is shown, and only a person sends it again. See
docs/rules/trust.md#promises.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any, TypedDict, cast

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from lensan import warehouse
from lensan.mail import letter, recipients
from lensan.mail.transport import SendOutcome, Transport
from lensan.warehouse import audit

log = logging.getLogger(__name__)
SETTLE_PAUSES_S = (0.0, 1.0, 5.0, 15.0)


@dataclass(frozen=True)
class Owed:
    """A mail that somebody should get. ``fact`` and ``recipient`` name it; an address as ``normal`` gives it.

    ``kind``: report, reminder, feedback (a workbook returned), receipt or alarm. ``role``: to, cc or bcc
    where the recipients of one mail see each other, null where each gets it alone. The last three are a
    report's.
    """

    fact: str
    kind: str
    recipient: str
    message_id: str
    subject: str | None = None
    role: str | None = None
    report_kind: str | None = None
    period: str | None = None
    revision: int | None = None


class Entry(TypedDict):
    """A row of the ledger, as far as sending needs it. ``attempts``: SMTP dialogues begun."""

    recipient: str
    role: str | None
    message_id: str
    state: str
    attempts: int


def fact_of(*parts: object) -> str:
    """The name of a fact, as ``reminder|week|2021-11-18|193|1``."""
    return "|".join(str(part) for part in parts)


def queue(engine: Engine, owed: Sequence[Owed], *, moment: datetime) -> None:
    """Write a pending row for each that has none. ``moment`` (aware) is now. Two may queue at once."""
    with engine.begin() as connection:
        warehouse.insert_rows(
            connection, "mail/ledger/queue", [{**vars(each), "moment": moment} for each in owed]
        )


def entries(engine: Engine, fact: str) -> list[Entry]:
    """The rows of a fact: to before cc before bcc, then by address."""
    with engine.begin() as connection:
        return cast(list[Entry], warehouse.rows(connection, "mail/ledger/entries", fact=fact))


def send_waiting(
    engine: Engine,
    transport: Transport,
    fact: str,
    message: EmailMessage,
    *,
    moment: datetime,
    only: Collection[str] | None = None,
) -> dict[str, str]:
    """One attempt at each pending mail of a fact; returns the states of those tried, by recipient.

    ``message`` bears subject and content; ``only``: these recipients and no other. ``moment`` (aware)
    becomes the mail's date. Safe to repeat and to run twice at once: another sender's are left to it.
    """
    outcomes: dict[str, str] = {}
    with engine.connect() as session:
        with session.begin():
            gone = warehouse.rows(session, "mail/ledger/abandoned", fact=fact, moment=moment)
        if gone:
            log.warning("%d mails of %s are unknown: a person must decide", len(gone), fact)
        known = entries(engine, fact)
        for waiting in known:
            recipient = waiting["recipient"]
            if waiting["state"] != "pending" or (only is not None and recipient not in only):
                continue
            with session.begin():
                where = {"fact": fact, "recipient": recipient}
                claimed = warehouse.rows(session, "mail/ledger/claim", **where, moment=moment)
                for row in claimed:
                    warehouse.run(session, "mail/ledger/hold", message_id=row["message_id"])
            for row in claimed:
                mail = _envelope(message, transport.sender, waiting, known, moment)
                outcome = transport.send(mail, recipient)
                _settle(engine, **where, attempts=row["attempts"], outcome=outcome, moment=moment)
                with session.begin():
                    warehouse.run(session, "mail/ledger/release", message_id=row["message_id"])
                outcomes[recipient] = outcome.state
                log.info("a mail of %s to one recipient: %s", fact, outcome.state)
    return outcomes


def _envelope(
    message: EmailMessage, sender: str, row: Entry, known: Sequence[Entry], moment: datetime
) -> EmailMessage:
    """The message as one recipient gets it: a report names all its To and Cc recipients, others nobody else."""
    if row["role"] is None:
        to, cc = [row["recipient"]], []
    else:
        to, cc = ([e["recipient"] for e in known if e["role"] == role] for role in ("to", "cc"))
    return letter.addressed(
        message,
        sender,
        to=to,
        cc=cc,
        message_id=row["message_id"],
        moment=moment,
        is_automatic=row["role"] is None,
    )


def _settle(
    engine: Engine,
    *,
    fact: str,
    recipient: str,
    attempts: int,
    outcome: SendOutcome,
    moment: datetime,
) -> None:
    """On a connection of its own, more than once: what was sent must be known even where the warehouse
    restarted meanwhile."""
    for number, pause in enumerate(SETTLE_PAUSES_S, 1):
        time.sleep(pause)
        try:
            with engine.begin() as connection:
                warehouse.run(
                    connection,
                    "mail/ledger/settle",
                    fact=fact,
                    recipient=recipient,
                    attempts=attempts,
                    state=outcome.state,
                    error=outcome.error,
                    moment=moment,
                )
            return
        except OperationalError:
            if number == len(SETTLE_PAUSES_S):
                raise


def send_once(
    engine: Engine,
    transport: Transport,
    *,
    kind: str,
    fact: str,
    recipient: str,
    message: EmailMessage,
    moment: datetime,
) -> str:
    """Mail a fact to one recipient unless that was done; returns the state it is in now.

    ``pending``: the server was down or asked to try later; call it again. Raises ValueError when the
    recipient is no address.
    """
    address = recipients.normal(recipient)
    digest = hashlib.sha256(fact_of(fact, address).encode()).hexdigest()[:24]
    message_id = f"<{kind}.{digest}@{letter.office_at(moment).mail_domain}>"
    owed = Owed(fact, kind, address, message_id, subject=str(message["Subject"]))
    queue(engine, [owed], moment=moment)
    send_waiting(engine, transport, fact, message, moment=moment, only=[address])
    return next(e["state"] for e in entries(engine, fact) if e["recipient"] == address)


# ---------------------------------------------------------------- what a person sees and decides


def notices(engine: Engine, kind: str | None = None) -> list[dict[str, Any]]:
    """Every mail that is no report, newest first; ``kind``: reminder, feedback, receipt or alarm."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "mail/ledger/notices", kind=kind)


def resend_notice(engine: Engine, notice_key: str, *, moment: datetime) -> bool:
    """Let the next run that sends mails of its kind send a failed or unknown one again; False when there
    is none such. ``notice_key``: fact and recipient, as ``notices`` lists it."""
    with engine.begin() as connection:
        return bool(
            warehouse.rows(
                connection, "mail/ledger/resend_notice", notice_key=notice_key, moment=moment
            )
        )


def decide(
    engine: Engine,
    what: str,
    fact: str,
    recipient: str,
    *,
    subject: str,
    detail: dict[str, Any],
    moment: datetime,
    by: str,
) -> bool:
    """Note what a person found out or wants about one mail of a report; False where its state forbids it.

    ``what``: ``resend`` (a failed, unknown or sent one becomes pending) or ``confirm`` (one of unknown
    outcome has arrived). ``subject`` and ``detail`` go into the audit with the recipient.
    """
    where = {"fact": fact, "recipient": recipients.normal(recipient), "moment": moment}
    with engine.begin() as connection:
        if not warehouse.rows(connection, f"mail/ledger/{what}", **where):
            return False
        audit.record(
            connection,
            actor=by,
            action=f"delivery.{what}",
            subject=subject,
            detail={**detail, "recipient": where["recipient"]},
            moment=moment,
        )
    return True
