"""From the rows of a list to typed records, or to the reasons why they are held back.

The rules are those of docs/rules/sources.md#checked; where a column's rule can be said in a word it stands in the
contract, what spans several columns of an entity stands here. Pure: nothing is written, and what a file
proves about its columns comes out beside it, to be read by from the start.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from lensan.domain import office, quantities, values
from lensan.domain.contracts import Entity
from lensan.domain.office import PROVINCE
from lensan.domain.places import PROVINCES_VALID_UNTIL
from lensan.domain.problems import Problem
from lensan.domain.seats import fold_commune
from lensan.intake import columns
from lensan.intake.cells import is_blank, kept_value
from lensan.intake.columns import ColumnCheck, Facts, Proofs
from lensan.intake.order_columns import PlainRows, plain_rows, remember_as_is
from lensan.intake.readers import SourceRow
from lensan.intake.readers.blocks import Block
from lensan.intake.readers.earlier import EarlierLines
from lensan.intake.recognise import ListLayout
from lensan.intake.sections import ListSection, MarkedBlock, MarkedRow, StreamedRows

BATCH_ROWS = 20_000

Record = dict[str, Any]
"""What a row says: the contract's columns by name, typed, and ``entity_key``."""


class KeptRow(NamedTuple):
    """A row as it is kept in raw. ``key``: of what it is about, where that could be read; of several a
    line each."""

    number: int
    key: str | None
    cells: Sequence[Any]


@dataclass
class Batch:
    """Some rows of a section after all rules.

    All is told by the position of a kept row in its section, from 0; ``end``: that behind the last one.
    What is sparse stays sparse: a row without an entry in ``ignored`` or ``problems`` is accepted.
    ``plain``: accepted rows by column, at ``plain_at``; they are not in ``rows`` and ``records``. ``skipped``:
    numbers of rows, at ``skipped_at``, that an earlier file says already, which are in none of them.
    ``rows_blank``: rows that are read and not kept.
    """

    first: int
    end: int
    rows: dict[int, KeptRow] = field(default_factory=dict)
    ignored: list[tuple[int, str]] = field(default_factory=list)
    problems: list[tuple[int, Problem]] = field(default_factory=list)
    doubts: list[tuple[int, Problem]] = field(default_factory=list)
    records: list[tuple[int, Record]] = field(default_factory=list)
    rows_blank: int = 0
    plain: PlainRows | None = None
    plain_at: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    skipped: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    skipped_at: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Position and row number of every row that is kept, in any order; both int64."""
        positions = np.fromiter(self.rows, np.int64, len(self.rows))
        numbers = np.fromiter((row.number for row in self.rows.values()), np.int64, len(self.rows))
        return (
            np.concatenate([positions, self.plain_at, self.skipped_at]),
            np.concatenate([numbers, self.plain_numbers, self.skipped]),
        )

    @property
    def plain_numbers(self) -> np.ndarray:
        """Row numbers of the plain rows."""
        return np.empty(0, np.int64) if self.plain is None else self.plain.numbers


@dataclass
class CheckedList:
    """A list after all rules: its batches, to be iterated once, and what its values proved by then.

    ``proved``: by an earlier pass over its rows. ``may_settle_columns``: whether batches may hold plain rows.
    """

    section: ListSection
    facts: Facts
    batches: Iterator[Batch]
    checks: Mapping[str, ColumnCheck]
    proved: Proofs
    may_settle_columns: bool

    @property
    def proofs(self) -> Proofs:
        """What the columns prove together, as far as their rows have been read."""
        return {name: each.proof for name, each in self.checks.items() if each.proof is not None}

    @property
    def reads_otherwise(self) -> bool:
        """Whether the rows would be read otherwise by what the columns prove."""
        return any(proof.has_doubts for proof in self.proofs.values())

    def again(self) -> CheckedList:
        """The same list from its first row, read by what its columns proved."""
        return check(self.section, self.facts, self.proofs)

    @property
    def proves_nothing(self) -> bool:
        """Whether nothing in these rows could make one of another file doubtful, were they one list."""
        return all(proof.proves_nothing for proof in self.proofs.values())

    def beside(self, earlier: EarlierLines) -> CheckedList:
        """The same list from its first row, without the lines of an earlier file. A delimited file's."""
        rows = self.section.rows
        assert isinstance(rows, StreamedRows), "only delimited files have lines"
        section = replace(self.section, rows=replace(rows, earlier=earlier))
        return check(section, self.facts, self.proved)

    def anew(self) -> CheckedList:
        """The same list from its first row, as if it had not been read."""
        return check(self.section, self.facts, self.proved)


