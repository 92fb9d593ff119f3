"""What stands above a form: whose it is, and for which period; and what its path and mail say of that.

Source of the rules: docs/rules/sources.md#district-submissions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lensan.domain import periods, plans, spans, values
from lensan.domain.contracts import Contract
from lensan.domain.periods import Period
from lensan.domain.places import Places
from lensan.domain.problems import Problem, Rejection
from lensan.intake.recognise import folded

if TYPE_CHECKING:
    from lensan.intake.sections import FormSection


@dataclass(frozen=True)
class Heading:
    """What stands above a form: who sends it, for which period."""

    senders: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    month: date | None


_RECIPIENT = re.compile(r"(kinh gui|noi nhan|gui)\b")
_LETTER_DATE = re.compile(r"^[^,;:()]{2,40},\s*ngay\b")
_MONTH = re.compile(r"\bthang\s*(\d{1,2})\s*(?:[/.\-]|nam)\s*(\d{4})")
_MONTHS = re.compile(
    r"\bthang\s?\d{1,2}(?:/\d{4})?\s?(?:va|den|,|;|-|&|\+)?\s?(?:het\s?)?thang\s?\d{1,2}\b"
)


def read_heading(lines: Sequence[str], places: Places, contract: Contract) -> Heading:
    """Senders (unit codes, or enterprises of the contract) and period named in the heading lines: the units as they
    are called in that period."""
    first = last = month = None
    said = spans.spans_in([line] for line in lines)
    for line in lines:
        found = _MONTH.search(spans.plain(line))
        if found and _MONTHS.search(spans.plain(line)):
            continue  # of two months it may be either
        if found and month is None and not spans.spans_in([[line]]) and 1 <= int(found[1]) <= 12:
            month = date(int(found[2]), int(found[1]), 1)
    if said:
        first, last = said[0]
    senders: list[str] = []
    for line in lines:
        for part in line.splitlines():
            if _RECIPIENT.match(folded(part)):
                continue
            # Whoever signs in Hạ Long need not be Hạ Long: the place of the letter's date is no sender.
            if _LETTER_DATE.match(_folded_dates(part)):
                continue
            for sender in senders_in(part, places, contract, last or month):
                if sender not in senders:
                    senders.append(sender)
    return Heading(tuple(senders), first, last, month)


def _folded_dates(text: str) -> str:
    return " ".join(
        folded(part) + ("," if part.endswith(",") else "")
        for part in (values.clean_text(text) or "").split(" ")
    )


_SENDER_PREFIX = re.compile(
    r"^(uy ban nhan dan|ubnd|don vi bao cao|don vi|dia phuong|co quan|phong \w+( \w+)*?|)\s*"
)


def senders_in(line: str, places: Places, contract: Contract, on: date | None = None) -> list[str]:
    """The units or enterprises that a line names as a whole, or after the words of a letterhead; units as they are
    called on a day."""
    text = folded(values.clean_text(line) or "")
    for enterprise, names in contract.enterprises.items():
        if any(folded(name) in text for name in names):
            return [enterprise]
    parts = re.split(r"[\n:;,()]| - ", values.clean_multiline(line) or "")
    found = []
    for part in parts:
        words = (values.clean_text(part) or "").split(" ")
        for start in range(min(len(words), 8)):
            tail = " ".join(words[start:])
            if start > 0 and not _is_letterhead(" ".join(words[:start])):
                continue
            match = places.match_sender(tail, on)
            if match.rule is None and match.value:
                found.append(match.value)
                break
    return found


def _is_letterhead(text: str) -> bool:
    return bool(
        re.fullmatch(
            r"(uy ban nhan dan|ubnd|ub nhan dan|don vi( bao cao)?|dia phuong|co quan|bao cao cua"
            r"|ket qua cua|cua|phong [a-z ]+|huyen|thi xa|thanh pho|tp|tx|xa|phuong|dac khu)"
            r"( (huyen|thi xa|thanh pho|tp|tx))?",
            folded(text),
        )
    )


def period_of(heading: Heading, kind: str) -> Period:
    """The period the heading names. Raises Rejection where it is none, saying which are possible."""
    first, last = heading.first_day, heading.last_day
    if plans.cadence(kind) == "month":
        day = heading.month or heading.first_day
        if day is None:
            raise _wrong_period("no_month", heading)
        month = periods.month(day, kind)
        if heading.month is None and (month.start, month.last_day) != (first, last):
            raise _wrong_period("no_month_of_days", heading, month)
        return month
    if first is None or last is None:
        raise _wrong_period("no_week", heading)
    expected = periods.week_of(first, kind)
    if (expected.start, expected.last_day) != (first, last):
        options = [expected, expected.next()] if expected.start != first else [expected]
        raise _wrong_period("no_week_of_days", heading, *options)
    return expected


def _wrong_period(case: str, heading: Heading, *possible: Period) -> Rejection:
    found: dict[str, Any] = {"case": case}
    for name, day in (("first", heading.first_day), ("last", heading.last_day)):
        if day is not None:
            found[name] = day.isoformat()
    if possible:
        found["weeks"] = [[p.start.isoformat(), p.last_day.isoformat()] for p in possible]
    return Rejection(Problem("wrong_period", found), f"heading {heading}")


def sender_in_path(
    name: str, places: Places, contract: Contract, on: date | None = None
) -> list[str]:
    """The enterprises named by a file's folders or its name, or the units of a day."""
    found: list[str] = []
    for part in re.split(r"[/\\]", re.sub(r"\.[A-Za-z]{2,5}$", "", name)):
        text = folded(re.sub(r"[-_.]+", " ", part))
        for enterprise, names in contract.enterprises.items():
            if any(folded(known) in text for known in (enterprise.replace("-", " "), *names)):
                found.append(enterprise)
                break
        else:
            found.extend(code for code in _units_in_words(text.split(" "), places, on))
    return list(dict.fromkeys(found))


