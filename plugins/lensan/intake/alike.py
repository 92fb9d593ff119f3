"""A re-export touches only what changed: lines that the export before has too are not read again.

What a plain line says depends on its bytes alone, so that an accepted one which stands in the next file says
what core holds already. That is given up, and the file read whole (UnlikeError), wherever what is new could bear
on what is old: columns that prove something, a key that is said twice, another program or contract.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import contracts, installation
from lensan.domain.places import PROVINCES_VALID_UNTIL, places
from lensan.intake import columns, landing, readers, row_rules, sections
from lensan.intake.columns import Facts
from lensan.intake.order_columns import plain_rows
from lensan.intake.readers.earlier import EarlierLines, UnlikeError
from lensan.intake.row_rules import CheckedList
from lensan.intake.sections import ListSection, StreamedRows
from lensan.intake.stored import StoredFile


@cache
def reader_of(source: str) -> str:
    """SHA-256 of all that says what a line of a source means: program, contract, reference data."""
    package = Path(__file__).parents[1]
    paths = [
        *(path for room in ("domain", "intake") for path in (package / room).rglob("*.py")),
        *installation.REFERENCE.glob("*.csv"),
        *installation.FOLDER.glob("*.csv"),
        installation.FOLDER / "sources" / f"{source}.yml",
    ]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def of_bits(bits: bytes) -> np.ndarray:
    """Row numbers as a mask, from the bits of raw.plain_rows."""
    return np.unpackbits(np.frombuffer(bits, np.uint8)).astype(bool)


def to_bits(numbers: np.ndarray) -> bytes:
    """Row numbers as the bits of raw.plain_rows."""
    mask = np.zeros(int(numbers.max(initial=-1)) + 1, bool)
    mask[numbers] = True
    return np.packbits(mask).tobytes()


class Alike:
    """A list beside the one that was exported before it."""

    def __init__(
        self, connection: Connection, base: Mapping[str, Any], raw_store: Path, checked: CheckedList
    ) -> None:
        self._connection = connection
        self._base = base
        self._is_plain = of_bits(bytes(base["rows"]))
        path = landing.proven(raw_store, base["sha256"])
        self.earlier = EarlierLines(path, self._is_plain)
        self.checked = checked.beside(self.earlier)

    def prove(self) -> None:
        """That what was read bears on nothing that was not. To be called when all of it is staged, before it
        is merged. Raises UnlikeError."""
        if self.checked.reads_otherwise or not self.checked.proves_nothing:
            raise UnlikeError("a column proves something")
        warehouse.run(self._connection, "intake/alike/open_gone")
        keys = [(key,) for key in self._gone()]
        warehouse.copy_rows(self._connection, "stage_gone", ("entity_key",), keys)
        if warehouse.scalar(self._connection, "intake/alike/is_key_said_twice"):
            raise UnlikeError("a key may be said twice")

    def _gone(self) -> Iterator[str]:
        """Keys of the rows of the earlier file that are not among those which were not read."""
        facts, section = self.checked.facts, self.checked.section
        rules = columns.checks(section.layout, facts, {}, date1904=False)
        for block in self.earlier.left():
            plain = plain_rows(block, rules, facts.contract.platform or "", facts.export_date)
            if len(plain.numbers) != len(block):
                raise UnlikeError("what was plain is not")
            yield from plain.keys.to_pylist()
        first, last = StoredFile.ids_of(self._base["file_id"])
        for row in warehouse.stream(
            self._connection, "intake/alike/rows_in_raw", first=first, last=last
        ):
            number = row.row_number
            if number >= len(self._is_plain) or not self._is_plain[number]:
                yield row.entity_key


def alike(
    connection: Connection, file: StoredFile, checked: CheckedList, raw_store: Path
) -> Alike | None:
    """The list beside the newest one that is loaded; null where that says nothing of it."""
    facts, section = checked.facts, checked.section
    if not isinstance(section.rows, StreamedRows) or checked.proved:
        return None
    found = warehouse.rows(
        connection,
        "intake/alike/base",
        file_id=file.file_id,
        platform=facts.contract.platform,
    )
    for base in found:
        if (
            base["reader"] == reader_of(facts.contract.source)
            and base["headers"] == list(section.layout.headers)
            and _provinces(base["export_date"]) == _provinces(facts.export_date)
        ):
            with suppress(landing.SpoiledError):
                return Alike(connection, base, raw_store, checked)
    return None


def _provinces(day: date) -> bool:
    """Which provinces there were."""
    return day <= PROVINCES_VALID_UNTIL


def keep_plain_rows(
    connection: Connection,
    file: StoredFile,
    checked: CheckedList,
    numbers: np.ndarray,
    *,
    is_alike: bool,
) -> None:
    """Note which rows were taken as they stand, for the export after this. To be called when all is merged.
    ``numbers``: of the plain rows and of those that were not read."""
    first, last = file.record_ids
    name = "intake/alike/is_said_otherwise"
    is_base = (
        checked.proves_nothing
        and not checked.proved
        and not warehouse.scalar(connection, name, file_id=file.file_id, first=first, last=last)
    )
    if not len(numbers) or not (is_base or is_alike):
        return
    not_taken = warehouse.rows(connection, "intake/alike/rows_not_taken", first=first, last=last)
    is_taken = np.ones(int(numbers.max()) + 1, bool)
    gone = np.array([row["row_number"] for row in not_taken], np.int64)
    is_taken[gone[gone < len(is_taken)]] = False
    warehouse.run(
        connection,
        "intake/alike/keep_plain_rows",
        table_id=file.table_id(checked.section.number),
        reader=reader_of(checked.facts.contract.source) if is_base else "",
        rows=to_bits(numbers[is_taken[numbers]]),
        is_alike=is_alike,
    )


def stage_guards(connection: Connection, file_id: int, raw_store: Path) -> None:
    """Stage the keys of rows of newer files that were not read since the file before them says them: they
    guard their keys as others do. The files are read again; that happens where an old export comes late."""
    for row in warehouse.rows(connection, "intake/alike/guards", file_id=file_id):
        contract = contracts.contract(row["source"])
        path = landing.proven(raw_store, row["sha256"])
        document = readers.open_document(path, name=row["name"])
        facts = Facts(contract, places(), row["export_date"])
        is_plain = of_bits(bytes(row["rows"]))
        for section in sections.of_document(document, contract).found:
            if isinstance(section, ListSection):
                keys = ((key,) for key in _keys(row_rules.check(section, facts), is_plain))
                warehouse.copy_rows(connection, "stage_guard", ("entity_key",), keys)


def _keys(checked: CheckedList, is_plain: np.ndarray) -> Iterator[str]:
    """Keys of the rows of a list that the mask names by their number."""
    for batch in checked.batches:
        if batch.plain is not None:
            numbers = np.minimum(batch.plain.numbers, len(is_plain) - 1)
            keys = batch.plain.keys.to_pylist()
            yield from (keys[at] for at in np.flatnonzero(is_plain[numbers]).tolist())
        for row in batch.rows.values():
            if row.key is not None and row.number < len(is_plain) and is_plain[row.number]:
                yield row.key
