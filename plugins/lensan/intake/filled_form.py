"""The filled-in form of Appendix II or III: what a unit declares, row by row.

Pure: a form found on a sheet gives values, or why they are held back (docs/rules/sources.md#district-submissions).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lensan.domain import indicators, units_of_measure, values
from lensan.domain.periods import Period
from lensan.domain.places import Places
from lensan.domain.problems import Problem, Rejection
from lensan.domain.units_of_measure import Unit
from lensan.intake import form_values, heading
from lensan.intake.cells import kept_value
from lensan.intake.columns import Facts
from lensan.intake.readers import SourceRow
from lensan.intake.recognise import header_text
from lensan.intake.recognise_form import FormLayout, cell_at
from lensan.intake.sections import FormSection


@dataclass
class FilledRow:
    """A row of the form that is not blank. ``kind``: header or note where it is no data; ``code``: null
    where its label names no indicator."""

    row: SourceRow
    kind: str | None = None
    code: str | None = None
    in_period: Decimal | None = None
    in_period_2: Decimal | None = None
    cumulative: Decimal | None = None
    cumulative_2: Decimal | None = None
    note: str | None = None
    places: tuple[str, ...] | None = None
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class FilledForm:
    """A form after all rules. ``rows_blank``: rows that are read and not kept."""

    section: FormSection
    period: Period
    rows: list[FilledRow]
    rows_blank: int


def check(section: FormSection, facts: Facts) -> FilledForm:
    """Read the values of a form. Raises Rejection for one of another sender than the file's, and for one
    whose heading names no period."""
    of_others = section.heading.senders and facts.sender not in section.heading.senders
    if of_others:
        raise Rejection(
            heading.further_form(section, facts.contract, facts.places, facts.sender),
            f"a further form is of {section.heading.senders}",
            unit_code=facts.unit_code,
        )
    own = section.heading
    # A further form may stand below the same heading.
    dated = own if own.first_day is not None or own.month is not None else section.above
    try:
        period = heading.period_of(dated, section.layout.kind)
    except Rejection as verdict:
        verdict.unit_code = facts.unit_code
        raise
    marks = _decimal_marks(section)
    kept = [
        _filled(FilledRow(row, kind, code), section.layout, facts.places, marks)
        for row, kind, code in section.rows
        if kind != "blank"
    ]
    seen: set[str] = set()
    for row in kept:
        if row.code in seen:
            label = header_text(cell_at(row.row.cells, section.layout.label))
            row.problems.append(_told(row, section.layout, section.layout.label, "twice", label))
        elif row.code is not None:
            seen.add(row.code)
    return FilledForm(section, period, kept, len(section.rows) - len(kept))


def _filled(line: FilledRow, layout: FormLayout, places: Places, marks: str | None) -> FilledRow:
    """A row with its values, or its problems. ``marks``: the decimal marks that the whole form proves."""
    if line.kind is not None:
        return line
    cells = line.row.cells
    if line.code is None:
        label = cell_at(cells, layout.label)
        line.problems.append(_told(line, layout, layout.label, "unknown_label", label))
        return line
    indicator = indicators.indicator(line.code)
    given = [cell_at(cells, layout.in_period), cell_at(cells, layout.cumulative)]
    pair = form_values.read_pair(
        *given,
        parts=indicator.parts,
        fractions=indicator.decimals > 0,
        units=form_values.units_in(indicator.unit_of_measure),
        stated=_stated_unit(cells, layout),
        marks=marks,
    )
    for index, name, cell, parsed in zip(
        (layout.in_period, layout.cumulative), ("in_period", "cumulative"), given, pair, strict=True
    ):
        if parsed.rule is not None:
            line.problems.append(_told(line, layout, index, parsed.rule, cell))
            continue
        if parsed.warning is not None:
            line.doubts.append(_told(line, layout, index, parsed.warning, cell))
        first, second = parsed.value or (None, None)
        setattr(line, name, first)
        setattr(line, f"{name}_2", second)
    if line.row.note == "hidden":
        line.doubts.append(_told(line, layout, layout.label, "hidden_row", None))
    line.note = values.clean_multiline(cell_at(cells, layout.note))
    if indicator.places is not None and line.note:
        line.places = tuple(places_in(line.note, indicator.places, places))
    return line


def _decimal_marks(section: FormSection) -> str | None:
    layout = section.layout
    return form_values.decimal_marks(
        (indicators.indicator(row.code).decimals == 0, cell_at(row.row.cells, index))
        for row in section.rows
        for index in (layout.in_period, layout.cumulative)
        if row.code is not None
    )


_UNIT_HEADERS = ("don vi tinh", "dvt", "don vi")


def _stated_unit(cells: Sequence[Any], layout: FormLayout) -> Unit | None:
    """The unit in the form's own column for it, where it measures: counted things may be called
    anything there, but kilograms, percent or thousands change what a number means."""
    for index, header in enumerate(layout.headers):
        if values.fold(header) in _UNIT_HEADERS:
            cell = cell_at(cells, index)
            stated = form_values.units_in(header_text(cell))[0] if isinstance(cell, str) else None
            measures = stated is not None and (
                stated.dimension in ("mass", "money", "share")
                or units_of_measure.is_multiplied(stated)
            )
            return stated if measures else None
    return None


def _told(line: FilledRow, layout: FormLayout, index: int, rule: str, value: Any) -> Problem:
    """What is wrong with a cell of a form's row."""
    header = layout.headers[index] if index < len(layout.headers) else ""
    return Problem(
        rule,
        {"header": header, "expected": _expected(line.code)},
        field=header,
        value=kept_value(value),
        row=line.row.number,
        column=index + 1,
    )


def _expected(code: str | None) -> str:
    """What belongs in the cells of an indicator: a word of include/messages/problems.yml."""
    if code is None:
        return "count"
    indicator = indicators.indicator(code)
    return "two_parts" if indicator.parts == 2 else "fraction" if indicator.decimals else "count"


_LIST_HEAD = re.compile(
    r"danh sach cac (tinh thanh|tinh thanh pho|quoc gia)|mien (bac|trung|nam)|cac tinh|cac quoc gia"
)


_ALL_TIME = re.compile(r"(?i)\bl[uũ][yỹ]\s+k[eế]\b")


def places_in(note: str, kind: str, places: Places) -> list[str]:
    """Codes of provinces or countries (``kind``: province or country) listed in a notes cell, in their order.

    What stands behind "Lũy kế" is not of the period; it stood in earlier forms.
    "Danh sách các tỉnh thành: - Miền Bắc: Hà Nội, Hải Phòng - Miền Trung: …"; words that name no
    place are passed over, since the number itself stands in its own column.
    """
    match = places.match_province if kind == "province" else places.match_country
    found: list[str] = []
    note = _ALL_TIME.split(note)[0]
    for chunk in re.split(r"[\n:;,]|\s[-–—+•]\s|^[-–—+•]", note):
        text = re.sub(r"^[\s\-–—+•*.]+|[\s.]+$", "", chunk)
        if not text or _LIST_HEAD.fullmatch(values.fold(text)):
            continue
        parsed = match(text)
        if parsed.rule is None and parsed.value:
            found.append(parsed.value)
        else:
            for part in re.split(r"\s+và\s+|/|\s-\s", text):
                parsed = match(part)
                if parsed.rule is None and parsed.value:
                    found.append(parsed.value)
    return list(dict.fromkeys(found))