def check(section: ListSection, facts: Facts, proved: Proofs | None = None) -> CheckedList:
    """Check the rows of a list, each as it is asked for. ``proved``: by an earlier pass over them. Raises
    Unreadable where reading them does."""
    proved = proved or {}
    rules = RowRules(section, facts, proved)
    may_settle = section.layout.entity.name == "order_line" and rules.settles_columns
    return CheckedList(section, facts, _batches(section, rules), rules.checks, proved, may_settle)


def _batches(section: ListSection, rules: RowRules) -> Iterator[Batch]:
    order_cells = None
    if section.layout.entity.name == "order_line":
        order_cells = OrderCells(section.layout, of_spreadsheet=section.of_spreadsheet)
    batch = Batch(0, 0)
    rows = section.rows
    parts = rows.parts() if isinstance(rows, StreamedRows) else iter(rows)
    for part in parts:
        if isinstance(part, MarkedRow):
            _add(batch, part, rules, order_cells)
        elif order_cells is not None and rules.settles_columns:
            yield batch
            batch = _of_block(part, rules, order_cells, batch.end)
        else:
            for row in part.rows():
                _add(batch, row, rules, order_cells)
        if batch.end - batch.first >= BATCH_ROWS:
            yield batch
            batch = Batch(batch.end, batch.end)
    yield batch


def _of_block(part: MarkedBlock, rules: RowRules, order_cells: OrderCells, first: int) -> Batch:
    """The rows of a block: the plain ones by columns, all others row by row. ``first``: position of the first."""
    block, skipped = part.data, part.data.skipped
    plain = plain_rows(block, rules.checks, rules.platform or "", rules.facts.export_date)
    is_plain = np.zeros(len(block), bool)
    is_plain[plain.places] = True
    others = np.flatnonzero(~is_plain)
    rows = block.rows_at(_with_those_above(others, len(block)))
    remember_as_is(block, others, rules.checks, rules.facts.export_date)
    # Blank rows take no position.
    unkept = np.array([m.row.number for m in part.others if m.kind == "blank"], np.int64)
    other_numbers = {m.row.number for m in part.others}
    start = int(min([*block.numbers[:1], *skipped.numbers[:1], *other_numbers]))
    batch = Batch(first, first, plain=plain, skipped=skipped.numbers)
    batch.plain_at = first + plain.numbers - start - np.searchsorted(unkept, plain.numbers)
    batch.skipped_at = first + batch.skipped - start - np.searchsorted(unkept, batch.skipped)
    rowwise: Iterator[tuple[int, Any]] = heapq.merge(
        ((int(block.numbers[at]), at) for at in others.tolist()),
        ((marked.row.number, marked) for marked in part.others),
        key=lambda each: each[0],
    )
    for number, found in rowwise:
        blanks = int(np.searchsorted(unkept, number))
        batch.end = first + number - start - blanks
        if isinstance(found, MarkedRow):
            _add(batch, found, rules, order_cells)
            continue
        above = _data_above(number, other_numbers)
        if above in skipped:
            order_cells.fill(skipped.cells(above))
        elif found and is_plain[found - 1]:
            order_cells.fill(rows[found - 1].cells)
        _add(batch, MarkedRow(rows[found], None), rules, order_cells)
    count = len(block) + len(part.others) + len(batch.skipped)
    last = _data_above(start + count, other_numbers)
    if last in skipped:
        order_cells.fill(skipped.cells(last))
    elif len(block) and is_plain[-1]:
        order_cells.fill(rows[len(block) - 1].cells)
    rules.note_blank_ends(block, is_plain)
    batch.end = first + count - len(unkept)
    return batch


