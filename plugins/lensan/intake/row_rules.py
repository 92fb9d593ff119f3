"""From a row as read to a typed record, or to the reasons why it is held back.

The rules are those of docs/rules/sources.md#checked; where a column's rule can be said in a word it
stands in the contract, what spans several columns of an entity stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lensan.domain import dates, identifiers, quantities, units_of_measure, values
from lensan.domain.contracts import Contract, ContractColumn, Entity
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT
from lensan.domain.places import PROVINCES_VALID_UNTIL, Places, fold_commune
from lensan.domain.problems import Problem
from lensan.domain.units_of_measure import Unit
from lensan.domain.values import Parsed
from lensan.intake.cells import kept_value
from lensan.intake.recognise import ListLayout


@dataclass
class Checked:
    """A row after all rules. ``records`` are what it says (a calendar row says twelve things)."""

    records: list[dict[str, Any]]
    key: str | None
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    """Names of the columns whose values keep the row out."""


Proof = quantities.DecimalMarks | dates.DateOrder | identifiers.IdentifierColumn
_PROOFS: Mapping[str, type[Proof]] = {
    "number": quantities.DecimalMarks,
    "percent": quantities.DecimalMarks,
    "date": dates.DateOrder,
    "moment": dates.DateOrder,
    "identifier": identifiers.IdentifierColumn,
    "code": identifiers.IdentifierColumn,
}
"""What is asked of a column as a whole, by its type."""


class RowRules:
    """Rules for one table: parsers with a memory of distinct values, then the entity's own rules.

    ``export_date``: no event can lie after it. ``unit_code``: the sender's unit, where rows name none.
    ``proved``: what the columns prove together, as ``proofs`` of a pass over the same rows.
    """

    def __init__(
        self,
        contract: Contract,
        layout: ListLayout,
        places: Places,
        *,
        export_date: date,
        unit_code: str | None = None,
        proved: Mapping[str, Proof] | None = None,
        date1904: bool = False,
    ) -> None:
        self.layout = layout
        self.entity: Entity = layout.entity
        self._platform = contract.platform
        self._places = places
        self._unit_code = unit_code
        self._export_date = export_date
        self._date1904 = date1904
        self._proved = proved or {}
        self._plan: list[tuple[ContractColumn, int, Callable[[Any], Parsed], dict[Any, Parsed]]] = [
            (column, layout.columns[column.name], self._parser(column), {})
            for column in self.entity.columns
            if column.name in layout.columns
        ]
        self._absent = [c for c in self.entity.columns if c.name not in layout.columns]
        self._finish = _FINISH.get(self.entity.name, _finish_plain)
        self.proofs: dict[str, Proof] = {
            column.name: proof()
            for column, *_ in self._plan
            if (proof := _PROOFS.get(column.type)) and column.name not in self._proved
        }
        self._converted_headers = [
            column for column, *_ in self._plan if self._stated(column) not in (None, column.unit)
        ]

    def check(self, cells: Sequence[Any]) -> Checked:
        """Type and check one row. Never raises for anything that may stand in a cell."""
        record: dict[str, Any] = dict.fromkeys((c.name for c in self._absent), None)
        checked = Checked([], None)
        unsettled: list[tuple[ContractColumn, Any, Parsed]] = []
        for column, index, parse, memory in self._plan:
            cell = cells[index] if index < len(cells) else None
            if cell is None:
                parsed = _NOTHING
            else:
                memo_key = (cell.__class__, cell)
                found = memory.get(memo_key)
                if found is None:
                    found = parse(cell)
                    if len(memory) < 200_000:
                        memory[memo_key] = found
                    proof = self.proofs.get(column.name)
                    if proof is not None:
                        proof.see(cell)
                parsed = found
            record[column.name] = parsed.value
            if parsed.warning == quantities.DOUBTFUL:
                unsettled.append((column, cell, parsed))
            elif parsed.rule is not None:
                record[column.name] = None
                self._hold(checked, column, cell, parsed.rule)
            elif parsed.value is None and column.required:
                self.problem(checked, column.name, cell, "missing")
            elif parsed.warning is not None:
                checked.warnings.append(self.told(column, parsed.warning, cell))
        for column, cell, parsed in unsettled:
            record[column.name] = _by_price(self.entity, column, record, parsed.value)
            if record[column.name] is None:
                self._hold(checked, column, cell, quantities.DOUBTFUL)
        for column in self._converted_headers:
            checked.warnings.append(self.told(column, "header_unit", None))
        self._converted_headers = []
        self._finish(self, record, checked)
        return checked

    def _hold(self, checked: Checked, column: ContractColumn, cell: Any, rule: str) -> None:
        """Hold the row back, or leave out a value that it can do without."""
        is_doubt = column.lenient or column.type in ("phone", "paper_number")
        if is_doubt and rule != "formula_without_value":
            checked.warnings.append(self.told(column, rule, cell))
        else:
            self.problem(checked, column.name, cell, rule)

    def reads_otherwise(self) -> bool:
        """Whether what this pass has seen of the columns makes a second pass read cells otherwise."""
        return any(proof.has_doubts for proof in self.proofs.values())

    def _stated(self, column: ContractColumn) -> Unit | None:
        """The unit that the header of a measured column says."""
        if column.unit is None:
            return None
        return units_of_measure.in_header(self.layout.header_of(column.name)).unit

    # ------------------------------------------------------------ parsers by type

    def _parser(self, column: ContractColumn) -> Callable[[Any], Parsed]:
        """The column's parser, by its type and what the column proves."""
        proof = self._proved.get(column.name)
        parse = self._plain_parser(column, proof)
        if isinstance(proof, dates.DateOrder | identifiers.IdentifierColumn):
            return lambda cell: _doubted(parse(cell), proof.doubt(cell))
        return parse

    def _plain_parser(self, column: ContractColumn, proof: Proof | None) -> Callable[[Any], Parsed]:
        limits = {"not_after": self._export_date if column.event else None}
        if column.event:
            limits["not_before"] = date(2015, 1, 1)
        numbers: dict[str, Any] = {
            "minimum": column.minimum,
            "positive": column.positive,
            "whole": column.whole or column.type == "integer",
        }
        match column.type:
            case "word":
                words = values.word_list(column.words)
                return lambda cell: values.parse_word(cell, words)
            case "number" | "percent":
                marks = (
                    proof.decimal_marks() if isinstance(proof, quantities.DecimalMarks) else None
                )
                numbers |= {
                    "unit": column.unit,
                    "stated": self._stated(column),
                    "decimal_marks": marks,
                }
                return lambda cell: quantities.parse_number(cell, **numbers)
            case "integer":
                return lambda cell: _as_integer(quantities.parse_number(cell, **numbers))
            case "price_range":
                stated = self._stated(column)
                return lambda cell: quantities.parse_price_range(
                    cell, unit=column.unit, stated=stated
                )
            case "date":
                return lambda cell: dates.parse_date(cell, date1904=self._date1904, **limits)
            case "moment":
                return lambda cell: dates.parse_moment(cell, date1904=self._date1904, **limits)
            case "unit":
                # By name whatever the date: exports of today still name the districts of then.
                return self._places.match_unit
            case "province":
                return lambda cell: self._places.match_province(cell, self._export_date)
            case "country":
                return self._places.match_country
            case other:
                return _PARSERS[other]

    # ------------------------------------------------------------ helpers for the entities' rules

    def told(self, column: ContractColumn, rule: str, value: Any) -> Problem:
        """A problem of a column, or a doubt about it."""
        parameters: dict[str, Any] = {"header": column.headers[0], "expected": column.type}
        if column.type == "word":
            parameters["words"] = [names[0] for names in column.words.values()]
        index = self.layout.columns.get(column.name)
        return Problem(
            rule,
            parameters,
            field=self.layout.header_of(column.name),
            value=kept_value(value),
            column=None if index is None else index + 1,
        )

    def problem(self, checked: Checked, name: str, value: Any, rule: str) -> None:
        """Hold the row back for what stands in a column, or is missing there."""
        checked.held.add(name)
        checked.problems.append(self.told(self.entity.column(name), rule, value))

    def accept(self, checked: Checked, key: tuple[Any, ...], record: dict[str, Any]) -> None:
        """Give the row its key; keep the record when nothing is wrong with the row."""
        if any(part is None for part in key):
            return
        text = "|".join(str(part) for part in key)
        checked.key = text if checked.key is None else f"{checked.key}\n{text}"
        if not checked.problems:
            record["entity_key"] = text
            checked.records.append(record)


