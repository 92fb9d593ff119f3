"""Checks of values: one column of a contract, one cell → a value, or why it cannot be one.

Source of the rules: docs/rules/sources.md#text-numbers-dates-as-they-come. What a column may hold is
said in its contract; how a cell is read, in lensan.domain (values, quantities, dates, identifiers).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from lensan.domain import dates, identifiers, quantities, units_of_measure, values
from lensan.domain.contracts import Contract, ContractColumn
from lensan.domain.places import Places
from lensan.domain.problems import Problem
from lensan.domain.units_of_measure import Unit
from lensan.domain.values import Parsed
from lensan.intake.cells import kept_value
from lensan.intake.recognise import ListLayout
from lensan.intake.veil import Veil

FIRST_EVENT_ON = date(2015, 1, 1)
MOST_REMEMBERED = 200_000
"""Distinct cells of a column that are remembered with what they mean."""


@dataclass(frozen=True)
class Facts:
    """What the checks know of a file beside its rows.

    ``export_date`` (Asia/Ho_Chi_Minh): no event can lie after it. ``sender``: unit code or enterprise of a
    submission; ``unit_code``: the sender's unit, where rows name none. ``veil`` covers persons who were
    forgotten; null while there is nobody.
    """

    contract: Contract
    places: Places
    export_date: date
    sender: str | None = None
    unit_code: str | None = None
    veil: Veil | None = None


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

Proofs = Mapping[str, Proof]
"""What the columns of a table prove together about how their cells are to be read, by column name."""


class Read(NamedTuple):
    """What a cell says: its value; the problem that keeps its row out; the doubt about it. ``is_open``: the
    rest of the row decides whether the value is meant, or a thousandth of it."""

    value: Any
    problem: Problem | None = None
    doubt: Problem | None = None
    is_open: bool = False


@dataclass
class ColumnCheck:
    """A column of one table. ``index``: where it stands, from 0; null where the table lacks it.

    ``memory``: cell (text as it is, others with their type) → what it says. ``proof`` gathers what the
    cells prove together; null where that is known, or nothing is asked. A cell is never raised for.
    """

    column: ContractColumn
    layout: ListLayout
    parse: Callable[[Any], Parsed]
    index: int | None
    memory: dict[Any, Read] = field(default_factory=dict)
    proof: Proof | None = None

    def read(self, cell: Any) -> Read:
        """What a cell says, without looking it up."""
        parsed = self.parse(cell) if cell is not None else values.NOTHING
        if self.proof is not None and cell is not None:
            self.proof.see(cell)
        if parsed.warning == quantities.DOUBTFUL:
            return Read(parsed.value, is_open=True)
        if parsed.rule is not None:
            return self.refused(parsed.rule, cell)
        if parsed.value is None and self.column.required:
            return Read(None, self.told("missing", cell))
        if parsed.warning is not None:
            return Read(parsed.value, doubt=self.told(parsed.warning, cell))
        return Read(parsed.value)

    def refused(self, rule: str, cell: Any) -> Read:
        """A cell that says nothing: its row is held back, or goes without the value where it can."""
        told = self.told(rule, cell)
        is_lenient = self.column.lenient or self.column.type in ("phone", "paper_number")
        if is_lenient and rule != "formula_without_value":
            return Read(None, doubt=told)
        return Read(None, told)

    def remembered(self, cell: Any) -> Read:
        """What a cell says; equal cells are read once."""
        key = cell if cell.__class__ is str else (cell.__class__, cell)
        found = self.memory.get(key)
        if found is None:
            found = self.read(cell)
            if len(self.memory) < MOST_REMEMBERED:
                self.memory[key] = found
        return found

    def is_plain(self, cell: Any, found: Read) -> bool:
        """Whether what a cell says needs no look at its row. ``found``: what it says."""
        doubtful = found.problem is not None or found.doubt is not None or found.is_open
        return not doubtful and not (
            self.column.name in PRICES and found.value is not None and may_be_decimal(cell, found)
        )

    def told(self, rule: str, value: Any) -> Problem:
        """A problem of the column, or a doubt about it."""
        column = self.column
        parameters: dict[str, Any] = {"header": column.headers[0], "expected": column.type}
        if column.type == "word":
            parameters["words"] = [names[0] for names in column.words.values()]
        return Problem(
            rule,
            parameters,
            field=self.layout.header_of(column.name),
            value=kept_value(value),
            column=None if self.index is None else self.index + 1,
        )


def checks(
    layout: ListLayout, facts: Facts, proved: Proofs, *, date1904: bool
) -> dict[str, ColumnCheck]:
    """The checks of all columns of a table's entity, by column name. ``proved``: by an earlier pass over
    the same rows."""
    found = {}
    for column in layout.entity.columns:
        index = layout.columns.get(column.name)
        asked = _PROOFS.get(column.type) if index is not None else None
        known = proved.get(column.name)
        found[column.name] = ColumnCheck(
            column,
            layout,
            _parser(column, layout, facts, known, date1904),
            index,
            proof=asked() if asked is not None and known is None else None,
        )
    return found


def may_be_decimal(cell: Any, found: Read) -> bool:
    """Whether a number that was read as thousands may be a decimal fraction: ``1,250`` kg."""
    return (
        found.value >= 1000 and isinstance(cell, str) and _LONE_SEPARATOR.search(cell) is not None
    )


PRICES = {"net_weight_kg": "price_vnd", "weight_kg": "amount_vnd"}
"""Weights, and the price of the same row by which a doubtful one is settled."""
_LONE_SEPARATOR = re.compile(r"^[^\d]*\d{1,3}[.,]\d{3}(?![\d.,])")


def stated_unit(column: ContractColumn, layout: ListLayout) -> Unit | None:
    """The unit that the header of a measured column says, else its contract where that is another than core keeps;
    null where neither says one."""
    if column.unit is None:
        return None
    said = units_of_measure.in_header(layout.header_of(column.name)).unit
    return said or (column.unit if column.unit != column.kept_unit else None)


# ---------------------------------------------------------------- parsers by type


def _parser(
    column: ContractColumn,
    layout: ListLayout,
    facts: Facts,
    proof: Proof | None,
    date1904: bool,
) -> Callable[[Any], Parsed]:
    """The column's parser, by its type and what the column proves."""
    parse = _plain_parser(column, layout, facts, proof, date1904)
    if isinstance(proof, dates.DateOrder | identifiers.IdentifierColumn):
        return lambda cell: _doubted(parse(cell), proof.doubt(cell))
    return parse