def _with_those_above(places: np.ndarray, rows: int) -> np.ndarray:
    """Places in a block, those above them and the last one, in order."""
    wanted = np.zeros(rows, bool)
    wanted[-1:] = wanted[places] = True
    wanted[places[places > 0] - 1] = True
    return np.flatnonzero(wanted)


def _data_above(number: int, others: Collection[int]) -> int:
    """The number of the row of data above a row. ``others``: rows that are none."""
    number -= 1
    while number in others:
        number -= 1
    return number


def _add(batch: Batch, marked: MarkedRow, rules: RowRules, order_cells: OrderCells | None) -> None:
    """Put a row at the batch's end, with all that is to be said of it."""
    row, kind, told = marked
    if kind == "blank":
        batch.rows_blank += 1
        return
    position = batch.end
    batch.end += 1
    batch.doubts += [(position, doubt) for doubt in told]
    if kind is None:
        cells = order_cells.fill(row.cells) if order_cells is not None else row.cells
        _keep(batch, position, row, rules, cells)
        return
    cells = rules.covered(row.cells, None)
    batch.rows[position] = KeptRow(row.number, None, cells)
    if kind == "unreadable":
        value = kept_value(cells[0]) if cells else None
        batch.problems.append((position, Problem("bad_json", field="", value=value)))
    else:
        batch.ignored.append((position, kind))


def _keep(
    batch: Batch, position: int, row: SourceRow, rules: RowRules, cells: Sequence[Any]
) -> None:
    """Check a row of data and put all that is to be kept of it into the batch."""
    checked = rules.check(cells)
    if rules.veil is None:
        kept: Sequence[Any] = row.cells
    else:
        kept, checked = rules.veiled(row.cells, checked)
    batch.rows[position] = KeptRow(row.number, checked.key, kept)
    if checked.problems:
        batch.problems += [(position, problem) for problem in checked.problems]
    if checked.doubts:
        batch.doubts += [(position, doubt) for doubt in checked.doubts]
    if row.note == "hidden":
        batch.doubts.append((position, Problem("hidden_row")))
    batch.records += [(position, record) for record in checked.records]


@dataclass
class CheckedRow:
    """A row after all rules. ``records`` are what it says (a calendar row says twelve things); ``held``:
    names of the columns whose values keep it out."""

    records: list[Record] = field(default_factory=list)
    key: str | None = None
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)
    held: set[str] = field(default_factory=set)