_NOTHING = Parsed(None)


def _doubted(parsed: Parsed, doubt: str | None) -> Parsed:
    """A value that the rest of its column makes doubtful."""
    if parsed.value is None or doubt is None:
        return parsed
    if doubt == "maybe_swapped":
        return parsed._replace(warning=doubt)
    return Parsed(None, doubt)


_PRICES = {"net_weight_kg": "price_vnd", "weight_kg": "amount_vnd"}
_CREDIBLE_VND_A_KG = (Decimal(1_000), Decimal(2_000_000))


def _by_price(
    entity: Entity, column: ContractColumn, record: Mapping[str, Any], as_thousands: Decimal
) -> Decimal | None:
    """The reading of ``1.250`` kg at which the row's own price a kg is credible; None: both or none is.

    Produce costs some thousand to two million đồng a kg (docs/rules/sources.md#numbers).
    """
    price = record.get(_PRICES.get(column.name, ""))
    if not price or not as_thousands:
        return None
    low, high = _CREDIBLE_VND_A_KG
    readings = [n for n in (as_thousands, as_thousands / 1000) if low <= price / n <= high]
    return readings[0] if len(readings) == 1 else None


def _parse_paper(cell: Any) -> Parsed:
    parsed = identifiers.parse_paper_number(cell)
    return parsed._replace(value=parsed.value.number if parsed.value else None)


