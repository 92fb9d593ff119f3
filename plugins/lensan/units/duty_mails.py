"""Mails to those who owe a duty of the plan: each actor is told once of each term, and nobody else.

What a mail will tell is noted before it is sent (ops.duty_reminder), so a killed sweep repeats nothing and loses
nothing. Who owes what: lensan.units.duties. See docs/decisions/0028-register-of-duties.md.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.intake import locations
from lensan.mail import ledger, letter, templates
from lensan.mail.transport import Transport
from lensan.units import phrases, post
from lensan.units.duties import (
    OWED,
    DutyStanding,
    actor_name,
    due_label,
    matrix,
    proof_label,
    term_label,
)

log = logging.getLogger(__name__)


def remind(engine: Engine, smtp: Transport, *, moment: datetime) -> dict[str, int]:
    """Tell each actor in one mail what it owes and was not told; returns mails by state, ``without_address`` and what
    was ``told``. ``moment`` (aware) is now.

    What a mail will tell is noted before it is sent: safe to repeat, to kill and to run twice at once.
    """
    found: Counter[str] = Counter()
    known: dict[str, list[str]] = defaultdict(list)
    for row in locations.addresses(engine):
        known[row["sender"]].append(row["address"])
    standings = matrix(engine, moment=moment)
    owed: dict[str, list[DutyStanding]] = defaultdict(list)
    for standing in standings:
        if standing.is_to_tell:
            owed[standing.actor].append(standing)
    for actor, theirs in owed.items():
        if actor not in known:
            log.warning(
                "%s owes %s and has no mail address; next step: lensan addresses add ADDRESS %s",
                actor,
                ", ".join(each.duty.code for each in theirs),
                actor,
            )
            found["without_address"] += 1
            continue
        fact = ledger.fact_of("duty", actor, moment.astimezone(ICT).isoformat())
        with engine.begin() as connection:
            for each in theirs:
                named = {"duty": each.duty.code, "actor": actor, "term": each.term.name}
                found["told"] += len(
                    warehouse.rows(
                        connection, "units/duties/tell", **named, fact=fact, moment=moment
                    )
                )
    return dict(found + _send(engine, smtp, known, standings, moment))


def _send(
    engine: Engine,
    smtp: Transport,
    known: Mapping[str, list[str]],
    standings: Iterable[DutyStanding],
    moment: datetime,
) -> Counter[str]:
    """Send what was noted and has not gone out; of what has been done meanwhile nothing."""
    found: Counter[str] = Counter()
    owed = {
        (each.duty.code, each.actor, each.term.name): each
        for each in standings
        if each.state in OWED
    }
    with engine.begin() as connection:
        rows = warehouse.rows(connection, "units/duties/to_send")
    mails: dict[tuple[str, str], list[DutyStanding]] = defaultdict(list)
    for row in rows:
        named = (row["duty"], row["actor"], row["term"])
        if named in owed:
            mails[row["fact"], row["actor"]].append(owed[named])
    for (fact, actor), theirs in mails.items():
        message = _message(actor, theirs, moment)
        letter.set_boundaries(message, re.sub(r"[^\w.-]", ".", fact))
        for address in known.get(actor, ()):
            found[post.send(engine, smtp, "reminder", fact, address, message, moment)] += 1
    return found


def _message(actor: str, theirs: Iterable[DutyStanding], moment: datetime) -> EmailMessage:
    on = moment.astimezone(ICT).date()
    facts = {
        "actor": actor_name(actor, on),
        "now": phrases.said(moment),
        "office": letter.office_at(moment).office,
        "plan": letter.office_at(moment).plan.number,
        "lines": [
            {
                "what": each.duty.what,
                "term": term_label(each.term),
                "due": due_label(each.term),
                "is_missing": each.state == "missing",
                "proof": proof_label(each.duty),
                "detail": each.detail,
                "is_assumed": each.duty.is_assumed,
            }
            for each in theirs
        ],
    }
    message = EmailMessage()
    message["Subject"] = f"[Kế hoạch {facts['plan']}] Nhắc việc – {facts['actor']}"
    message.set_content(templates.render("duties_mail.txt", facts))
    message.add_alternative(templates.render("duties_mail.html", facts), subtype="html")
    return message