class RowRules:
    """The rules for the rows of one table: of each column, then of its entity."""

    def __init__(self, section: ListSection, facts: Facts, proved: Proofs) -> None:
        self.layout = section.layout
        self.entity = section.layout.entity
        self.facts = facts
        self.veil = facts.veil
        self.platform = facts.contract.platform
        self.checks = columns.checks(self.layout, facts, proved, date1904=section.date1904)
        self._plan = [
            (name, check.index, check.memory, check.remembered)
            for name, check in self.checks.items()
            if check.index is not None
        ]
        self._absent = [name for name, check in self.checks.items() if check.index is None]
        self._converted_headers = [
            check
            for check in self.checks.values()
            if check.index is not None
            and columns.stated_unit(check.column, self.layout) not in (None, check.column.unit)
        ]
        self._shape = RowShape(section)
        self._priced = [
            name for name in columns.PRICES if self.layout.columns.get(name) is not None
        ]
        self._finish = _FINISH[self.entity.name]

    @property
    def settles_columns(self) -> bool:
        """Whether rows of order lines may be settled by whole columns: nobody is to be covered, no two columns
        may be meant, nothing is left to be told at the first row."""
        return not (self.veil or self.layout.rivals or self._converted_headers)

    def note_blank_ends(self, block: Block, is_plain: np.ndarray) -> None:
        """Note of rows that were settled by columns whether they write blanks at their end."""
        blank = np.array(list(map(is_blank, block.distinct(len(block.columns) - 1))), bool)
        self._shape.writes_blanks |= bool((blank[block.codes[-1]] & is_plain).any())
        if not self._shape.writes_blanks and len(block.skipped.numbers):
            self._shape.writes_blanks = any(map(is_blank, block.skipped.last_cells()))

    def check(self, cells: Sequence[Any]) -> CheckedRow:
        """Type and check one row. Never raises for anything that may stand in a cell."""
        record: Record = dict.fromkeys(self._absent)
        row = CheckedRow()
        unsettled: list[tuple[str, Any]] = []
        width = len(cells)
        for name, index, memory, remembered in self._plan:
            cell = cells[index] if index < width else None
            found = memory.get(cell) if cell.__class__ is str else None
            if found is None:
                found = remembered(cell)
            value, problem, doubt, is_open = found
            record[name] = value
            if is_open:
                unsettled.append((name, cell))
            if problem is not None:
                row.problems.append(problem)
                row.held.add(name)
            if doubt is not None:
                row.doubts.append(doubt)
        for name, cell in unsettled:
            self._settle(record, row, name, cell)
        for name in self._priced:
            if record[name] is not None and record[name] >= 1000:
                self._doubt_thousands(record, row, name, cells)
        self._shape.check(cells, row)
        if self._converted_headers:
            row.doubts += [check.told("header_unit", None) for check in self._converted_headers]
            self._converted_headers = []
        self._finish(self, record, row)
        return row

    def _settle(self, record: Record, row: CheckedRow, name: str, cell: Any) -> None:
        """Decide a number that may be a thousand times too large by the rest of its row."""
        record[name] = _by_price(self.entity, name, record)
        if record[name] is None:
            _, problem, doubt, _ = self.checks[name].refused(quantities.DOUBTFUL, cell)
            if problem is not None:
                row.problems.append(problem)
                row.held.add(name)
            if doubt is not None:
                row.doubts.append(doubt)

    def _doubt_thousands(
        self, record: Record, row: CheckedRow, name: str, cells: Sequence[Any]
    ) -> None:
        """Hold back ``1,250`` kg that its column reads as thousands where the row's own price denies it."""
        cell = cells[self.layout.columns[name]]
        if not columns.may_be_decimal(cell, self.checks[name].remembered(cell)):
            return
        by_price = _by_price(self.entity, name, record)
        if by_price is not None and by_price != record[name]:
            self.hold(row, name, cell, quantities.DOUBTFUL)

    def covered(self, cells: Sequence[Any], key: str | None) -> Sequence[Any]:
        """Cells without persons who were forgotten; the very same where there are none."""
        if self.veil is None:
            return cells
        return self.veil.cells(self.entity.merges_into, self.layout.columns, cells, key)

    def veiled(self, cells: Sequence[Any], checked: CheckedRow) -> tuple[Sequence[Any], CheckedRow]:
        """A checked row without persons who were forgotten."""
        covered = self.covered(cells, checked.key)
        if self.entity.merges_into == "order_line":
            # Its order-level cells may stand in the row above: the record knows them.
            for record in checked.records:
                found = self.veil.number(record["buyer_phone"]) if self.veil else None
                record["buyer_phone"] = found[0] if found else record["buyer_phone"]
        elif covered is not cells:
            checked = self.check(covered)
        return covered, checked

    # ------------------------------------------------------------ for the entities' rules

    def hold(self, row: CheckedRow, name: str, value: Any, rule: str) -> None:
        """Hold the row back for what stands in a column, or is missing there."""
        row.held.add(name)
        row.problems.append(self.checks[name].told(rule, value))

    def accept(self, row: CheckedRow, key: tuple[Any, ...], record: Record) -> None:
        """Give the row its key; keep the record when nothing is wrong with the row."""
        if None in key:
            return
        text = "|".join(map(str, key))
        row.key = text if row.key is None else f"{row.key}\n{text}"
        if not row.problems:
            record["entity_key"] = text
            row.records.append(record)


_CREDIBLE_VND_A_KG = (Decimal(1_000), Decimal(2_000_000))