def _as_integer(parsed: Parsed) -> Parsed:
    return parsed if parsed.value is None else parsed._replace(value=int(parsed.value))


def _parse_stars(cell: Any) -> Parsed:
    if isinstance(cell, str):
        cell = values.fold(cell).removesuffix("sao").strip() or cell
    parsed = _as_integer(quantities.parse_number(cell, whole=True))
    if parsed.value is not None and not 1 <= parsed.value <= 5:
        return Parsed(None, "unknown_word")
    return parsed


def _parse_year(cell: Any) -> Parsed:
    if isinstance(cell, str):
        cell = values.fold(cell).removeprefix("nam").strip() or cell
    if isinstance(cell, date | datetime):
        return Parsed(None, "text_in_number")
    parsed = _as_integer(quantities.parse_number(cell, whole=True))
    if parsed.value is not None and not 2000 <= parsed.value <= 2100:
        return Parsed(None, "no_such_date")
    return parsed


_PARSERS: Mapping[str, Callable[[Any], Parsed]] = {
    "text": values.parse_text,
    "identifier": identifiers.parse_identifier,
    "code": identifiers.parse_code,
    "stars": _parse_stars,
    "year": _parse_year,
    "month": dates.parse_month,
    "phone": identifiers.parse_phone,
    "paper_number": _parse_paper,
    # Whether it must be one of ours is known only with the province (see _finish_stall).
    "unit_of_province": values.parse_text,
}


# ---------------------------------------------------------------- rules of the entities


