"""The filled-in form of Appendix II or III: what a unit declares, row by row.

Pure: a form found on a sheet gives values, or why they are held back (docs/rules/sources.md#district-submissions).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from lensan.domain import indicators, units_of_measure, values
from lensan.domain.periods import Period
from lensan.domain.places import Places
from lensan.domain.problems import Problem, Rejection
from lensan.domain.units_of_measure import Unit
from lensan.intake import form_plan, form_values, heading
from lensan.intake.cells import as_text, is_blank, kept_value
from lensan.intake.columns import Facts
from lensan.intake.readers import SourceRow
from lensan.intake.recognise import header_text
from lensan.intake.recognise_form import FormLayout, cell_at
from lensan.intake.row_rules import CheckedList
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

    @property
    def values(self) -> tuple[Decimal | None, ...]:
        return self.in_period, self.in_period_2, self.cumulative, self.cumulative_2

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in its values, not even what cannot be read."""
        return not self.problems and all(value is None for value in self.values)


@dataclass(frozen=True)
class FilledForm:
    """A form after all rules. ``rows_blank``: rows that are read and not kept."""

    section: FormSection
    period: Period
    rows: list[FilledRow]
    rows_blank: int

    @property
    def is_blank(self) -> bool:
        """Whether nothing is filled in."""
        return all(row.is_blank for row in self.rows if row.kind is None)


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
        period = heading.period_of(dated, form_plan.settle(section.layout))
    except Rejection as verdict:
        verdict.unit_code = facts.unit_code
        raise
    if facts.unit_code:
        _refuse_silent(facts.unit_code, period, facts.places)
    marks = _decimal_marks(section)
    kept = [
        _filled(FilledRow(row, kind, code, doubts=list(told)), section.layout, facts.places, marks)
        for row, kind, code, told in section.rows
        if kind != "blank"
    ]
    _settle_repeated(kept, section.layout)
    return FilledForm(section, period, kept, len(section.rows) - len(kept))


def _refuse_silent(unit_code: str, period: Period, places: Places) -> None:
    """Raises Rejection for a unit or a region that does not report of the period: a form of it would count beside
    those that do."""
    if not places.is_sender(unit_code, period.last_day):
        raise Rejection(
            heading.wrong_time(unit_code, period, places),
            f"{unit_code} is no unit on {period.last_day}",
            unit_code=unit_code,
        )
    if not places.reports(unit_code, period.last_day):
        raise Rejection(
            heading.not_reporting(unit_code, period, places),
            f"{unit_code} does not report on {period.last_day}",
            unit_code=unit_code,
        )


def _settle_repeated(kept: Sequence[FilledRow], layout: FormLayout) -> None:
    """Of rows with one label those that say the same are one, blank ones none; where two differ, all are
    held back."""
    by_code: dict[str, list[FilledRow]] = {}
    for row in kept:
        if row.code is not None:
            by_code.setdefault(row.code, []).append(row)
    for rows in by_code.values():
        filled = [row for row in rows if not row.is_blank] or rows[:1]
        differ = len({row.values for row in filled}) > 1 or (
            len(filled) > 1 and any(row.problems for row in filled)
        )
        for row in rows:
            if row.is_blank and row is not filled[0]:
                row.kind, row.code = "note", None
            elif differ:
                label = header_text(cell_at(row.row.cells, layout.label))
                row.problems.append(_told(row, layout, layout.label, "twice", label))
            elif row is not filled[0]:
                row.kind, row.code = "note", None


def settled(checked: Sequence[CheckedList | FilledForm]) -> list[CheckedList | FilledForm]:
    """What one file says in the order in which it is to be merged: of its forms what stands last is what
    holds.

    Of several of one period a blank one never wins over a filled one, nor one that is hidden over one in
    sight; where two in sight differ in a row, that row is held back in both.
    """
    forms = [each for each in checked if isinstance(each, FilledForm)]
    ordered = sorted(forms, key=lambda form: (not form.is_blank, not form.section.hidden))
    for n, form in enumerate(ordered):
        for other in ordered[n + 1 :]:
            if form.period != other.period or form.is_blank or other.is_blank:
                continue
            for a in form.rows:
                for b in other.rows:
                    if a.code is not None and a.code == b.code and a.values != b.values:
                        _tell_difference(form, a, other, b)
    in_order = iter(ordered)
    return [next(in_order) if isinstance(each, FilledForm) else each for each in checked]


