"""What somebody must see to: raised once per fact, mailed, acknowledged, escalated, closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Engine

from lensan import notices, warehouse
from lensan.delivery import SmtpServer

ESCALATED_AFTER = timedelta(minutes=30)
"""An alarm that nobody has taken on by then is told once more."""


def raise_alarm(
    engine: Engine,
    smtp: SmtpServer,
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
            connection, "ops/alarm_raise", alarm_key=key, title=title, detail=detail, moment=moment
        )[0]
        recipients = [r["address"] for r in warehouse.rows(connection, "ops/alarm_recipients")]
        overdue = (
            row["acknowledged_at"] is None
            and row["escalated_at"] is None
            and moment - row["raised_at"] >= ESCALATED_AFTER
        )
        if overdue:
            warehouse.run(connection, "ops/alarm_escalate", alarm_key=key, moment=moment)
    raised = f"{row['raised_at'].isoformat()}"
    _mail(engine, smtp, recipients, f"alarm|{key}|{raised}", title, detail, moment)
    if overdue or row["escalated_at"] is not None:
        again = f"CHƯA AI XỬ LÝ: {title}"
        _mail(engine, smtp, recipients, f"alarm again|{key}|{raised}", again, detail, moment)
    return bool(row["is_new"])


def _mail(
    engine: Engine,
    smtp: SmtpServer,
    recipients: Iterable[str],
    fact: str,
    title: str,
    detail: str,
    moment: datetime,
) -> None:
    message = EmailMessage()
    message["Subject"] = f"[Cảnh báo] {title}"
    message.set_content(f"{title}\n\n{detail}\n")
    for recipient in recipients:
        notices.send_once(
            engine,
            smtp,
            kind="alarm",
            fact=fact,
            recipient=recipient,
            message=message,
            moment=moment,
        )


def close_others(engine: Engine, prefix: str, still: Iterable[str], *, moment: datetime) -> None:
    """Close the open alarms whose key begins with ``prefix`` and is not among those found ``still``."""
    with engine.begin() as connection:
        warehouse.run(
            connection,
            "ops/alarm_close",
            prefix=prefix.replace("%", "") + "%",
            still=list(still),
            moment=moment,
        )


def acknowledge(engine: Engine, key: str, by: str, *, moment: datetime) -> bool:
    """Somebody takes an alarm on; False when there is none, or it is taken already."""
    with engine.begin() as connection:
        return bool(
            warehouse.rows(connection, "ops/alarm_acknowledge", alarm_key=key, by=by, moment=moment)
        )


def listed(engine: Engine, *, with_closed: bool = False) -> list[dict[str, Any]]:
    """Open alarms, newest first."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "ops/alarms", with_closed=with_closed)