def _doubted(parsed: Parsed, doubt: str | None) -> Parsed:
    """A value that the rest of its column makes doubtful."""
    if parsed.value is None or doubt is None:
        return parsed
    if doubt == "maybe_swapped":
        return parsed._replace(warning=doubt)
    return Parsed(None, doubt)


def _plain_parser(
    column: ContractColumn,
    layout: ListLayout,
    facts: Facts,
    proof: Proof | None,
    date1904: bool,
) -> Callable[[Any], Parsed]:
    match column.type:
        case "word":
            words = values.word_list(column.words)
            return lambda cell: values.parse_word(cell, words)
        case "number" | "percent" | "integer":
            return _number_parser(column, layout, proof)
        case "price_range":
            stated = stated_unit(column, layout)
            return lambda cell: quantities.parse_price_range(
                cell, unit=column.kept_unit, stated=stated
            )
        case "date" | "moment":
            return _date_parser(column, facts, date1904)
        case "unit":
            # By name: exports of today still name the districts of then. A shared name is that of the day.
            return lambda cell: facts.places.match_unit(cell, facts.export_date)
        case "province":
            return lambda cell: facts.places.match_province(cell, facts.export_date)
        case "country":
            return facts.places.match_country
        case other:
            return _PARSERS[other]


def _number_parser(
    column: ContractColumn, layout: ListLayout, proof: Proof | None
) -> Callable[[Any], Parsed]:
    limits: dict[str, Any] = {
        "minimum": column.minimum,
        "positive": column.positive,
        "whole": column.whole or column.type == "integer",
    }
    if column.type == "integer":
        return lambda cell: _as_integer(quantities.parse_number(cell, **limits))
    limits |= {
        "unit": column.kept_unit,
        "stated": stated_unit(column, layout),
        "decimal_marks": (
            proof.decimal_marks() if isinstance(proof, quantities.DecimalMarks) else None
        ),
    }
    return lambda cell: quantities.parse_number(cell, **limits)


def _date_parser(column: ContractColumn, facts: Facts, date1904: bool) -> Callable[[Any], Parsed]:
    limits: dict[str, Any] = {"date1904": date1904}
    if column.event:
        limits |= {"not_after": facts.export_date, "not_before": FIRST_EVENT_ON}
    parse = dates.parse_date if column.type == "date" else dates.parse_moment
    return lambda cell: parse(cell, **limits)


def _paper_number(cell: Any) -> Parsed:
    parsed = identifiers.parse_paper_number(cell)
    return parsed._replace(value=parsed.value.number if parsed.value else None)


def _as_integer(parsed: Parsed) -> Parsed:
    return parsed if parsed.value is None else parsed._replace(value=int(parsed.value))


def _stars(cell: Any) -> Parsed:
    if isinstance(cell, str):
        cell = values.fold(cell).removesuffix("sao").strip() or cell
    parsed = _as_integer(quantities.parse_number(cell, whole=True))
    if parsed.value is not None and not 1 <= parsed.value <= 5:
        return Parsed(None, "unknown_word")
    return parsed


def _year(cell: Any) -> Parsed:
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
    "stars": _stars,
    "year": _year,
    "month": dates.parse_month,
    "phone": identifiers.parse_phone,
    "paper_number": _paper_number,
    # Whether it must be one of ours is known only with the province: lensan.intake.row_rules.
    "unit_of_province": values.parse_text,
}
