"""The filled-in form of Appendix II or III: what a unit declares, row by row.

Rows are found by their labels wherever they stand; a label that fits no indicator, or two equally
well, is held back and never guessed (docs/rules/sources.md#district-submissions).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from lensan.domain import indicators, report_forms, units_of_measure, values
from lensan.domain.periods import Period
from lensan.domain.places import Places
from lensan.domain.problems import Problem
from lensan.domain.units_of_measure import Unit
from lensan.intake import form_values, recognise
from lensan.intake.cells import kept_value
from lensan.intake.readers import SourceRow
from lensan.intake.recognise import FormLayout, Labels, header_text


@cache
def labels() -> Labels:
    """The labels of all indicators, with the plan's own misprints as aliases."""
    return Labels(
        {each.code: (each.label, *each.label_aliases) for each in indicators.indicators()},
        report_forms.headings(),
    )


@dataclass
class FilledRow:
    """One row of the form that is not blank. ``code`` is null where the label names no indicator."""

    record_id: int
    row: SourceRow
    code: str | None = None
    ignored: str | None = None
    in_period: Decimal | None = None
    in_period_2: Decimal | None = None
    cumulative: Decimal | None = None
    cumulative_2: Decimal | None = None
    note: str | None = None
    places: tuple[str, ...] | None = None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass
class FilledForm:
    period: Period
    kept: list[FilledRow]
    rows_blank: int
    next_position: int
    table_end: int


def find(rows: Sequence[SourceRow]) -> tuple[int, FormLayout] | None:
    """The position of the form's header row on a sheet, and its columns."""
    for position, row in enumerate(rows):
        if sum(1 for cell in row.cells if isinstance(cell, str)) < 2:
            continue
        layout = recognise.form_layout(row.cells, *cells_below(rows, position))
        if layout is not None:
            return position, layout
    return None


def cells_below(rows: Sequence[SourceRow], position: int) -> list[tuple[Any, ...]]:
    """The rows right below one that may be the first of a header of three."""
    return [row.cells for row in rows[position + 1 : position + 3]]


def heading_lines(rows: Sequence[SourceRow]) -> list[str]:
    """The texts above a form, cell by cell."""
    return [cell for row in rows for cell in row.cells if isinstance(cell, str) and cell.strip()]


def read(
    rows: Sequence[SourceRow],
    position: int,
    layout: FormLayout,
    period: Period,
    places: Places,
    *,
    first_record_id: int,
    starts_list: Callable[[SourceRow], bool],
) -> FilledForm:
    """Read the form whose header stands at ``position``, to the next table or the sheet's end."""
    marks = _decimal_marks(rows[position:], layout)
    kept: list[FilledRow] = []
    blank = 0
    ended = False
    in_header = in_table = True
    table_end = position + layout.height
    header_end = position + layout.height
    current = position
    while current < len(rows):
        row = rows[current]
        if not any(cell is not None and str(cell).strip() for cell in row.cells):
            blank += 1
            current += 1
            continue
        line = FilledRow(first_record_id + len(kept), row)
        again = recognise.form_layout(row.cells)
        if current < header_end or (in_header and recognise.continues_header(row.cells, layout)):
            line.ignored = "header"
        elif again is not None and in_table and again.headers == layout.headers:
            # Printed once more at the top of a page, right below a row of the table.
            line.ignored = "header"
        elif again is not None or starts_list(row):
            break
        else:
            in_header = False
            ended = ended or recognise.ends_table(row.cells)
            if ended:
                line.ignored = "note"
            else:
                _read_line(line, layout, places, marks)
        if line.code is not None or line.ignored == "header":
            table_end = current + 1
        in_table = line.code is not None or line.ignored == "header"
        kept.append(line)
        current += 1
    seen: dict[str, FilledRow] = {}
    for line in kept:
        if line.code and not line.ignored:
            if line.code in seen:
                label = header_text(_at(line.row, layout.label))
                line.problems.append(_problem(line, layout, layout.label, "twice", label))
            seen.setdefault(line.code, line)
    return FilledForm(period, kept, blank, current, table_end)


def _decimal_marks(rows: Sequence[SourceRow], layout: FormLayout) -> str | None:
    cells = []
    for row in rows:
        label = _at(row, layout.label)
        code = labels().code(header_text(label)) if header_text(label) else None
        for index in (layout.in_period, layout.cumulative) if code else ():
            cells.append((not _decimals(code), _at(row, index)))
    return form_values.decimal_marks(cells)


_UNIT_HEADERS = ("don vi tinh", "dvt", "don vi")


def _stated_unit(row: SourceRow, layout: FormLayout) -> Unit | None:
    """The unit in the form's own column for it, where it measures: counted things may be called
    anything there, but kilograms, percent or thousands change what a number means."""
    for index, header in enumerate(layout.headers):
        if values.fold(header) in _UNIT_HEADERS:
            cell = _at(row, index)
            stated = form_values.units_in(header_text(cell))[0] if isinstance(cell, str) else None
            measures = stated is not None and (
                stated.dimension in ("mass", "money", "share")
                or units_of_measure.is_multiplied(stated)
            )
            return stated if measures else None
    return None


def _at(row: SourceRow, index: int | None) -> Any:
    return row.cells[index] if index is not None and index < len(row.cells) else None


def _problem(line: FilledRow, layout: FormLayout, index: int, rule: str, value: Any) -> Problem:
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
    return "two_parts" if _parts(code) == 2 else "fraction" if _decimals(code) else "count"


def _parts(code: str | None) -> int:
    return indicators.indicator(code).parts if code else 1


def _decimals(code: str | None) -> int:
    return indicators.indicator(code).decimals if code else 0


def _read_line(line: FilledRow, layout: FormLayout, places: Places, marks: str | None) -> None:
    row = line.row
    label = _at(row, layout.label)
    numbers = [_at(row, layout.in_period), _at(row, layout.cumulative)]
    has_numbers = any(n is not None and str(n).strip() and n != label for n in numbers)
    text = header_text(label) if isinstance(label, str) else ""
    code = labels().code(text) if text else None
    if code == "":
        line.ignored = "header"
        return
    if code is None:
        if not has_numbers:
            line.ignored = "note"
            return
        line.problems.append(_problem(line, layout, layout.label, "unknown_label", label))
        return
    line.code = code
    cells = [_at(row, layout.in_period), _at(row, layout.cumulative)]
    pair = form_values.read_pair(
        *cells,
        parts=_parts(code),
        fractions=_decimals(code) > 0,
        units=form_values.units_in(indicators.indicator(code).unit_of_measure),
        stated=_stated_unit(row, layout),
        marks=marks,
    )
    for index, name, cell, parsed in zip(
        (layout.in_period, layout.cumulative), ("in_period", "cumulative"), cells, pair, strict=True
    ):
        if parsed.rule is not None:
            line.problems.append(_problem(line, layout, index, parsed.rule, cell))
            continue
        first, second = parsed.value or (None, None)
        if parsed.warning is not None:
            line.warnings.append(_problem(line, layout, index, parsed.warning, cell))
        setattr(line, name, first)
        setattr(line, f"{name}_2", second)
    if row.note == "hidden":
        line.warnings.append(_problem(line, layout, layout.label, "hidden_row", None))
    note = values.clean_multiline(_at(row, layout.note))
    line.note = note
    listed = indicators.indicator(code).places
    if listed is not None and note:
        line.places = tuple(places_in(note, listed, places))


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
