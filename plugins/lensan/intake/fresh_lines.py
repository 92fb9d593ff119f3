"""Order lines of which the warehouse knows no key yet go straight into core; their rows stay in the file.

A file is taken so as long as nothing contradicts: it is the newest, its stalls, listings and weights are known,
no key of it has a content now and none stands in it twice. The database proves the last two, by a unique
index: of a file that is larger than all that is known the indexes are made when its lines are there, which takes
two thirds of the work, and PostgreSQL does it on several cores. Whoever meets KnownError undoes what was written and takes the file by the stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg2.errors
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.intake import order_columns
from lensan.intake.order_columns import PlainRows
from lensan.intake.sale_groups import InexactError, SaleGroups
from lensan.intake.stored import StoredFile

_ASKED_FIRST = 500
"""Keys of each block that are asked for before it is copied: most files that are not fresh show it there."""
LEAST_BYTES = 8 << 20
"""Of a file, from which on it is worth it to make indexes anew."""
_RUN = ("first_record_id", "table_id", "first_row_number", "row_count")


class KnownError(Exception):
    """The file says something of a key that is known, or of a stall or listing that is not."""


class FreshLines:
    """The plain order lines of one file on their way into core. ``parents``: the stalls and the listings that
    are known now (intake/fresh_lines/parents)."""

    def __init__(
        self,
        connection: Connection,
        file: StoredFile,
        platform: str,
        parents: Sequence[Mapping[str, Any]],
    ) -> None:
        self._connection = connection
        self._file = file
        self._platform = platform
        self._groups = SaleGroups(parents)
        self._sellers, self._products, self._weighed = (
            pa.array([r["name"] for r in parents if r["field"] == field and r[needed]], pa.string())
            for field, needed in (("seller_id", "name"), ("product_id", "name"), ("product_id", "is_weighed"))
        )  # fmt: skip
        self._days_are_on = True
        self._indexes_are_on = True
        self.rows = 0

    @property
    def _range(self) -> dict[str, int]:
        first, last = self._file.record_ids
        return {"first": first, "last": last}

    def copies(self, plain: PlainRows, record_ids: np.ndarray) -> list[order_columns.Copy]:
        """Lines as they are copied into core. ``record_ids``: one a row. Raises KnownError."""
        self._check_parents(plain)
        try:
            self._groups.add(plain.records)
        except InexactError:
            raise KnownError from None
        records = {**plain.records, "record_id": pa.array(record_ids).cast(pa.string())}
        values = [*records.values(), self._file.received_at.astimezone(ICT).isoformat()]
        names = (*records, "known_from")
        return [order_columns.Copy("core.order_line_version", names, order_columns.lines(values))]

    def keep(self, plain: PlainRows, copies: Sequence[order_columns.Copy]) -> None:
        """Copy lines into core. Raises KnownError."""
        if self._indexes_are_on:
            step = max(1, len(plain.numbers) // _ASKED_FIRST)
            keys = plain.keys.take(pa.array(np.arange(0, len(plain.numbers), step))).to_pylist()
            if warehouse.scalar(self._connection, "intake/fresh_lines/are_known", keys=keys):
                raise KnownError
        if self._days_are_on:
            warehouse.run(self._connection, "intake/fresh_lines/sales_off")
            self._days_are_on = False
            self._let_indexes_wait()
        with _known_if_twice():
            for copy in copies:
                copy.into(self._connection)
        self.rows += len(plain.numbers)

    def _let_indexes_wait(self) -> None:
        """Of a file that is larger than all lines that are known, the indexes are made when its lines are there;
        not where somebody reads lines now, who would have to wait, or we for them."""
        if not warehouse.scalar(
            self._connection,
            "intake/fresh_lines/is_most",
            file_id=self._file.file_id,
            least_bytes=LEAST_BYTES,
        ):
            return
        with suppress(OperationalError), self._connection.begin_nested():
            warehouse.run(self._connection, "intake/fresh_lines/lock_alone")
            warehouse.run(self._connection, "intake/fresh_lines/indexes_off")
            self._indexes_are_on = False

    def _check_parents(self, plain: PlainRows) -> None:
        """Lines whose stall, listing or weight is not known are to wait, which is not done here."""
        sellers, products = plain.records["seller_id"], plain.records["product_id"]
        bare = products.filter(pc.is_null(plain.records["weight_kg"]))
        for names, known in (
            (sellers, self._sellers),
            (products, self._products),
            (bare, self._weighed),
        ):
            if not pc.all(pc.is_in(names.unique(), known), min_count=0).as_py():
                raise KnownError

    def add_up(self) -> None:
        """All lines are there: add them to the days kept of sales. To be called before anything else of the
        file is merged. Raises KnownError where the stage has a key of theirs too."""
        if self._days_are_on:
            return
        if not self._indexes_are_on:
            with _known_if_twice():
                warehouse.run(self._connection, "intake/fresh_lines/indexes_on")
            self._indexes_are_on = True
        if warehouse.scalar(self._connection, "intake/fresh_lines/are_kept", **self._range):
            raise KnownError
        self._groups.keep(self._connection)
        warehouse.run(
            self._connection,
            "intake/fresh_lines/add_sales",
            platform=self._platform,
            record_id=self._range["first"],
        )
        warehouse.run(self._connection, "intake/fresh_lines/sales_on")
        self._days_are_on = True

    def close_quarantine(self) -> None:
        """Settle what was held back of the same keys. To be called after the rest of the file is merged."""
        if self.rows:
            warehouse.run(
                self._connection,
                "intake/fresh_lines/close_quarantine",
                file_id=self._file.file_id,
                moment=self._file.received_at,
                **self._range,
            )


@contextmanager
def _known_if_twice() -> Iterator[None]:
    """What the unique index tells of keys is a KnownError."""
    try:
        yield
    except (psycopg2.errors.UniqueViolation, DBAPIError) as error:
        if isinstance(getattr(error, "orig", error), psycopg2.errors.UniqueViolation):
            raise KnownError from None
        raise


def fresh_lines(connection: Connection, file: StoredFile, platform: str) -> FreshLines | None:
    """The way straight into core; null where a newer file guards its keys."""
    if not warehouse.scalar(connection, "intake/fresh_lines/is_newest", file_id=file.file_id):
        return None
    parents = warehouse.rows(connection, "intake/fresh_lines/parents", platform=platform)
    return FreshLines(connection, file, platform, parents)


# ---------------------------------------------------------------- which row is which record


@dataclass
class Runs:
    """Rows of one table that are kept, as runs in which record and row number go up together.

    ``found``: (first record, first row number, rows) of each run so far.
    """

    table_id: int
    found: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, record_ids: np.ndarray, numbers: np.ndarray) -> None:
        """Take up kept rows, which follow those before. Both int64, one a row, in any order."""
        if not len(record_ids):
            return
        order = np.argsort(record_ids)
        record_ids, numbers = record_ids[order], numbers[order]
        breaks = np.flatnonzero(np.diff(numbers - record_ids)) + 1
        for ids, rows in zip(np.split(record_ids, breaks), np.split(numbers, breaks), strict=True):
            self._add(int(ids[0]), int(rows[0]), len(ids))

    def _add(self, record_id: int, number: int, rows: int) -> None:
        if self.found:
            first_id, first_number, before = self.found[-1]
            if first_id + before == record_id and first_number + before == number:
                self.found[-1] = (first_id, first_number, before + rows)
                return
        self.found.append((record_id, number, rows))

    def keep(self, connection: Connection) -> None:
        """Write the runs."""
        warehouse.copy_rows(
            connection,
            "raw.source_run",
            _RUN,
            ((first, self.table_id, number, rows) for first, number, rows in self.found),
        )
