"""Order lines by whole columns: the plain ones of a block are settled at once, the others row by row.

A row is plain when no cell of it is refused or doubted and no rule that spans its columns has anything to
say of it. What a cell says is told by the parsers of lensan.domain alone, once for each distinct spelling
(columns.ColumnCheck); moments, numbers of orders and phones, of which most are distinct, are taken as they
are where they stand in the one spelling that the parsers leave unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.intake.columns import FIRST_EVENT_ON, MOST_REMEMBERED, ColumnCheck, Read
from lensan.intake.readers.blocks import Block
from lensan.intake.readers.looks import text_or_error

_DAYS = (
    "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    "|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_SPELLINGS = {
    "identifier": "^[A-Z]{1,6}[0-9]{2,20}$",
    "moment": f"^20[0-9]{{2}}-{_DAYS}[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?$",
    # Ranges that are given out; any other number is read one by one, and told (domain.identifiers).
    "phone": "^0(?:(?:3[0-9]|5[1689]|7[06-9]|8[1-8]|9[0-8])[0-9]|52[238]|559|89[6-9]|99[013-9])[0-9]{6}$",
}
"""Of a column's type: the texts that its parser gives back unchanged, and that prove nothing of their column.
29 February is left to the parser, which knows the years."""
_EQUAL_DIGITS = f"(?:{'|'.join(f'{digit}{{8}}' for digit in range(10))})$"
_OFFSET = "+07"
"""Of Asia/Ho_Chi_Minh in all years from FIRST_EVENT_ON on."""


@dataclass(frozen=True)
class PlainRows:
    """Accepted order lines, one value a row in each array. ``places``: in their block, from 0; ``records``: by
    column of the contract, texts as COPY writes them, null for none."""

    block: Block
    places: np.ndarray
    numbers: np.ndarray
    keys: pa.Array
    records: dict[str, pa.Array]

    @property
    def cells(self) -> tuple[pa.Array, ...]:
        """As read, by column."""
        places = pa.array(self.places)
        return tuple(each.take(places).cast(pa.string()) for each in self.block.columns)


@dataclass(frozen=True)
class _Said:
    """What a column says, row by row: ``texts`` as in PlainRows, and where it says so without a doubt."""

    texts: pa.Array
    is_plain: np.ndarray


def plain_rows(
    block: Block, checks: Mapping[str, ColumnCheck], platform: str, export_date: date
) -> PlainRows:
    """The plain rows of a block of order lines. ``checks`` see every distinct cell of it, as they would row by
    row; ``export_date`` (Asia/Ho_Chi_Minh): no event lies after it."""
    said = {name: _said(block, check, export_date) for name, check in checks.items()}
    texts = {name: each.texts for name, each in said.items()}
    country = pc.fill_null(texts["receiving_country_code"], "VN")
    lacks_province = pc.is_null(texts["receiving_province_code"])
    at_home = pc.equal(country, "VN")
    lacks_day = pc.and_(
        pc.fill_null(pc.equal(texts["status"], "completed"), False),
        pc.is_null(texts["completed_at"]),
    )
    # Abroad has no province of ours, at home a line without one is doubted.
    is_plain = pc.and_(pc.xor(at_home, lacks_province), pc.invert(lacks_day))
    mask = np.logical_and.reduce(
        [is_plain.to_numpy(zero_copy_only=False), *(each.is_plain for each in said.values())]
    )
    kept = pa.array(mask)
    records = {name: each.filter(kept) for name, each in texts.items()}
    records["receiving_country_code"] = country.filter(kept)
    rows = int(mask.sum())
    records["platform"] = pa.repeat(platform, rows)
    keys = pc.binary_join_element_wise(platform, records["order_no"], records["line_no"], "|")
    records["entity_key"] = keys if rows else pa.array([], pa.string())
    return PlainRows(
        block,
        np.flatnonzero(mask),
        block.numbers[mask],
        records["entity_key"],
        records,
    )


def _said(block: Block, check: ColumnCheck, export_date: date) -> _Said:
    """What a column of a block says; one that the table lacks says nothing."""
    if check.index is None:
        return _Said(pa.nulls(len(block), pa.string()), np.ones(len(block), bool))
    spelled = block.columns[check.index]
    as_is = _as_is(check, spelled.dictionary, export_date)
    others = np.flatnonzero(~as_is)
    cells = spelled.dictionary.take(pa.array(others)).to_pylist()
    texts: list[str | None] = []
    is_plain = as_is.copy()
    for at, cell in zip(others.tolist(), map(text_or_error, cells), strict=True):
        found = check.remembered(cell)
        is_plain[at] = check.is_plain(cell, found)
        texts.append(None if found.value is None else warehouse.copy_value(found.value))
    base = spelled.dictionary
    if check.column.type == "moment":
        base = pc.binary_join_element_wise(base, _OFFSET, "")
    replaced = pc.replace_with_mask(base, pa.array(~as_is), pa.array(texts, pa.string()))
    return _Said(replaced.take(spelled.indices), is_plain[block.codes[check.index]])


def remember_as_is(
    block: Block, places: np.ndarray, checks: Mapping[str, ColumnCheck], export_date: date
) -> None:
    """Let the checks know what the cells of some rows say that their parsers would leave unchanged: those of rows that
    are read one by one. ``places``: of the rows in the block, from 0."""
    if not len(places):
        return
    at = pa.array(places)
    for check in checks.values():
        if check.index is None or check.column.type not in _SPELLINGS:
            continue
        spelled = block.columns[check.index]
        texts = spelled.dictionary.take(pc.unique(spelled.indices.take(at)))
        as_is = texts.filter(pa.array(_as_is(check, texts, export_date))).to_pylist()
        of_moments = check.column.type == "moment"
        for text in as_is if len(check.memory) < MOST_REMEMBERED else ():
            check.memory[text] = Read(
                datetime.fromisoformat(text).replace(tzinfo=ICT) if of_moments else text
            )


def _as_is(check: ColumnCheck, texts: pa.Array, export_date: date) -> np.ndarray:
    """Which texts a column's parser would leave unchanged."""
    spelling = _SPELLINGS.get(check.column.type)
    if spelling is None or (check.column.type == "moment" and not check.column.event):
        return np.zeros(len(texts), bool)
    found = pc.match_substring_regex(texts, spelling)
    if check.column.type == "phone":
        found = pc.and_not(found, pc.match_substring_regex(texts, _EQUAL_DIGITS))
    if check.column.type == "moment":
        days = pc.utf8_slice_codeunits(texts, 0, 10)
        found = pc.and_(found, pc.greater_equal(days, FIRST_EVENT_ON.isoformat()))
        found = pc.and_(found, pc.less_equal(days, export_date.isoformat()))
    result: np.ndarray = found.to_numpy(zero_copy_only=False)
    return result


# ---------------------------------------------------------------- as COPY writes it


class Copy(NamedTuple):
    """Rows on their way into a table. ``lines``: in COPY's text format."""

    table: str
    columns: Sequence[str]
    lines: BinaryIO

    def into(self, connection: Connection) -> None:
        """Copy them."""
        warehouse.copy_lines(connection, self.table, self.columns, self.lines)


def lines(columns: Sequence[Any]) -> BinaryIO:
    """Rows in COPY's text format. ``columns``: arrays of texts as COPY writes them, or one text for all."""
    joined = pc.binary_join_element_wise(
        *columns, "\t", null_handling="replace", null_replacement="\\N"
    )
    texts = pc.binary_join_element_wise(joined, "\n", "")
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    first, end = offsets[texts.offset], offsets[texts.offset + len(texts)]
    found: BinaryIO = pa.BufferReader(texts.buffers()[2].slice(int(first), int(end - first)))
    return found


def text_array(cells: Sequence[pa.Array]) -> pa.Array:
    """The cells of each row as an array of texts in COPY's text format; no quotes or backslashes are in them."""
    inner = pc.binary_join_element_wise(*cells, '","')
    return pc.binary_join_element_wise('{"', inner, '"}', "")
