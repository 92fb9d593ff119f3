"""What somebody must see to: raised once per fact, mailed, acknowledged, escalated, closed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.mail import ledger, letter, recipients
from lensan.mail.transport import Transport

ESCALATED_AFTER = timedelta(minutes=30)
"""An alarm that nobody has taken on by then is told once more."""


def raise_alarm(
    engine: Engine,
    smtp: Transport,
    *,
    key: str,
    title: str,
    detail: str,
    moment: datetime,
) -> bool:
    """Note a fact and mail it to the recipients of kind ``alarm``; True when it is new.

    Found again, it is not mailed again, save once more after ESCALATED_AFTER while nobody has
    acknowledged it. ``title`` in Vietnamese, ``detail`` with the next step; neither with personal data.
    """
    with engine.begin() as connection:
        row = warehouse.rows(
            connection,
            "mail/alarms/raise",
            alarm_key=key,
            title=title,
            detail=detail,
            moment=moment,
        )[0]
        overdue = (
            row["acknowledged_at"] is None
            and row["escalated_at"] is None
            and moment - row["raised_at"] >= ESCALATED_AFTER
        )
        if overdue:
            warehouse.run(connection, "mail/alarms/escalate", alarm_key=key, moment=moment)
    raised = f"{row['raised_at'].isoformat()}"
    _mail(engine, smtp, f"alarm|{key}|{raised}", title, detail, moment)
    if overdue or row["escalated_at"] is not None:
        again = f"CHƯA AI XỬ LÝ: {title}"
        _mail(engine, smtp, f"alarm again|{key}|{raised}", again, detail, moment)
    return bool(row["is_new"])


def _mail(
    engine: Engine, smtp: Transport, fact: str, title: str, detail: str, moment: datetime
) -> None:
    message = _message(title, detail)
    for recipient, _ in sorted(recipients.active(engine, "alarm")):
        ledger.send_once(
            engine,
            smtp,
            kind="alarm",
            fact=fact,
            recipient=recipient,
            message=message,
            moment=moment,
        )


def _message(title: str, detail: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"[Cảnh báo] {title}"
    message.set_content(f"{title}\n\n{detail}\n")
    return message


def close_others(engine: Engine, prefix: str, still: Iterable[str], *, moment: datetime) -> None:
    """Close the open alarms whose key begins with ``prefix`` and is not among those found ``still``."""
    with engine.begin() as connection:
        warehouse.run(
            connection,
            "mail/alarms/close",
            prefix=prefix.replace("%", "") + "%",
            still=list(still),
            moment=moment,
        )


def acknowledge(engine: Engine, key: str, by: str, *, moment: datetime) -> bool:
    """Somebody takes an alarm on; False when there is none, or it is taken already."""
    with engine.begin() as connection:
        return bool(
            warehouse.rows(
                connection, "mail/alarms/acknowledge", alarm_key=key, by=by, moment=moment
            )
        )


def listed(engine: Engine, *, with_closed: bool = False) -> list[dict[str, Any]]:
    """Open alarms, newest first."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "mail/alarms/alarms", with_closed=with_closed)


# ---------------------------------------------------------------- when the warehouse itself is gone

ADDRESSES = "alarm-recipients.json"
TOLD = "alarms-told"


def remember_recipients(engine: Engine, run_folder: Path) -> None:
    """Keep the alarms' addresses beside the home's processes, for the day the warehouse is gone."""
    addresses = sorted(address for address, _ in recipients.active(engine, "alarm"))
    run_folder.mkdir(parents=True, exist_ok=True)
    part = run_folder / f".{ADDRESSES}"
    part.write_text(json.dumps(addresses), encoding="utf-8")
    part.chmod(0o600)
    part.replace(run_folder / ADDRESSES)


def tell_without_warehouse(
    run_folder: Path, smtp: Transport, *, title: str, detail: str, moment: datetime
) -> int:
    """Mail an alarm that no ledger can keep, once an hour per recipient; returns how many were sent.

    ``run_folder``: where remember_recipients left the addresses. The mark of an hour is made before
    sending: a doubt is settled for silence, the next hour comes soon.
    """
    known = run_folder / ADDRESSES
    if not known.exists():
        return 0
    told = run_folder / TOLD
    told.mkdir(parents=True, exist_ok=True)
    sent = 0
    for address in json.loads(known.read_text(encoding="utf-8")):
        fact = f"{title}|{address}|{moment.astimezone(ICT):%Y-%m-%d %H}"
        digest = hashlib.sha256(fact.encode()).hexdigest()[:24]
        try:
            (told / digest).touch(exist_ok=False)
        except FileExistsError:
            continue
        mail = letter.addressed(
            _message(title, detail),
            smtp.sender,
            to=[address],
            message_id=f"<alarm.{digest}@{letter.office_at(moment).mail_domain}>",
            moment=moment,
            is_automatic=True,
        )
        sent += smtp.send(mail, address).state == "sent"
    return sent