def _by_price(entity: Entity, name: str, record: Mapping[str, Any]) -> Decimal | None:
    """The reading of ``1.250`` kg at which the row's own price a kg is credible; None: both or none is.

    Produce costs some thousand to two million đồng a kg (docs/rules/sources.md#numbers).
    """
    as_thousands = record[name]
    price = record.get(columns.PRICES.get(name, ""))
    if not price or not as_thousands:
        return None
    low, high = _CREDIBLE_VND_A_KG
    readings = [n for n in (as_thousands, as_thousands / 1000) if low <= price / n <= high]
    return readings[0] if len(readings) == 1 else None


# ---------------------------------------------------------------- rows beside their header


class RowShape:
    """Whether a row has the width of its header, and says one thing where two columns may be meant."""

    def __init__(self, section: ListSection) -> None:
        layout = section.layout
        self._layout = layout
        is_delimited = not section.of_spreadsheet and section.header_row is not None
        self._width = len(layout.headers) if is_delimited else 0
        self._needed = max(layout.columns.values(), default=-1) + 1
        self.writes_blanks = False

    def check(self, cells: Sequence[Any], row: CheckedRow) -> None:
        """Add to the row's problems and doubts."""
        if self._layout.rivals:
            self._check_rivals(cells, row)
        if not self._width:
            return
        if len(cells) > self._width:
            extra = [cell for cell in cells[self._width :] if not is_blank(cell)]
            if extra:
                row.problems.append(
                    Problem(
                        "row_too_wide", {"count": self._width}, field="", value=kept_value(extra[0])
                    )
                )
        elif len(cells) < self._needed:
            # Who writes blanks at the end of a line leaves none out: the line is cut off.
            told = Problem("row_too_narrow", {"count": self._width}, field="")
            (row.problems if self.writes_blanks else row.doubts).append(told)
        elif is_blank(cells[-1]):
            self.writes_blanks = True

    def _check_rivals(self, cells: Sequence[Any], row: CheckedRow) -> None:
        layout = self._layout
        told_of: set[int] = set()
        for name, indexes in layout.rivals.items():
            own = _cell(cells, layout.columns.get(name))
            for index in indexes:
                other = _cell(cells, index)
                if other is None or other == own or index in told_of:
                    continue
                told_of.add(index)
                rule = "two_columns" if name in layout.columns else "column_unclear"
                told = {
                    "header": layout.entity.column(name).headers[0],
                    "name": layout.headers[index],
                }
                row.held.add(name)
                row.problems.append(
                    Problem(rule, told, field=layout.headers[index], value=other, column=index + 1)
                )


def _cell(cells: Sequence[Any], index: int | None) -> str | None:
    if index is None or index >= len(cells) or is_blank(cells[index]):
        return None
    return (kept_value(cells[index]) or "").strip()


# ---------------------------------------------------------------- rules of the entities


def _finish_stall(rules: RowRules, record: Record, row: CheckedRow) -> None:
    if record.get("province_code") in office.OFFICES.also:
        record["province_code"] = PROVINCE
    given = record.get("unit_code")
    record["unit_code"] = None
    if record.get("province_code") == PROVINCE:
        record["unit_code"] = _unit_of_stall(rules, record, row, given)
    record["platform"] = rules.platform
    rules.accept(row, (rules.platform, record["seller_id"]), record)


def _unit_of_stall(rules: RowRules, record: Record, row: CheckedRow, given: Any) -> str | None:
    """The unit of a stall's address: of the district of before July 2025, or of the commune alone since
    (docs/rules/units.md#addresses)."""
    places, exported_on = rules.facts.places, rules.facts.export_date
    opened_on: date | None = record.get("opened_on")
    commune = record.get("commune")
    # An address is as old as its stall.
    named_on = opened_on if opened_on and opened_on <= PROVINCES_VALID_UNTIL else exported_on
    parsed = places.match_unit(given, named_on)
    if parsed.value is None and parsed.rule is None:
        parsed = places.match_commune(commune, opened_on, exported_on)
        if parsed.rule is not None:
            rules.hold(row, "commune", commune, parsed.rule)
        elif parsed.value is None and not (opened_on and opened_on > PROVINCES_VALID_UNTIL):
            rules.hold(row, "unit_code", given, "missing")
        found: str | None = parsed.value
        return found
    if parsed.rule is not None:
        rules.hold(row, "unit_code", given, parsed.rule)
    return places.settled(parsed.value, commune)