def _tell_difference(form: FilledForm, a: FilledRow, other: FilledForm, b: FilledRow) -> None:
    pairs = [(b, other, a, form)]
    if form.section.hidden == other.section.hidden:
        pairs.append((a, form, b, other))
    is_held = len(pairs) == 2
    for row, own, there, theirs in pairs:
        label = header_text(cell_at(row.row.cells, own.section.layout.label))
        header = own.section.layout.headers[own.section.layout.label]
        told = {
            "header": header,
            "sheet": theirs.section.sheet or "",
            "row": there.row.number,
        }
        problem = Problem(
            "forms_differ" if is_held else "hidden_form_differs",
            told,
            field=header,
            value=label,
            row=row.row.number,
            column=own.section.layout.label + 1,
        )
        (row.problems if is_held else row.doubts).append(problem)


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
    units = form_values.units_in(indicator.unit_of_measure)
    stated = stated_unit(cells, layout)
    pair = form_values.read_pair(
        *given,
        parts=indicator.parts,
        fractions=indicator.decimals > 0,
        units=units,
        stated=stated,
        marks=marks,
    )
    rivals = (layout.in_period_rivals, layout.cumulative_rivals)
    for index, name, cell, parsed, others in zip(
        (layout.in_period, layout.cumulative),
        ("in_period", "cumulative"),
        given,
        pair,
        rivals,
        strict=True,
    ):
        differing = [i for i in others if _differs(cell_at(cells, i), cell)]
        if differing:
            problem = _told(line, layout, index, "two_columns", cell)
            header = layout.headers[differing[0]]
            told = {**problem.parameters, "name": f"{header} ({differing[0] + 1})"}
            line.problems.append(replace(problem, parameters=told))
            continue
        if parsed.rule is not None:
            line.problems.append(_told(line, layout, index, parsed.rule, cell))
            continue
        is_converted = stated not in (None, units[0]) and parsed.value is not None
        if parsed.warning is not None or is_converted:
            rule = parsed.warning or "unit_converted"
            line.doubts.append(_told(line, layout, index, rule, cell))
        first, second = parsed.value or (None, None)
        setattr(line, name, first)
        setattr(line, f"{name}_2", second)
    if line.row.note == "hidden":
        line.doubts.append(_told(line, layout, layout.label, "hidden_row", None))
    line.note = values.clean_multiline(cell_at(cells, layout.note))
    if indicator.places is not None and line.note:
        line.places = tuple(places_in(line.note, indicator.places, places))
        if line.places and line.in_period is not None and len(line.places) < line.in_period:
            doubt = _told(line, layout, layout.in_period, "places_differ", given[0])
            counted = {**doubt.parameters, "count": len(line.places)}
            line.doubts.append(replace(doubt, parameters=counted))
    return line


def _differs(other: Any, cell: Any) -> bool:
    """Whether a further column of the same header says something else."""
    return not is_blank(other) and as_text(other) != as_text(cell)


def _decimal_marks(section: FormSection) -> str | None:
    layout = section.layout
    return form_values.decimal_marks(
        (indicators.indicator(row.code).decimals == 0, cell_at(row.row.cells, index))
        for row in section.rows
        for index in (layout.in_period, layout.cumulative)
        if row.code is not None
    )


_UNIT_HEADERS = ("don vi tinh", "dvt", "don vi")


def stated_unit(cells: Sequence[Any], layout: FormLayout) -> Unit | None:
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

    def found_in(text: str) -> list[str]:
        parsed = match(text)
        return [parsed.value] if parsed.rule is None and parsed.value else []

    found: list[str] = []
    note = _ALL_TIME.split(note)[0]
    for chunk in re.split(r"[\n:;,()]|\s[-–—+•]\s|^[-–—+•]", note):
        text = re.sub(r"^[\s\-–—+•*.]+|[\s.]+$", "", chunk)
        if not text or _LIST_HEAD.fullmatch(values.fold(text)):
            continue
        whole = found_in(text)
        parts = [
            code
            for part in re.split(r"\s{1,20}và\s{1,20}|/|\s-\s", text)
            for code in found_in(part)
        ]
        among = [] if whole else _places_among_words(text, found_in)
        found += whole or (among if len(among) >= len(parts) else parts + among)
    return list(dict.fromkeys(found))


def _places_among_words(text: str, found_in: Callable[[str], list[str]]) -> list[str]:
    """Places whose names of two words and more stand in a sentence: "Tiêu thụ tại Hà Nội và Hải Phòng"."""
    words = re.findall(r"[^\W\d_]+", text)[:60]
    found: list[str] = []
    start = 0
    while start < len(words):
        for length in (4, 3, 2):
            part = words[start : start + length]
            codes = (
                found_in(" ".join(part)) if len(part) == length and part[0][:1].isupper() else []
            )
            if codes:
                found += codes
                start += length - 1
                break
        start += 1
    return found
