"""Programs outside are told of each published report: one signed call a hook and revision, tried again until it is taken.

See docs/decisions/0029-read-api.md#webhooks. In the form of Standard Webhooks (https://www.standardwebhooks.com), so
that a receiver checks it with a library. A call says that there is a report and where to read it, no figure, no name.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.mail import alarms
from lensan.mail.transport import Transport

log = logging.getLogger(__name__)
TOLD_WITHIN = timedelta(days=7)
"""After its publication a report is told no more to a hook that is new, and a call is given up so long after it began."""
PATIENCE_S = 10.0
ALARMED_AFTER = 6
"""Tries, half an hour of the watchdog's."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Hook:
    """Where a program listens. ``name``: its connection's; ``secret``: what signs; ``ca_file``: an authority of its
    own. Raises ValueError for an address that is neither https nor on this machine, without a secret or with one of the
    standard's form that is not base64, OSError for an authority that cannot be read."""

    name: str
    url: str
    secret: str = field(repr=False)
    ca_file: str | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError(f"the address of webhook {self.name} is not https")
        if not self.secret:
            raise ValueError(f"the connection of webhook {self.name} has no secret (password)")
        _key(self.secret)
        ssl.create_default_context(cafile=self.ca_file)


def tell_all(
    engine: Engine,
    names: Sequence[str],
    hook_of: Callable[[str], Hook],
    smtp: Transport,
    *,
    board: str | None,
    moment: datetime,
) -> dict[str, int]:
    """One round over all that are named: ``tell`` each; returns calls by state, those not usable as ``unusable``.

    ``hook_of`` gives the hook of a name. One that cannot be made or told, whatever it raises, is an alarm of its own and
    holds up no other; the alarm closes when it can.
    """
    found: Counter[str] = Counter()
    for name in names:
        key = f"webhook unusable|{name}|"
        try:
            found.update(tell(engine, hook_of(name), smtp, board=board, moment=moment))
        except Exception as error:
            log.exception("webhook %s cannot be used", name)
            found["unusable"] += 1
            why = error if isinstance(error, ValueError) else type(error).__name__
            alarms.raise_alarm(
                engine,
                smtp,
                key=key,
                title=f"Không báo được tin phát hành cho chương trình bên ngoài ({name})",
                detail=f"webhook {name} cannot be used: {why}. The others are told; this one is not. Next step: in "
                f"Airflow, Admin > Connections, set host (an https address) and password (the secret) of {name}, or "
                "take its name out of LENSAN_WEBHOOKS. The reports of the last 7 days are told to it then.",
                moment=moment,
            )
        else:
            alarms.close_others(engine, key, [], moment=moment)
    return dict(found)


def tell(
    engine: Engine, hook: Hook, smtp: Transport, *, board: str | None, moment: datetime
) -> dict[str, int]:
    """Tell one hook what it was not told yet; returns calls by state. Safe to repeat, also at the same time.

    ``board``: its address as those outside reach it, for the link to the API. ``moment`` (aware) is now. A hook that
    does not answer is left for the next round, and alarmed when it has not for long.
    """
    found: Counter[str] = Counter()
    told = {"hook": hook.name, "since": moment - TOLD_WITHIN, "moment": moment}
    with engine.begin() as connection:
        warehouse.run(connection, "operations/webhooks/give_up", **told)
        warehouse.run(connection, "operations/webhooks/queue", **told)
    while (state := _one(engine, hook, board, moment)) is not None:
        found[state] += 1
        if state == "pending":
            break
    _alarm(engine, hook, smtp, moment)
    return dict(found)


def _one(engine: Engine, hook: Hook, board: str | None, moment: datetime) -> str | None:
    """The next call of a hook; its state then, null: there is none."""
    with engine.begin() as connection:
        rows = warehouse.rows(connection, "operations/webhooks/next", hook=hook.name, moment=moment)
        if not rows:
            return None
        answer = _call(hook, rows[0], board, moment)
        state = "sent" if answer.isdigit() and answer.startswith("2") else "pending"
        warehouse.run(
            connection,
            "operations/webhooks/settle",
            hook=hook.name,
            report_kind=rows[0]["report_kind"],
            period=rows[0]["period"],
            revision=rows[0]["revision"],
            state=state,
            answer=answer,
            moment=moment,
        )
    if state == "pending":
        log.warning("webhook %s was not taken: %s", hook.name, answer)
    return state


def _call(hook: Hook, row: dict[str, Any], board: str | None, moment: datetime) -> str:
    """The status of the answer, or the kind of error."""
    body = body_of(row, board)
    number = f"{row['report_kind']}-{row['period']}-{row['revision']}"
    headers = {
        "content-type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature(hook.secret, number, int(moment.timestamp()), body),
    }
    verify = ssl.create_default_context(cafile=hook.ca_file)
    try:
        with httpx.Client(verify=verify, timeout=PATIENCE_S, trust_env=False) as client:
            answer = client.post(hook.url, content=body, headers=headers)
    except (httpx.HTTPError, OSError) as error:
        return type(error).__name__
    return str(answer.status_code)


def body_of(row: dict[str, Any], board: str | None) -> bytes:
    """What a call says of a published report; the same of each try."""
    kind, period = row["report_kind"], row["period"]
    said = {
        "type": "report.published",
        "timestamp": row["published_at"].astimezone(ICT).isoformat(),
        "data": {
            "kind": kind,
            "period": period,
            "revision": row["revision"],
            "figures_sha256": row["figures_sha256"],
            "figures": f"{board}/api/v1/figures?kind={kind}&period={period}" if board else None,
        },
    }
    return json.dumps(said, ensure_ascii=False).encode()


def signature(secret: str, number: str, timestamp: int, body: bytes) -> str:
    """As the standard has it: base64 of HMAC-SHA256 over id, time and body; a secret ``whsec_…`` is base64 itself."""
    signed = f"{number}.{timestamp}.".encode() + body
    mark = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mark).decode()


def _key(secret: str) -> bytes:
    prefix = "whsec_"
    if not secret.startswith(prefix):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except ValueError:
        # The library's own words would show parts of the secret to whoever reads the alarm.
        raise ValueError(f"a secret that begins with {prefix} is not base64 after it") from None


def _alarm(engine: Engine, hook: Hook, smtp: Transport, moment: datetime) -> None:
    key = f"webhook|{hook.name}|"
    with engine.begin() as connection:
        tried = int(warehouse.scalar(connection, "operations/webhooks/most_tried", hook=hook.name))
    if tried < ALARMED_AFTER:
        alarms.close_others(engine, key, [], moment=moment)
        return
    alarms.raise_alarm(
        engine,
        smtp,
        key=key,
        title=f"Chương trình bên ngoài không nhận được tin phát hành ({hook.name})",
        detail=f"webhook {hook.name} did not take a call in {tried} tries; it is tried again for 7 days. Next step: "
        "ask whoever runs it, see ops.webhook_call.answer, mend the connection.",
        moment=moment,
    )
