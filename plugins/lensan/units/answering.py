"""Who is answered: each file that the schedule brought, once, at an address known before it came.

See docs/rules/reports.md#the-thursday.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.intake import locations
from lensan.mail import ledger
from lensan.mail.transport import Transport
from lensan.units import answers, post, sent_file

log = logging.getLogger(__name__)
ANSWERED_WITHIN = timedelta(days=2)
"""An older file stays unanswered: its sender has long telephoned."""


@dataclass(frozen=True)
class Unanswered:
    """A file whose sender may have an answer to come. ``settled``: addresses that had theirs."""

    file_id: int
    name: str
    known_sender: str | None
    received_at: datetime
    mailed_from: str | None
    settled: Sequence[str]

    @property
    def sender(self) -> str | None:
        """Unit code or enterprise; null where nobody can tell."""
        on = self.received_at.astimezone(ICT).date()
        return sent_file.sender_of(self.name, self.known_sender, on)


def answer(
    engine: Engine, transport: Transport, raw_store: Path, *, moment: datetime
) -> dict[str, int]:
    """Send each district file that arrived lately its answer: the workbook back, or a receipt.

    Only for what the schedule brought, to known addresses, after they were made known: who loads a year
    of old files mails nobody about them. Returns mails by kind and state, and files ``unanswered``
    because their sender has no address. ``moment`` (aware) is now.
    """
    found: Counter[str] = Counter()
    known = locations.addresses(engine)
    for file in _unanswered(engine, moment):
        addresses = _addresses(file, known)
        if not addresses:
            found["unanswered"] += 1
        addresses = [address for address in addresses if address not in file.settled]
        if not addresses:
            continue
        try:
            said = answers.respond(engine, file.file_id, raw_store)
        except (ValueError, FileNotFoundError) as error:
            log.warning("file %s is not answered: %s", file.file_id, error)
            found["unanswered"] += 1
            continue
        kind = "receipt" if said.kind == "receipt" else "feedback"
        fact = ledger.fact_of("answer", file.file_id)
        for address in addresses:
            message = answers.mail(said, address)
            state = post.send(engine, transport, kind, fact, address, message, moment)
            found[f"{kind} {state}"] += 1
    return dict(found)


def _unanswered(engine: Engine, moment: datetime) -> list[Unanswered]:
    with engine.begin() as connection:
        found = warehouse.rows(
            connection,
            "units/answering/unanswered_files",
            source=sent_file.SOURCE,
            since=moment - ANSWERED_WITHIN,
            until=moment,
        )
    return [Unanswered(**row) for row in found]


def _addresses(file: Unanswered, known: Sequence[dict[str, Any]]) -> list[str]:
    """The known address a file was mailed from, else all of its sender."""
    known = [row for row in known if row["added_at"] <= file.received_at]
    if any(row["address"] == file.mailed_from for row in known):
        return [str(file.mailed_from)]
    return [row["address"] for row in known if row["sender"] == file.sender]