def _finish_listing(rules: RowRules, record: Record, row: CheckedRow) -> None:
    record["platform"] = rules.platform
    record["name_key"] = values.norm(record["name"]) if record["name"] else None
    record["category_key"] = values.norm(record["category"]) if record["category"] else None
    rules.accept(row, (rules.platform, record["product_id"]), record)


def _finish_order_line(rules: RowRules, record: Record, row: CheckedRow) -> None:
    record["platform"] = rules.platform
    if "receiving_country_code" not in row.held:
        record["receiving_country_code"] = record["receiving_country_code"] or "VN"
    if record["status"] == "completed" and record["completed_at"] is None:
        if "completed_at" not in row.held:
            rules.hold(row, "completed_at", None, "missing")
    elif (
        record["receiving_country_code"] == "VN"
        and record["receiving_province_code"] is None
        and not row.problems
    ):
        row.doubts.append(rules.checks["receiving_province_code"].told("no_province", None))
    if record["receiving_country_code"] not in (None, "VN"):
        record["receiving_province_code"] = None
    rules.accept(row, (rules.platform, record["order_no"], record["line_no"]), record)


def _person(record: Mapping[str, Any]) -> str | None:
    """Paper number, else phone, else commune and name: who a row is about, within its unit."""
    if record.get("paper_number"):
        return str(record["paper_number"])
    if record.get("phone"):
        return str(record["phone"])
    if record.get("commune") and record.get("name"):
        return f"{fold_commune(record['commune'])}|{values.norm(record['name'])}"
    return None


def _unit(rules: RowRules, record: Record, row: CheckedRow) -> str | None:
    if record.get("unit_code") is None and "unit_code" not in row.held:
        record["unit_code"] = rules.facts.unit_code
        if rules.facts.unit_code is None and not rules.entity.column("unit_code").required:
            rules.hold(row, "unit_code", None, "missing")
    else:
        record["unit_code"] = rules.facts.places.settled(
            record.get("unit_code"), record.get("commune")
        )
    unit_code: str | None = record["unit_code"]
    return unit_code


def _finish_registry(rules: RowRules, record: Record, row: CheckedRow) -> None:
    unit = _unit(rules, record, row)
    person = _person(record)
    if person is None and not row.problems:
        rules.hold(row, "commune", None, "missing")
    rules.accept(row, (unit, person), record)


def _finish_wallet(rules: RowRules, record: Record, row: CheckedRow) -> None:
    person = record["paper_number"] or record["phone"]
    if person is None and not row.problems:
        rules.hold(row, "paper_number", None, "missing")
    wallet = values.fold(record["wallet"]) if record["wallet"] else None
    rules.accept(row, (wallet, person), record)


def _finish_ocop(rules: RowRules, record: Record, row: CheckedRow) -> None:
    _unit(rules, record, row)
    rules.accept(row, (record["ocop_code"],), record)


def _finish_key_product(rules: RowRules, record: Record, row: CheckedRow) -> None:
    unit = _unit(rules, record, row)
    record["name_key"] = values.norm(record["name"]) if record["name"] else None
    rules.accept(row, (unit, record["name_key"], record["year"]), record)


def _finish_base(rules: RowRules, record: Record, row: CheckedRow) -> None:
    unit = _unit(rules, record, row)
    record["name_key"] = values.fold(record["name"]) if record["name"] else None
    rules.accept(row, (unit, record["name_key"], record["year"]), record)


def _finish_training(rules: RowRules, record: Record, row: CheckedRow) -> None:
    unit = _unit(rules, record, row)
    person = record["paper_number"] or record["phone"]
    if person is None:
        name = values.norm(record["name"]) if record["name"] else None
        commune = fold_commune(record["commune"]) if record["commune"] else ""
        person = f"{unit}|{commune}|{name}" if name and unit else None
    record["person_key"] = person
    rules.accept(row, (person, record["topic"], record["held_on"]), record)


