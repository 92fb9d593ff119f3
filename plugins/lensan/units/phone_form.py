"""A unit's form on the phone: a signed link to a page of a few fields; what it sends is a file like any other.

See docs/decisions/0037-form-on-the-phone.md. A link is of one unit and one period, ends by itself, and needs no account.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import indicators, periods, problems, report_forms
from lensan.domain.periods import ICT, Period
from lensan.domain.places import places
from lensan.domain.problems import Rejection
from lensan.intake import filled_form, readers, sections
from lensan.intake.columns import Facts
from lensan.reports import wording
from lensan.units import blank_forms, phrases, sent_file
from lensan.units.blank_form_sheet import DIFFICULTIES, LastValue
from lensan.warehouse import audit

LIVES = timedelta(days=14)
"""So long is a link good; a correction after publication may still come by it."""
LONGEST = 500
MEASURES = ("in_period", "cumulative", "note")


class LinkError(ValueError):
    """A link that opens nothing. ``is_over``: it was good once."""

    def __init__(self, *, is_over: bool) -> None:
        super().__init__("the link has ended" if is_over else "there is no such link")
        self.is_over = is_over


@dataclass(frozen=True)
class Filled:
    """What was typed: ``values``: (indicator, measure) → text, as typed; ``difficulties``: the box."""

    values: Mapping[tuple[str, str], str]
    difficulties: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed that would be reported."""
        return not any(self.values.values()) and not self.difficulties


# ---------------------------------------------------------------- links


def link(engine: Engine, unit_code: str, period: Period, *, moment: datetime) -> str:
    """The part of the address that opens the form of a unit and period until LIVES after ``moment`` (aware)."""
    until = int((moment + LIVES).timestamp())
    told = f"{unit_code}.{period.kind}.{period.name}.{until}"
    return f"{told}.{mark(engine, 'form', told)}"


def address(engine: Engine, board: str, unit_code: str, period: Period, *, moment: datetime) -> str:
    """The whole address of a unit's form, below the board's as units reach it."""
    return f"{board.rstrip('/')}/form/{link(engine, unit_code, period, moment=moment)}"


def opened(engine: Engine, given: str, *, moment: datetime) -> tuple[str, Period]:
    """Whose form a link opens. Raises LinkError."""
    told, _dot, marked = given.rpartition(".")
    parts = told.split(".")
    wanted = mark(engine, "form", told)
    if len(parts) != 4 or not hmac.compare_digest(marked.encode(), wanted.encode()):
        raise LinkError(is_over=False)
    unit_code, kind, name, until = parts
    if int(until) < moment.timestamp():
        raise LinkError(is_over=True)
    return unit_code, periods.parse(kind, name)


def mark(engine: Engine, purpose: str, told: str) -> str:
    """What makes a link of a purpose true: only the warehouse's key gives it, of one purpose none of another."""
    with engine.begin() as connection:
        key: str = warehouse.scalar(connection, "units/phone_form/key")
    return hmac.new(key.encode(), f"lensan {purpose}\0{told}".encode(), hashlib.sha256).hexdigest()


# ---------------------------------------------------------------- the page


def lines(engine: Engine, unit_code: str, period: Period) -> list[dict[str, Any]]:
    """A line for each indicator that units declare: its words, what it had before, as people read it."""
    last = blank_forms.last_values(engine, unit_code, period)
    found = []
    for row in report_forms.form(period.kind).lines:
        if indicators.indicator(row.indicator or "").has_submission:
            found.append(
                {
                    "code": row.indicator,
                    "label": row.label,
                    "unit_of_measure": row.unit_of_measure,
                    "parts": row.parts,
                    "decimals": row.decimals,
                    "last": _told(last.get(row.indicator or ""), row.parts, row.decimals),
                }
            )
    return found


def _told(last: LastValue | None, parts: int, decimals: int) -> str:
    if last is None:
        return ""
    if parts == 2:
        return wording.parts(last.cumulative, last.cumulative_2)
    if not decimals:
        return wording.number(last.cumulative, 0)
    # It is read back as it stands: "75,900" and "1.234" may mean two numbers, "75,9" and "1234" one.
    text = wording.shortest(last.cumulative)
    return f"{text}0" if len(text.partition(",")[2]) == 3 else text


# ---------------------------------------------------------------- what is sent


def written(unit_code: str, period: Period, filled: Filled) -> bytes:
    """The form as a workbook, as its reader finds it in any other file: heading, the form's columns, a row an
    indicator, all as typed. The same words give the same bytes."""
    form = report_forms.form(period.kind)
    unit = places().sender(unit_code)
    to = io.BytesIO()
    workbook = xlsxwriter.Workbook(to, {"in_memory": True})
    workbook.set_properties({"created": period.starts_at.astimezone(ICT)})
    sheet = workbook.add_worksheet(form.sheet)
    rows: list[list[str]] = [
        [form.title],
        [f"Đơn vị báo cáo: {unit['kind']} {unit['name']}"],
        [wording.fill(form.span, period)],
        [column.header for column in form.columns],
    ]
    for row in form.rows:
        typed = {m: filled.values.get((row.indicator or "", m), "") for m in MEASURES}
        told = {"tt": row.tt, "label": row.label, "unit_of_measure": row.unit_of_measure, **typed}
        rows.append([str(told.get(column.key, "")) for column in form.columns])
    if filled.difficulties:
        rows.append([DIFFICULTIES, filled.difficulties])
    for number, cells in enumerate(rows):
        for column, text in enumerate(cells):
            if text:
                sheet.write_string(number, column, text)
    for index, each in enumerate(form.columns):
        sheet.set_column(index, index, each.width)
    workbook.close()
    return to.getvalue()


def wrong(
    unit_code: str, period: Period, content: bytes
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What the rules for rows of any form would hold back of it, and what they would doubt: indicator code →
    sentences; "" for the whole form."""
    contract = sent_file.contract()
    facts = Facts(contract, places(), period.due_day, unit_code, unit_code)
    held: dict[str, list[str]] = {}
    doubted: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        path.write_bytes(content)
        try:
            read = sections.of_document(readers.open_document(path, name=path.name), contract)
            forms = [filled_form.check(each, facts) for each in read.forms]
        except Rejection as rejected:
            return {"": [problems.sentence(rejected.problem)]}, {}
    if not forms:
        return {"": [problems.sentence(each) for each in read.unread]}, {}
    for form in forms:
        for row in form.rows:
            for found, told in ((held, row.problems), (doubted, row.doubts)):
                if told:
                    said = [problems.sentence(each) for each in told]
                    found[row.code or ""] = [*found.get(row.code or "", []), *said]
    return held, doubted


def send(
    engine: Engine,
    landing_root: Path,
    unit_code: str,
    period: Period,
    content: bytes,
    *,
    moment: datetime,
) -> Path:
    """Put the form into the unit's folder, where the next sweep finds it, and note that it came by a link."""
    folder = landing_root / sent_file.contract().location / unit_code
    folder.mkdir(parents=True, exist_ok=True)
    at = moment.astimezone(ICT)
    stem = report_forms.form(period.kind).file_stem
    path = folder / f"{stem}-{period.name}-dien-thoai-{at:%H%M%S%f}.xlsx"
    part = folder / f".{path.name}"
    part.write_bytes(content)
    part.replace(path)
    with engine.begin() as connection:
        audit.record(
            connection,
            actor=phrases.sender_name(unit_code),
            action="form.sent",
            subject=f"{unit_code} {period.kind} {period.name}",
            detail={"file": path.name, "sha256": hashlib.sha256(content).hexdigest()},
            moment=moment,
        )
    return path