_NO_SENDER_BEHIND = frozenset(("xa", "phuong", "tran", "gui", "kinh"))


def _units_in_words(words: list[str], places: Places, on: date | None) -> Iterator[str]:
    start = 0
    while start < len(words):
        for length in (5, 4, 3, 2):
            if start + length > len(words):
                continue
            match = places.match_sender(" ".join(words[start : start + length]), on)
            if match.value and (on is None or places.is_sender(match.value, on)):
                # "xa-ha-long" is a commune, "gui-tp-ha-long" whom a report is sent to.
                if not (start and words[start - 1] in _NO_SENDER_BEHIND):
                    yield match.value
                start += length - 1
                break
        start += 1


# ---------------------------------------------------------------- whose a file is


def sender_of(
    forms: Sequence[FormSection],
    path: str,
    mailboxes: Sequence[str],
    contract: Contract,
    places: Places,
    received_on: date,
) -> str:
    """The unit code or enterprise that a submission is of: its headings say so; path and mailbox may not
    say otherwise. A path names units of one of the forms' periods; of a file without forms, of the day it is of.

    ``path``: what may name the sender of the file's name; ``mailboxes``: whose the addresses are that it
    was mailed from. Raises Rejection.
    """
    days = [form.above.last_day or form.above.month for form in forms]
    spoken = [day for day in dict.fromkeys(days) if day is not None] or [received_on]
    readings = [sender_in_path(path, places, contract, day) for day in spoken]
    first_of_sheet = {form.place: form for form in reversed(forms)}
    headings = [first_of_sheet[place].above.senders for place in sorted(first_of_sheet)]
    in_heading = list(dict.fromkeys(sender for senders in headings for sender in senders))

    def name(sender: str) -> str:
        return sender_name(sender, contract, places)

    if len(in_heading) > 1:
        raise Rejection(
            Problem("two_senders", {"case": "heading", "senders": [name(s) for s in in_heading]}),
            f"heading names {in_heading}",
        )
    if not in_heading and not any(readings) and not mailboxes:
        raise Rejection(
            Problem("no_sender"), "neither heading, path nor the mail's sender names a unit"
        )
    in_path = next((named[-1:] for named in readings if named), [])
    sender = (in_heading or in_path or list(mailboxes))[0]
    # Forms of two times may lie below one name: it has to be the sender's on the day of one of them.
    named = min(readings, key=lambda named: sum(other != sender for other in named))
    for case, given, where in (("path", named, "path"), ("mailbox", mailboxes, "mailbox")):
        others = [other for other in given if other != sender]
        if others:
            names = {"sender": name(sender), "other": name(others[0])}
            raise Rejection(
                Problem("wrong_sender", {"case": case, **names}),
                f"heading or name says {sender}, {where} says {others}",
            )
    return sender


def sender_name(sender: str, contract: Contract, places: Places) -> str:
    """A unit or an enterprise as people call it."""
    if sender in contract.enterprises:
        return contract.enterprises[sender][0]
    return places.unit_name(sender)


def further_form(
    section: FormSection, contract: Contract, places: Places, sender: str | None
) -> Problem:
    """A form below the first one is of another unit than the file."""
    return Problem(
        "two_senders",
        {
            "case": "further_form",
            "sheet": section.sheet,
            "other": sender_name(section.heading.senders[0], contract, places),
            "sender": sender_name(sender or "", contract, places),
        },
    )


def not_reporting(unit_code: str, period: Period, places: Places) -> Problem:
    """A unit whose region reports for it, or a region whose units do: what both declare would count twice."""
    above = places.regions.of_unit(unit_code, period.last_day)
    told = {"sender": places.unit_name(unit_code), "day": f"{period.last_day:%d/%m/%Y}"}
    if above is None:
        return Problem("wrong_sender", {"case": "units_report", **told})
    return Problem("wrong_sender", {"case": "region_reports", "other": above.full_name, **told})


def wrong_time(unit_code: str, period: Period, places: Places) -> Problem:
    """A unit that has ended by the form's period, or not begun."""
    told = {"sender": places.unit_name(unit_code), "day": f"{period.last_day:%d/%m/%Y}"}
    return Problem("wrong_sender", {"case": "time", **told})
