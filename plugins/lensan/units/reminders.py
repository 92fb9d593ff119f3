"""Mails to the units: reminders with their blank form, returned workbooks, receipts.

See docs/rules/reports.md#the-thursday.

Each goes out once (lensan.mail.ledger). A unit without a mail address is named, never guessed.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods, report_forms
from lensan.domain.periods import Kind, Period
from lensan.mail import alarms, ledger, letter, templates
from lensan.mail.transport import Transport
from lensan.reports import wording
from lensan.units import answers, blank_forms, phrases, sent_file
from lensan.units.answers import XLSX

log = logging.getLogger(__name__)
ANSWERED_WITHIN = timedelta(days=2)
"""An older file stays unanswered: its sender has long telephoned."""
STATES_TO_SEE_TO = {"failed": "bị máy chủ từ chối", "unknown": "không rõ đã đến hay chưa"}


# ---------------------------------------------------------------- reminders


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
    form = report_forms.form(kind)
    last = periods.due_at_or_before(kind, moment)
    for period in (last, last.next()):
        come = [at for at in form.reminders_at(period) if at <= moment]
        if come and moment < form.automatic_release_at(period) and not period.is_before_plan:
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
            due_at=period.due_at,
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
    for unit_code in reminder.missing:
        addresses = _addresses(engine, unit_code)
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
            state = _send(engine, smtp, "reminder", fact, address, message, moment)
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
        "draft_at": phrases.said(form.draft_at(period)),
        "release_at": phrases.said(form.automatic_release_at(period)),
        "is_last": reminder.number == len(form.reminders),
        "due_at": phrases.said(form.due_at(period)),
        "is_early": form.is_brought_forward(period),
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
    return [row["name"].rsplit("/", 1)[-1] for row in rows if _sender_of(row) == unit_code]


# ---------------------------------------------------------------- answers


def answer(engine: Engine, smtp: Transport, raw_store: Path, *, moment: datetime) -> dict[str, int]:
    """Send each district file that arrived lately its answer: the workbook back, or a receipt.

    Only for what the schedule brought, to known addresses, after they were made known: who loads a year
    of old files mails nobody about them. Returns mails by kind and state, and files ``unanswered``
    because their sender has no address.
    """
    found: Counter[str] = Counter()
    with engine.begin() as connection:
        files = warehouse.rows(
            connection,
            "units/reminders/unanswered_files",
            source=sent_file.SOURCE,
            since=moment - ANSWERED_WITHIN,
            until=moment,
        )
        known = warehouse.rows(connection, "intake/locations/addresses")
    for file in files:
        addresses = _answered_at(file, known)
        if not addresses:
            found["unanswered"] += 1
        addresses = [address for address in addresses if address not in file["settled"]]
        if not addresses:
            continue
        try:
            said = answers.respond(engine, file["file_id"], raw_store)
        except (ValueError, FileNotFoundError) as error:
            log.warning("file %s is not answered: %s", file["file_id"], error)
            found["unanswered"] += 1
            continue
        kind = "receipt" if said.kind == "receipt" else "feedback"
        for address in addresses:
            state = _send(
                engine,
                smtp,
                kind,
                ledger.fact_of("answer", file["file_id"]),
                address,
                answers.mail(said, address),
                moment,
            )
            found[f"{kind} {state}"] += 1
    return dict(found)


def _answered_at(file: dict[str, Any], known: list[dict[str, Any]]) -> list[str]:
    """The known address a file was mailed from, else all of its sender."""
    known = [row for row in known if row["added_at"] <= file["received_at"]]
    if any(row["address"] == file["mailed_from"] for row in known):
        return [file["mailed_from"]]
    sender = _sender_of(file)
    return [row["address"] for row in known if row["sender"] == sender]


def _sender_of(file: dict[str, Any]) -> str | None:
    return sent_file.sender_of(file["name"], file["sender"] or file["unit_code"])


def _addresses(engine: Engine, unit_code: str) -> list[str]:
    with engine.begin() as connection:
        rows = warehouse.rows(connection, "intake/locations/addresses")
    return [row["address"] for row in rows if row["sender"] == unit_code]


def _send(
    engine: Engine,
    smtp: Transport,
    kind: str,
    fact: str,
    address: str,
    message: EmailMessage,
    moment: datetime,
) -> str:
    state = ledger.send_once(
        engine, smtp, kind=kind, fact=fact, recipient=address, message=message, moment=moment
    )
    prefix = f"notice|{fact}|{address}|"
    if state == "sent":
        alarms.close_others(engine, prefix, [], moment=moment)
    if state in STATES_TO_SEE_TO:
        alarms.raise_alarm(
            engine,
            smtp,
            key=prefix + state,
            title=f"Thư gửi địa phương {STATES_TO_SEE_TO[state]}",
            detail=f"A mail of kind {kind} is {state} (fact {fact}). Next step: `lensan notices list`, "
            "mend the address (`lensan addresses`), then `lensan notices resend`.",
            moment=moment,
        )
    return state
