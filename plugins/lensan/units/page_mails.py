"""Mails that bring each unit its own page of a published report: to addresses that asked for it, once a revision."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import Engine

from lensan.domain.periods import Period
from lensan.intake import locations
from lensan.mail import ledger, letter, templates
from lensan.mail.transport import Transport
from lensan.reports import publishing, wording
from lensan.units import phrases, post, unit_page

KIND = "unit_page"


def send(engine: Engine, smtp: Transport, period: Period, *, moment: datetime) -> dict[str, int]:
    """Mail the pages of a period's last revision; returns mails by state of those that were not settled before.

    Safe to repeat: what was sent is not sent again, what is pending is tried again. Raises LookupError where nothing
    was published. ``moment`` (aware) is now.
    """
    found: Counter[str] = Counter()
    wanted = [row for row in locations.addresses(engine) if row["wants_page"]]
    if not wanted:
        return {}
    report, _files = publishing.load(engine, period)
    units = {code for code, _name in report.units}
    to_do: dict[str, list[str]] | None = None
    for unit in sorted({row["sender"] for row in wanted} & units):
        fact = ledger.fact_of(KIND, period.kind, period.name, report.revision, unit)
        addresses = [r["address"] for r in wanted if r["sender"] == unit]
        waiting = post.waiting(engine, fact, addresses)
        if waiting:
            to_do = to_do or unit_page.to_do_of(engine, period, report.revision)
            mail = message(engine, period, unit, report.revision, to_do)
            for address in waiting:
                found[post.send(engine, smtp, KIND, fact, address, mail, moment)] += 1
    return dict(found)


def message(
    engine: Engine, period: Period, unit: str, revision: int, to_do: dict[str, list[str]]
) -> EmailMessage:
    """The mail without sender, recipient, date and Message-ID."""
    facts = unit_page.content(engine, period, unit, revision, to_do)
    mail = EmailMessage()
    mark = f" (điều chỉnh lần {revision})" if revision else ""
    mail["Subject"] = f"{phrases.mark_of(period)} Kết quả của {phrases.sender_name(unit)}{mark}"
    told = {
        "unit": phrases.sender_name(unit),
        "period": wording.period_label(period),
        "correction": revision,
        "gaps": facts["gaps"],
        "office": facts["office"],
    }
    mail.set_content(templates.render("unit_page_mail.txt", told))
    mail.add_attachment(
        unit_page.of(facts),
        maintype="application",
        subtype="pdf",
        filename=unit_page.file_name(period, unit, revision),
    )
    letter.set_boundaries(mail, f"{KIND}.{period.name}.{revision}.{unit}")
    return mail
