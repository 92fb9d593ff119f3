"""What was understood of a sender's file, read again from its bytes by the very rules that loaded it.

It holds what stands in the file, personal data among it: for the sender's workbook alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lensan.domain import indicators, problems
from lensan.domain.contracts import ContractColumn
from lensan.domain.places import places
from lensan.domain.problems import Rejection
from lensan.intake import filled_form, row_rules, sections
from lensan.intake.cells import as_text, is_blank
from lensan.intake.columns import ColumnCheck, Facts, stated_unit
from lensan.intake.filled_form import FilledForm, FilledRow
from lensan.intake.form_values import units_in
from lensan.intake.readers import SourceDocument, SourceRow
from lensan.intake.recognise import folded, header_text
from lensan.intake.recognise_form import cell_at
from lensan.intake.sections import FormSection, ListSection, Sections
from lensan.reports import wording
from lensan.units import marking
from lensan.units.sent_file import SentFile, contract
from lensan.units.understood_sheet import Line

FIRST_VALUES = 3
MOST_PASSED_OVER = 200
LONGEST = 120
NOT_READ = "(không đọc)"
HELD = "(chưa nhận)"
_PASSED_OVER = {
    "total": "Dòng cộng hoặc tên nhóm: không tính",
    "note": "Ghi chú hoặc chữ ký: không tính",
}


@dataclass(frozen=True)
class ReadBack:
    """How a file was read. ``lines``: for the sheet *Đã hiểu*; ``totals``, ``notes``: rows within or below its
    tables that count nowhere; ``ignored_sheets``: names."""

    lines: tuple[Line, ...] = ()
    totals: int = 0
    notes: int = 0
    ignored_sheets: tuple[str, ...] = ()

    @property
    def renamed(self) -> list[Line]:
        """Headers and labels whose words are not ours, and columns that are not read: what may be wrong."""
        return [
            line
            for line in self.lines
            if line.theirs
            and line.ours
            and line.is_named
            and folded(line.theirs) not in _spellings(line.ours)
        ]


def of_file(file: SentFile, document: SourceDocument | None) -> ReadBack:
    """How a loaded file was read; its rows in memory. Nothing where it cannot be opened, or was refused."""
    if document is None or file.is_rejected:
        return ReadBack()
    unit_code = file.sender if file.sender not in contract().enterprises else None
    facts = Facts(contract(), places(), file.export_date, file.sender, unit_code)
    read = sections.of_document(document, contract())
    found: list[Line] = []
    for section in read.found:
        found += (
            _list(section, facts) if isinstance(section, ListSection) else _form(section, facts)
        )
    kinds = Counter(row.kind for section in read.found for row in section.rows)
    return ReadBack(
        (*found, *_passed_over(read)),
        kinds["total"],
        kinds["note"],
        read.ignored_sheets,
    )


def _spellings(ours: str) -> set[str]:
    """Our words folded, of a row of a form with its number and without."""
    return {folded(ours), folded(ours.partition(". ")[2])}


# ---------------------------------------------------------------- lists


def _list(section: ListSection, facts: Facts) -> Iterator[Line]:
    """A line for each header of a list, read or not, with the first values below it."""
    checked = row_rules.check(section, facts)
    _read_through(checked)
    while checked.reads_otherwise:
        checked = checked.again()
        _read_through(checked)
    first = [row.row for row in section.rows if row.kind is None][:FIRST_VALUES]
    by_index = {each.index: each for each in checked.checks.values() if each.index is not None}
    yield Line(section.sheet or "", "", f"(bảng ở dòng {section.header_row})", f"Danh sách: {section.layout.entity.label}")  # fmt: skip
    for index, header in enumerate(section.layout.headers):
        check = by_index.get(index)
        if not header and check is None:
            continue
        yield Line(
            section.sheet or "",
            _cell(section, index),
            header,
            check.column.headers[0] if check is not None else NOT_READ,
            _unit(check, section) if check is not None else "",
            _values(first, index, None),
            _values(first, index, check) if check is not None else "",
            is_named=True,
        )


def _read_through(checked: row_rules.CheckedList) -> None:
    for _ in checked.batches:
        pass


def _cell(section: ListSection | FormSection, index: int) -> str:
    if section.header_row is None:
        return ""
    row = section.header_row + section.layout.height - 1
    return f"{marking.letters(index + 1)}{row}"


def _unit(check: ColumnCheck, section: ListSection) -> str:
    own = check.column.kept_unit
    if own is None:
        return ""
    said = stated_unit(check.column, section.layout)
    return own.name if said in (None, own) or said is None else f"{said.name} → {own.name}"


def _values(rows: Sequence[SourceRow], index: int, check: ColumnCheck | None) -> str:
    """The first values of a column, a line each: as they stand, or as the column's ``check`` reads them."""
    cells = [cell_at(row.cells, index) for row in rows]
    if check is None:
        return "\n".join(_short(as_text(cell)) or "–" for cell in cells)
    return "\n".join(_read(cell, check) for cell in cells)


