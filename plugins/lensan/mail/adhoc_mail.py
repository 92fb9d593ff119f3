"""The mail that brings an ad-hoc report; it goes to those who were named, and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from sqlalchemy import Engine

from lensan import warehouse
from lensan.mail import ledger, letter, recipients, report_mail, templates
from lensan.mail.transport import Transport
from lensan.reports import adhoc, wording
from lensan.reports.adhoc import Made
from lensan.warehouse import audit

KIND = "adhoc"


def message(made: Made) -> EmailMessage:
    """The mail without sender, recipient, date and Message-ID. The same report gives the same mail."""
    form = adhoc.form_of(made.request, made.number)
    mail = EmailMessage()
    mail["Subject"] = wording.fill(form.subject, made.request.period)
    facts = {
        "number": made.number,
        "title": made.request.title,
        "reason": made.request.reason,
        "span": wording.fill(form.span, made.request.period).strip("()"),
        "units": [name for _code, name in made.report.units] if made.request.units else [],
        "office": wording.office_of(made.request.period).office,
    }
    mail.set_content(templates.render("adhoc_mail.txt", facts))
    for name, data in made.files.items():
        if Path(name).suffix in report_mail.MIME_TYPES:
            maintype, subtype = report_mail.MIME_TYPES[Path(name).suffix]
            mail.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    letter.set_boundaries(mail, f"adhoc.{made.number}")
    return mail


def send(
    engine: Engine,
    transport: Transport,
    number: str,
    addresses: Sequence[str],
    *,
    moment: datetime,
    by: str,
) -> dict[str, str]:
    """Mail a report once to each of ``addresses``; the states in the ledger, by address.

    ``moment`` (aware) is now. A ``pending`` one waits for its server: call it again. Raises LookupError where there
    is no such report, ValueError for what is no address, before anything is sent.
    """
    wanted = list(dict.fromkeys(recipients.normal(each) for each in addresses))
    made = adhoc.load(engine, number)
    mail = message(made)
    with engine.begin() as connection:
        audit.record(
            connection,
            actor=by,
            action="report.adhoc.mail",
            subject=f"adhoc {number}",
            detail={"recipients": wanted},
            moment=moment,
        )
    return {
        address: ledger.send_once(
            engine,
            transport,
            kind=KIND,
            fact=ledger.fact_of(KIND, number),
            recipient=address,
            message=mail,
            moment=moment,
        )
        for address in wanted
    }


def states(engine: Engine, number: str) -> list[dict[str, object]]:
    """Who was to get a report and what became of the mail: recipient, state, changed_at."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "reports/adhoc/mailed", number=number)