def _finish_season(rules: RowRules, record: Record, row: CheckedRow) -> None:
    record["name_key"] = values.norm(record["name"]) if record["name"] else None
    low, high = record.pop("price") or (None, None)
    record["price_low_vnd_kg"], record["price_high_vnd_kg"] = low, high
    rules.accept(row, (record["unit_code"], record["name_key"], record["month_on"]), record)


def _finish_season_year(rules: RowRules, record: Record, row: CheckedRow) -> None:
    months = [record.pop(f"month_{number}", None) for number in range(1, 13)]
    year = record.pop("year")
    for number, tonnes in enumerate(months, 1):
        if tonnes is not None and year is not None:
            month = {**record, "month_on": date(year, number, 1), "planned_tonnes": tonnes}
            _finish_season(rules, month, row)


def _finish_price(rules: RowRules, record: Record, row: CheckedRow) -> None:
    record["name_key"] = values.norm(record["name"]) if record["name"] else None
    place = values.fold(record["place"]) if record["place"] else None
    rules.accept(row, (record["name_key"], record["priced_on"], place), record)


def _finish_information(rules: RowRules, record: Record, row: CheckedRow) -> None:
    if record["channel"]:
        record["channel"] = record["channel"].lower()
    rules.accept(row, (record["channel"], record["item_id"]), record)


_FINISH: dict[str, Callable[[RowRules, Record, CheckedRow], None]] = {
    "stall": _finish_stall,
    "listing": _finish_listing,
    "order_line": _finish_order_line,
    "registry": _finish_registry,
    "wallet": _finish_wallet,
    "ocop": _finish_ocop,
    "key_product": _finish_key_product,
    "base": _finish_base,
    "training": _finish_training,
    "season": _finish_season,
    "season_year": _finish_season_year,
    "price": _finish_price,
    "information": _finish_information,
}


# ---------------------------------------------------------------- order-level cells


class OrderCells:
    """Fills an order's blank order-level cells from the row above: where the order's number is the same
    and all the others are blank, in a spreadsheet also where the number is blank, elsewhere where all of
    them are blank and the line has another number than the one above.

    An order of several lines often fills them on its first line alone.
    """

    def __init__(self, layout: ListLayout, *, of_spreadsheet: bool) -> None:
        self._of_spreadsheet = of_spreadsheet
        self._order_no = layout.columns.get("order_no")
        self._indexes = [
            layout.columns[column.name]
            for column in layout.entity.columns
            if column.of_order and column.name in layout.columns
        ]
        self._line_no = layout.columns.get("line_no")
        self._above: dict[int, Any] = {}
        self._line_above: Any = None

    def fill(self, cells: Sequence[Any]) -> Sequence[Any]:
        if self._order_no is None:
            return cells
        if self._continues(cells, self._order_no):
            filled = list(cells) + [None] * (max(self._indexes) + 1 - len(cells))
            for index in self._indexes:
                if filled[index] is None or not str(filled[index]).strip():
                    filled[index] = self._above.get(index)
            cells = filled
        self._above = {i: cells[i] if i < len(cells) else None for i in self._indexes}
        self._line_above = self._line(cells)
        return cells

    def _line(self, cells: Sequence[Any]) -> Any:
        at = self._line_no
        return None if at is None or at >= len(cells) or is_blank(cells[at]) else cells[at]

    def _continues(self, cells: Sequence[Any], at: int) -> bool:
        given = cells[at] if at < len(cells) else None
        if given is None or not str(given).strip():
            is_next = self._line(cells) not in (None, self._line_above)
            return self._of_spreadsheet or (
                is_next
                and not is_blank(self._above.get(at))
                and all(i >= len(cells) or is_blank(cells[i]) for i in self._indexes)
            )
        return given == self._above.get(at) and not any(
            cells[index] is not None and str(cells[index]).strip()
            for index in self._indexes
            if index != at and index < len(cells)
        )