def _finish_plain(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    raise ValueError(f"entity {rules.entity.name} has no rules for its key")


def _finish_stall(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    given = record.get("unit_code")
    record["unit_code"] = None
    if record.get("province_code") == PROVINCE:
        parsed = rules._places.match_unit(given)
        opened_on = record.get("opened_on")
        if parsed.rule is not None:
            rules.problem(checked, "unit_code", given, parsed.rule)
        elif parsed.value is None and not (opened_on and opened_on > PROVINCES_VALID_UNTIL):
            rules.problem(checked, "unit_code", given, "missing")
        record["unit_code"] = parsed.value if parsed.rule is None else None
    record["platform"] = rules._platform
    rules.accept(checked, (rules._platform, record["seller_id"]), record)


def _finish_listing(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    record["platform"] = rules._platform
    record["name_key"] = values.norm(record["name"]) if record["name"] else None
    record["category_key"] = values.norm(record["category"]) if record["category"] else None
    rules.accept(checked, (rules._platform, record["product_id"]), record)


def _finish_order_line(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    record["platform"] = rules._platform
    if "receiving_country_code" not in checked.held:
        record["receiving_country_code"] = record["receiving_country_code"] or "VN"
    if record["status"] == "completed" and record["completed_at"] is None:
        if "completed_at" not in checked.held:
            rules.problem(checked, "completed_at", None, "missing")
    elif (
        record["receiving_country_code"] == "VN"
        and record["receiving_province_code"] is None
        and not checked.problems
    ):
        column = rules.entity.column("receiving_province_code")
        checked.warnings.append(rules.told(column, "no_province", None))
    if record["receiving_country_code"] not in (None, "VN"):
        record["receiving_province_code"] = None
    rules.accept(checked, (rules._platform, record["order_no"], record["line_no"]), record)


def _person(record: Mapping[str, Any]) -> str | None:
    """Paper number, else phone, else commune and name: who a row is about, within its unit."""
    if record.get("paper_number"):
        return str(record["paper_number"])
    if record.get("phone"):
        return str(record["phone"])
    if record.get("commune") and record.get("name"):
        return f"{fold_commune(record['commune'])}|{values.norm(record['name'])}"
    return None


def _unit(rules: RowRules, record: dict[str, Any], checked: Checked) -> str | None:
    if record.get("unit_code") is None and "unit_code" not in checked.held:
        record["unit_code"] = rules._unit_code
        if rules._unit_code is None and not rules.entity.column("unit_code").required:
            rules.problem(checked, "unit_code", None, "missing")
    unit_code: str | None = record["unit_code"]
    return unit_code


def _finish_registry(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    unit = _unit(rules, record, checked)
    person = _person(record)
    if person is None and not checked.problems:
        rules.problem(checked, "commune", None, "missing")
    rules.accept(checked, (unit, person), record)


def _finish_wallet(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    person = record["paper_number"] or record["phone"]
    if person is None and not checked.problems:
        rules.problem(checked, "paper_number", None, "missing")
    wallet = values.fold(record["wallet"]) if record["wallet"] else None
    rules.accept(checked, (wallet, person), record)


def _finish_ocop(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    _unit(rules, record, checked)
    rules.accept(checked, (record["ocop_code"],), record)


def _finish_key_product(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    unit = _unit(rules, record, checked)
    record["name_key"] = values.norm(record["name"]) if record["name"] else None
    rules.accept(checked, (unit, record["name_key"], record["year"]), record)


def _finish_base(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    unit = _unit(rules, record, checked)
    record["name_key"] = values.fold(record["name"]) if record["name"] else None
    rules.accept(checked, (unit, record["name_key"], record["year"]), record)


def _finish_training(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    unit = _unit(rules, record, checked)
    person = record["paper_number"] or record["phone"]
    if person is None:
        name = values.norm(record["name"]) if record["name"] else None
        commune = fold_commune(record["commune"]) if record["commune"] else ""
        person = f"{unit}|{commune}|{name}" if name and unit else None
    record["person_key"] = person
    rules.accept(checked, (person, record["topic"], record["held_on"]), record)


def _finish_season(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    record["name_key"] = values.norm(record["name"]) if record["name"] else None
    low, high = record.pop("price") or (None, None)
    record["price_low_vnd_kg"], record["price_high_vnd_kg"] = low, high
    rules.accept(checked, (record["unit_code"], record["name_key"], record["month_on"]), record)


def _finish_season_year(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    months = [record.pop(f"month_{number}", None) for number in range(1, 13)]
    year = record.pop("year")
    for number, tonnes in enumerate(months, 1):
        if tonnes is not None and year is not None:
            month = {**record, "month_on": date(year, number, 1), "planned_tonnes": tonnes}
            _finish_season(rules, month, checked)


def _finish_price(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    record["name_key"] = values.norm(record["name"]) if record["name"] else None
    place = values.fold(record["place"]) if record["place"] else None
    rules.accept(checked, (record["name_key"], record["priced_on"], place), record)


def _finish_information(rules: RowRules, record: dict[str, Any], checked: Checked) -> None:
    if record["channel"]:
        record["channel"] = record["channel"].lower()
    rules.accept(checked, (record["channel"], record["item_id"]), record)


_FINISH: dict[str, Callable[[RowRules, dict[str, Any], Checked], None]] = {
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
    """Fills an order's blank order-level cells from the row above, where the order number is blank.

    For spreadsheets only: an order of several lines often fills them on its first line alone.
    """

    def __init__(self, layout: ListLayout) -> None:
        self._order_no = layout.columns.get("order_no")
        self._indexes = [
            layout.columns[column.name]
            for column in layout.entity.columns
            if column.of_order and column.name in layout.columns
        ]
        self._above: dict[int, Any] = {}

    def fill(self, cells: Sequence[Any]) -> Sequence[Any]:
        if self._order_no is None:
            return cells
        given = cells[self._order_no] if self._order_no < len(cells) else None
        if given is None or not str(given).strip():
            filled = list(cells) + [None] * (max(self._indexes) + 1 - len(cells))
            for index in self._indexes:
                if filled[index] is None or not str(filled[index]).strip():
                    filled[index] = self._above.get(index)
            cells = filled
        self._above = {i: cells[i] if i < len(cells) else None for i in self._indexes}
        return cells


def stage_values(record: Mapping[str, Any], columns: Sequence[str]) -> Iterator[Any]:
    """A record in the order of the stage table's columns, ready for COPY."""
    for name in columns:
        value = record.get(name)
        if isinstance(value, Decimal):
            yield format(value, "f")
        elif isinstance(value, datetime) and value.tzinfo is None:
            yield value.replace(tzinfo=ICT)
        else:
            yield value
