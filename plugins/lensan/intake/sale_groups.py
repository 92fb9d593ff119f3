"""Order lines that go straight into core, added up by columns as far as the kept sums tell them apart.

What counts, and for what, core.add_sale_groups says (docs/decisions/0019-sales-by-day.md). Here lines become
one row where it cannot tell them apart: their stalls are taken for the same, and so are their listings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from lensan import warehouse
from lensan.intake import order_columns

_EXACT = pa.decimal128(38, 9)
_MEASURES = ("quantity", "weight_kg", "amount_vnd")
_PLACE = ("receiving_country_code", "receiving_province_code")
_KEYS: Mapping[str, Sequence[str]] = {
    "listing": ("seller_id", "product_id"),
    "category": ("stall", "category", "status", "completed_at", *(f"has_{m}" for m in _MEASURES)),
    "place": ("stall", "group", "status", "completed_at", *_PLACE),
    "buyer": ("stall", "group", "status", "ordered_at", "buyer_phone"),
}
"""By what the sums of core.add_sale_groups are for, what it tells lines apart by."""
_SUMS = [
    ("order_lines", "sum"),
    *((name, "sum") for name in _MEASURES),
    *((f"{name}_scale", "max") for name in _MEASURES),
]


class InexactError(Exception):
    """A number has more digits than are added up exactly here."""


class SaleGroups:
    """Groups of the order lines of one file. ``parents``: of each stall and listing that lines may name
    (intake/fresh_lines/parents) what is taken for the same."""

    def __init__(self, parents: Sequence[Mapping[str, str]]) -> None:
        listings = [row for row in parents if row["field"] == "product_id"]
        stalls = [row for row in parents if row["field"] == "seller_id"]
        self._stall = _Names(stalls, "same")
        self._category = _Names(listings, "same")
        self._group = _Names(listings, "same_group")
        self._buyers = pa.array([row["name"] for row in listings if row["has_buyers"]], pa.string())
        self._found: dict[str, list[pa.Table]] = {what: [] for what in _KEYS}

    def add(self, records: Mapping[str, pa.Array]) -> None:
        """Take up lines. ``records``: as of order_columns.PlainRows. Raises InexactError."""
        lines = {
            "seller_id": records["seller_id"],
            "product_id": records["product_id"],
            "stall": self._stall.of(records["seller_id"]),
            "group": self._group.of(records["product_id"]),
            # What a line without a weight weighs, its listing alone says.
            "category": pc.if_else(
                pc.is_null(records["weight_kg"]),
                records["product_id"],
                self._category.of(records["product_id"]),
            ),
            "status": records["status"],
            "completed_at": _midnight(records["completed_at"]),
            "ordered_at": _midnight(records["ordered_at"]),
            **{name: records[name] for name in (*_PLACE, "buyer_phone")},
            "order_lines": pa.repeat(1, len(records["status"])),
        }
        for name in _MEASURES:
            lines |= _measure(name, records[name])
        table = pa.table(lines)
        for what, keys in _KEYS.items():
            of_these = table
            if what == "buyer":
                of_these = table.filter(pc.is_in(records["product_id"], self._buyers))
            self._found[what].append(_grouped(of_these, keys, _SUMS))

    def keep(self, connection: Connection) -> None:
        """Write the groups into the temporary table sale_group."""
        warehouse.run(connection, "intake/fresh_lines/open_groups")
        for what, tables in self._found.items():
            keys = _KEYS[what]
            found = _grouped(pa.concat_tables(tables), keys, _SUMS)
            of_column = {
                "seller_id": "seller_id" if what == "listing" else "stall",
                "product_id": {"listing": "product_id", "category": "category"}.get(what, "group"),
            }
            names = ("seller_id", "product_id", *(k for k in keys if k in _PASSED), *dict(_SUMS))
            columns = [
                found[of_column.get(name, name)].combine_chunks().cast(pa.string())
                for name in names
            ]
            if found.num_rows:
                copied = order_columns.lines([what, *columns])
                warehouse.copy_lines(connection, "sale_group", ["counts_for", *names], copied)


_PASSED = ("status", "completed_at", "ordered_at", *_PLACE, "buyer_phone")


class _Names:
    """For each name the one that stands for all which are taken for the same."""

    def __init__(self, rows: Sequence[Mapping[str, str]], column: str) -> None:
        self._names = pa.array([row["name"] for row in rows], pa.string())
        self._same = pa.array([row[column] for row in rows], pa.string())

    def of(self, names: pa.Array) -> pa.Array:
        return self._same.take(pc.index_in(names, self._names))


def _midnight(moments: pa.Array) -> pa.Array:
    """The moments, as COPY writes them, at 00:00 of their day in Asia/Ho_Chi_Minh."""
    return pc.utf8_slice_codeunits(moments, 0, 10)


def _measure(name: str, texts: pa.Array) -> dict[str, pa.Array]:
    """A number of each line, how many decimals it is written with, and whether it is there: null, and
    whether it is more than nothing. Raises InexactError."""
    spelled = texts.dictionary_encode()
    distinct = spelled.dictionary
    try:
        numbers = distinct.cast(_EXACT)
    except pa.ArrowInvalid as error:
        raise InexactError(name) from error
    decimals = pc.subtract(pc.binary_length(distinct), pc.add(pc.find_substring(distinct, "."), 1))
    scales = pc.if_else(pc.match_substring(distinct, "."), decimals, 0)
    of_lines = spelled.indices
    return {
        name: numbers.take(of_lines),
        f"{name}_scale": scales.take(of_lines),
        f"has_{name}": pc.greater(numbers, pa.scalar(Decimal(0), _EXACT)).take(of_lines),
    }


def _grouped(table: pa.Table, keys: Sequence[str], sums: Sequence[tuple[str, str]]) -> pa.Table:
    """The table's rows added up by keys, under the same names."""
    found = table.group_by(list(keys), use_threads=False).aggregate(list(sums))
    return found.rename_columns([*keys, *(name for name, _ in sums)])
