"""Reminders to the units whose report is missing, each with its blank form.

See docs/rules/reports.md#the-thursday. A unit without a mail address is named, never guessed.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods, report_forms
from lensan.domain.periods import ICT, Period
from lensan.intake import locations
from lensan.mail import ledger, letter, templates
from lensan.mail.transport import Transport
from lensan.reports import wording
from lensan.units import blank_forms, phone_form, phrases, post, sent_file
from lensan.units.answers import XLSX
from lensan.warehouse import audit

log = logging.getLogger(__name__)
LEAST_APART = timedelta(hours=1)
"""Between two reminders of one unit by hand: who asks twice within it has asked by mistake."""


@dataclass(frozen=True)
class Reminder:
    """The ``number``-th reminder of a period, to the units whose report is missing. ``by_hand``: the how manieth
    that somebody asked for besides, null: it is the schedule's."""

    period: Period
    number: int
    missing: tuple[str, ...]
    by_hand: int | None = None

    def fact(self, unit_code: str) -> str:
        """What its mails to a unit are of, in the ledger."""
        number = self.number if self.by_hand is None else f"by-hand-{self.by_hand}"
        return ledger.fact_of("reminder", self.period.kind, self.period.name, unit_code, number)


@dataclass(frozen=True)
class OneUnit:
    """What reminding one unit now would be. ``addresses``: who gets it; ``last_at``: when it was reminded of this
    period last; ``why_not``: null, or why nothing goes out: ``submitted``, ``early``, ``late``, ``no_address``,
    ``just_reminded``."""

    reminder: Reminder
    unit_code: str
    addresses: tuple[str, ...]
    last_at: datetime | None
    why_not: str | None


def reminders_due(engine: Engine, kind: str, *, moment: datetime) -> Reminder | None:
    """The reminder to send at ``moment`` (aware), with the units that have not submitted.

    The last one whose time has come; none after the automatic release, when it would help nobody.
    """
    last = periods.due_at_or_before(kind, moment)
    for period in (last, last.next()):
        come = [at for at in period.reminders_at() if at <= moment]
        if come and moment < period.automatic_release_at and period.is_of_plan:
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
    engine: Engine,
    smtp: Transport,
    reminder: Reminder,
    *,
    moment: datetime,
    board: str | None = None,
) -> dict[str, int]:
    """Mail each missing unit its blank form; returns mails by state, and units ``without_address``.

    ``board``: its address as units reach it, for the link of the form on the phone; null: the mail bears none. Safe to repeat: what was sent is not sent again, what is pending is tried again.
    """
    found: Counter[str] = Counter()
    known = locations.addresses(engine)
    for unit_code in reminder.missing:
        addresses = _addresses(known, unit_code)
        if not addresses:
            log.warning(
                "unit %s has no mail address, so nobody reminds it; next step: "
                "lensan addresses add ADDRESS %s",
                unit_code,
                unit_code,
            )
            found["without_address"] += 1
            continue
        message = _reminder(engine, unit_code, reminder, moment, board)
        fact = reminder.fact(unit_code)
        for address in addresses:
            state = post.send(engine, smtp, "reminder", fact, address, message, moment)
            found[state] += 1
    return dict(found)


def of_one_unit(engine: Engine, kind: str, unit_code: str, *, moment: datetime) -> OneUnit:
    """What reminding one unit by hand at ``moment`` (aware) would be, of the report that is due next.

    The schedule's own reminder where that is due and has not gone to it yet, so that it goes once; else one more.
    """
    period = periods.owed(kind, moment)
    due = reminders_due(engine, kind, moment=moment)
    first_at = period.reminders_at()[0]
    with engine.begin() as connection:
        prefix = ledger.fact_of("reminder", kind, period.name, unit_code, "")
        gone = warehouse.rows(connection, "units/reminders/reminded", prefix=prefix)
    reminder = due or Reminder(period, 1, _missing(engine, period))
    if due is None or due.fact(unit_code) in {row["fact"] for row in gone if row["sent_at"]}:
        by_hand = {row["fact"] for row in gone if row["state"] != "pending"}
        count = sum(fact.removeprefix(prefix).startswith("by-hand-") for fact in by_hand)
        reminder = replace(reminder, by_hand=count + 1)
    is_missing = unit_code in reminder.missing
    addresses = _addresses(locations.addresses(engine), unit_code)
    last_at = max((row["sent_at"] for row in gone if row["sent_at"]), default=None)
    why_not = None
    if moment.astimezone(ICT).date() < first_at.date():
        why_not = "early"
    elif moment >= period.automatic_release_at:
        why_not = "late"
    elif not is_missing:
        why_not = "submitted"
    elif not addresses:
        why_not = "no_address"
    elif last_at is not None and moment - last_at < LEAST_APART:
        why_not = "just_reminded"
    reminder = replace(reminder, missing=(unit_code,) if is_missing else ())
    return OneUnit(reminder, unit_code, tuple(addresses), last_at, why_not)


def remind_one(
    engine: Engine,
    smtp: Transport,
    one: OneUnit,
    *,
    by: str,
    moment: datetime,
    board: str | None = None,
) -> dict[str, int]:
    """Mail one unit its reminder, by somebody's word, which goes into the audit; returns mails by state. ``board`` as
    in ``remind``.

    Raises ValueError where there is a reason not to (``why_not``).
    """
    if one.why_not is not None:
        raise ValueError(f"unit {one.unit_code} is not to be reminded now: {one.why_not}")
    found = remind(engine, smtp, one.reminder, moment=moment, board=board)
    period = one.reminder.period
    with engine.begin() as connection:
        audit.record(
            connection,
            actor=by,
            action="reminder.send",
            subject=f"{period.kind} {period.name}",
            detail={"unit": one.unit_code, **found},
            moment=moment,
        )
    return found


def _addresses(known: Iterable[Mapping[str, Any]], unit_code: str) -> list[str]:
    return [str(row["address"]) for row in known if row["sender"] == unit_code]


def _reminder(
    engine: Engine, unit_code: str, reminder: Reminder, moment: datetime, board: str | None
) -> EmailMessage:
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
        "is_last": reminder.by_hand is None and reminder.number == len(period.reminders_at()),
        "due_at": phrases.said(period.due_at),
        "is_early": period.is_brought_forward,
        "file_name": name,
        "link": board and phone_form.address(engine, board, unit_code, period, moment=moment),
        "rejected": _rejected(engine, unit_code, period),
        "office": letter.office_at(moment).office,
    }
    message = EmailMessage()
    again = f" (lần {reminder.number})" if reminder.number > 1 and not reminder.by_hand else ""
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
