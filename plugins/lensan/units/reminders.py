"""Reminders to the units whose report is missing, each with its blank form.

See docs/rules/reports.md#the-thursday. A unit without a mail address is named, never guessed.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods, report_forms
from lensan.domain.periods import Kind, Period
from lensan.intake import locations
from lensan.mail import ledger, letter, templates
from lensan.mail.transport import Transport
from lensan.reports import wording
from lensan.units import blank_forms, phrases, post, sent_file
from lensan.units.answers import XLSX

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reminder:
    """The ``number``-th reminder of a period, to the units whose report is missing."""

    period: Period
    number: int
    missing: tuple[str, ...]


def reminders_due(engine: Engine, kind: Kind, *, moment: datetime) -> Reminder | None:
    """The reminder to send at ``moment`` (aware), with the units that have not submitted.

    The last one whose time has come; none after the automatic release, when it would help nobody.
    """
    last = periods.due_at_or_before(kind, moment)
    for period in (last, last.next()):
        come = [at for at in period.reminders_at() if at <= moment]
        if come and moment < period.automatic_release_at and not period.is_before_plan:
            return Reminder(period, len(come), _missing(engine, period))
    return None


def _missing(engine: Engine, period: Period) -> tuple[str, ...]:
    with engine.begin() as connection:
        units = warehouse.rows(
            connection,
            "units/reminders/units_submitted",
            report_kind=period.kind,
            period_start=period.start,
            last_day=period.last_day,
        )
    return tuple(row["unit_code"] for row in units if row["state"] == "missing")


def remind(
    engine: Engine, smtp: Transport, reminder: Reminder, *, moment: datetime
) -> dict[str, int]:
    """Mail each missing unit its blank form; returns mails by state, and units ``without_address``.

    Safe to repeat: what was sent is not sent again, what is pending is tried again.
    """
    found: Counter[str] = Counter()
    period = reminder.period
    known = locations.addresses(engine)
    for unit_code in reminder.missing:
        addresses = [row["address"] for row in known if row["sender"] == unit_code]
        if not addresses:
            log.warning(
                "unit %s has no mail address, so nobody reminds it; next step: "
                "lensan addresses add ADDRESS %s",
                unit_code,
                unit_code,
            )
            found["without_address"] += 1
            continue
        message = _reminder(engine, unit_code, reminder, moment)
        fact = ledger.fact_of("reminder", period.kind, period.name, unit_code, reminder.number)
        for address in addresses:
            state = post.send(engine, smtp, "reminder", fact, address, message, moment)
            found[state] += 1
    return dict(found)


def _reminder(engine: Engine, unit_code: str, reminder: Reminder, moment: datetime) -> EmailMessage:
    period = reminder.period
    form = report_forms.form(period.kind)
    label = wording.period_label(period)
    unit = phrases.sender_name(unit_code)
    name = blank_forms.file_name(unit_code, period)
    facts = {
        "unit": unit,
        "period": label,
        "word": form.word,
        "now": phrases.said(moment),
        "draft_at": phrases.said(period.draft_at),
        "release_at": phrases.said(period.automatic_release_at),
        "is_last": reminder.number == len(period.reminders_at()),
        "due_at": phrases.said(period.due_at),
        "is_early": period.is_brought_forward,
        "file_name": name,
        "rejected": _rejected(engine, unit_code, period),
        "office": letter.office_at(moment).office,
    }
    message = EmailMessage()
    again = f" (lần {reminder.number})" if reminder.number > 1 else ""
    message["Subject"] = f"{phrases.mark_of(period)} Nhắc nộp báo cáo{again} – {unit}"
    message.set_content(templates.render("reminder_mail.txt", facts))
    message.add_alternative(templates.render("reminder_mail.html", facts), subtype="html")
    book = blank_forms.build_all(engine, period, [unit_code])[name]
    message.add_attachment(book, maintype=XLSX[0], subtype=XLSX[1], filename=name)
    letter.set_boundaries(message, f"reminder.{period.name}.{unit_code}")
    return message


def _rejected(engine: Engine, unit_code: str, period: Period) -> list[str]:
    """Names of the unit's files that came since the last report was due and could not be used."""
    with engine.begin() as connection:
        rows = warehouse.rows(
            connection,
            "units/reminders/rejected_files",
            source=sent_file.SOURCE,
            since=period.previous().due_at,
        )
    # A file that nobody could open is told by its folder.
    return [
        row["name"].rsplit("/", 1)[-1]
        for row in rows
        if sent_file.sender_of(row["name"], row["known_sender"], period.last_day) == unit_code
    ]
