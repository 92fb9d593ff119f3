"""Signed PDFs of reports that come back by mail: checked and kept as those that the board takes.

See docs/decisions/0036-signed-reports.md. What makes a file a signed report is its signature, not who mailed it; who is
answered is somebody whose address is known.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods, plans
from lensan.domain.periods import Period
from lensan.domain.settings import Settings
from lensan.intake import landing, locations
from lensan.mail import ledger, letter, recipients, templates
from lensan.mail.transport import Transport
from lensan.operations import obligations
from lensan.reports import signing, wording
from lensan.units import phrases, post, sent_file

log = logging.getLogger(__name__)
LOOKED_BACK = timedelta(days=2)
BY = "thư"
"""Who brought it, in the audit, beside the address's own word in the ledger of mails."""
_SIGNED = b"/ByteRange"


def take(
    engine: Engine, home: Settings, smtp: Transport | None, *, moment: datetime
) -> dict[str, int]:
    """Keep the signed PDFs that mails brought lately, and answer each once; returns files by what became of them.

    ``smtp``: null: nobody is answered. Safe to repeat. A PDF without a signature is none of these, nor is one larger
    than ``signing.LARGEST``, which is not even read: it is answered as any other file. ``moment`` (aware) is now.
    """
    found: Counter[str] = Counter()
    with engine.begin() as connection:
        rows = warehouse.rows(
            connection,
            "operations/signed_mails/files",
            source=sent_file.SOURCE,
            since=moment - LOOKED_BACK,
            until=moment,
            largest=signing.LARGEST,
        )
    for row in rows:
        try:
            content = landing.proven(home.raw_store, row["sha256"]).read_bytes()
        except landing.SpoiledError as error:
            log.warning("%s", error)
            continue
        if _SIGNED in content:
            found[_one(engine, home.reports, smtp, row, content, moment)] += 1
    return dict(found)


def _one(
    engine: Engine,
    reports: Path,
    smtp: Transport | None,
    row: Mapping[str, Any],
    content: bytes,
    moment: datetime,
) -> str:
    from lensan.reports import signature_check

    period, candidates = _meant(engine, reports, content, row["received_at"])
    signer, why = "", None
    try:
        kept = signing.keep(
            engine, period, content, candidates, moment=row["received_at"], by=f"{BY} {row['file_id']}"
        )  # fmt: skip
        signer = kept.signer
    except signature_check.NotSignedError as error:
        why = error.reason
        log.warning("file %s is not taken as signed: %s", row["file_id"], why)
    if smtp is not None and row["mailed_from"] in _known(engine):
        facts = {"signer": signer, "why": signature_check.WHY[why] if why else None}
        # The fact of any file's answer: it is answered once, whoever answers it.
        fact = ledger.fact_of("answer", row["file_id"])
        mail = _message(row, period, facts)
        post.send(engine, smtp, "receipt", fact, row["mailed_from"], mail, moment)
    return why or "signed"


def _meant(
    engine: Engine, reports: Path, content: bytes, moment: datetime
) -> tuple[Period, dict[str, bytes]]:
    """The period whose report a file begins with, else the week that is due next, with what may be signed of it."""
    owed = {}
    for kind in plans.kinds():
        due = periods.owed(kind, moment)
        for period in (due, due.previous()):
            owed[period] = obligations.to_be_signed(engine, period, reports)
    for period, candidates in owed.items():
        if any(content.startswith(base) for base in candidates.values()):
            return period, candidates
    return next(iter(owed.items()))


def _known(engine: Engine) -> set[str]:
    """Who may be answered: whoever gets reports or alarms, and the units' addresses."""
    known = {str(row["address"]) for row in locations.addresses(engine)}
    return known | {row["address"] for row in recipients.listed(engine) if row["is_active"]}


def _message(row: Mapping[str, Any], period: Period, facts: Mapping[str, Any]) -> EmailMessage:
    mail = EmailMessage()
    said = "Chưa nhận được bản ký số" if facts["why"] else "Đã nhận bản ký số"
    mail["Subject"] = f"{phrases.mark_of(period)} {said}"
    told = {
        **facts,
        "period": wording.period_label(period),
        "file_name": row["name"].rsplit("/", 1)[-1],
        "received": phrases.said(row["received_at"]),
        "office": letter.office_at(row["received_at"]).office,
    }
    mail.set_content(templates.render("signed_mail.txt", told))
    return mail
