"""Mails to the addresses of units and enterprises: each goes out once, and one that does not is an alarm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import Engine

from lensan.mail import alarms, ledger
from lensan.mail.transport import Transport

SETTLED = ("sent", "failed", "unknown")
STATES_TO_SEE_TO = {"failed": "bị máy chủ từ chối", "unknown": "không rõ đã đến hay chưa"}


def waiting(engine: Engine, fact: str, addresses: Iterable[str]) -> list[str]:
    """The addresses to which a mail about a fact has not been settled."""
    settled = {row["recipient"] for row in ledger.entries(engine, fact) if row["state"] in SETTLED}
    return [address for address in addresses if address not in settled]


def send(
    engine: Engine,
    transport: Transport,
    kind: str,
    fact: str,
    address: str,
    message: EmailMessage,
    moment: datetime,
) -> str:
    """Mail a fact to an address unless that was done; returns its state in the ledger.

    A mail that was refused, or whose outcome is unknown, raises an alarm, which is closed once it has gone
    out. ``moment`` (aware) is now.
    """
    state = ledger.send_once(
        engine, transport, kind=kind, fact=fact, recipient=address, message=message, moment=moment
    )
    prefix = f"notice|{fact}|{address}|"
    if state == "sent":
        alarms.close_others(engine, prefix, [], moment=moment)
    if state in STATES_TO_SEE_TO:
        alarms.raise_alarm(
            engine,
            transport,
            key=prefix + state,
            title=f"Thư gửi địa phương {STATES_TO_SEE_TO[state]}",
            detail=f"A mail of kind {kind} is {state} (fact {fact}). Next step: `lensan notices list`, "
            "mend the address (`lensan addresses`), then `lensan notices resend`.",
            moment=moment,
        )
    return state