def _read(cell: Any, check: ColumnCheck) -> str:
    said = check.remembered(cell)
    if said.problem is not None or said.is_open or (said.value is None and not is_blank(cell)):
        return HELD if said.problem is not None else "(không lấy)" if not said.is_open else HELD
    return _short(_shown(said.value, check.column)) or "–"


def _shown(value: Any, column: ContractColumn) -> str:
    """A value as people write it."""
    match value:
        case None:
            return ""
        case Decimal():
            return _number(value)
        case datetime():
            return f"{value:%d/%m/%Y %H:%M}"
        case date() if column.type == "month":
            return f"{value:%m/%Y}"
        case date():
            return f"{value:%d/%m/%Y}"
        case tuple():
            return " - ".join(_shown(each, column) for each in value)
        case str() if column.type == "word" and value in column.words:
            return column.words[value][0]
        case str() if column.type == "unit":
            return places().unit_name(value)
        case _:
            return str(value)


def _number(value: Decimal) -> str:
    exponent = value.normalize().as_tuple().exponent
    return wording.number(value, max(0, -exponent) if isinstance(exponent, int) else 0)


def _short(text: str | None) -> str:
    text = text or ""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


# ---------------------------------------------------------------- forms


def _form(section: FormSection, facts: Facts) -> Iterator[Line]:
    """A line for each column of a form, then one for each of its rows."""
    try:
        form = filled_form.check(section, facts)
    except Rejection as verdict:
        yield Line(section.sheet or "", "", "", problems.sentence(verdict.problem))
        return
    sheet, layout = section.sheet or "", section.layout
    yield Line(sheet, "", f"(biểu ở dòng {section.header_row})", f"Biểu chỉ tiêu, {wording.period_label(form.period)}")  # fmt: skip
    ours = {
        layout.label: "Tên chỉ tiêu",
        layout.in_period: f"Trong {'tuần' if layout.kind == 'week' else 'tháng'}",
        layout.cumulative: "Lũy kế",
        layout.note: "Ghi chú",
    }
    for index, header in enumerate(layout.headers):
        if header:
            yield Line(
                sheet,
                _cell(section, index),
                header,
                ours.get(index, NOT_READ),
                is_named=index not in ours,
            )
    yield from (_form_row(row, form) for row in form.rows if row.kind is None)


def _form_row(row: FilledRow, form: FilledForm) -> Line:
    layout = form.section.layout
    cells = row.row.cells
    given = [_short(as_text(cell_at(cells, i))) for i in (layout.in_period, layout.cumulative)]
    ours, unit, read = HELD, "", HELD
    if row.code is not None:
        indicator = indicators.indicator(row.code)
        ours, unit = f"{row.code}. {indicator.label}", indicator.unit_of_measure
        stated = filled_form.stated_unit(cells, layout)
        if stated is not None and stated != units_in(unit)[0]:
            unit = f"{stated.name} → {unit.lower()}"
        if not row.problems:
            read = _two(*(_declared(row, name) for name in ("in_period", "cumulative")))
    return Line(
        form.section.sheet or "",
        f"{marking.letters(layout.label + 1)}{row.row.number}",
        header_text(cell_at(cells, layout.label)),
        ours,
        unit,
        _two(*given),
        read,
        is_named=row.code is not None,
    )


def _declared(row: FilledRow, name: str) -> str:
    first, second = getattr(row, name), getattr(row, f"{name}_2")
    if second is not None:
        return wording.parts(first, second)
    return _number(first) if first is not None else ""


def _two(in_period: str, cumulative: str) -> str:
    return f"Trong kỳ: {in_period or '–'}\nLũy kế: {cumulative or '–'}"


# ---------------------------------------------------------------- what was passed over


def _passed_over(read: Sections) -> Iterator[Line]:
    """Rows within or below tables that count nowhere, tables that could not be read, and other sheets."""
    found = [
        Line(
            section.sheet or "",
            f"A{row.row.number}" if section.sheet else "",
            _short(" | ".join(as_text(cell) or "" for cell in row.row.cells if not is_blank(cell))),
            _PASSED_OVER[row.kind],
        )
        for section in read.found
        for row in section.rows
        if row.kind in _PASSED_OVER
    ]
    yield from found[:MOST_PASSED_OVER]
    for problem in read.unread:
        row = problem.parameters.get("row")
        yield Line(problem.parameters.get("sheet", ""), f"A{row}" if row else "", "", problems.sentence(problem))  # fmt: skip
    for sheet in read.ignored_sheets:
        yield Line(sheet, "", "(cả trang)", "Không có biểu hoặc danh sách nào: không đọc")
