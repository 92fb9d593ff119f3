"""The only writer of what files say: raw rows, quarantine and doubts, the stage and its merge into core.

All in the caller's transaction. One stage serves all tables of an entity in a file. What a row is about is
decided before; what is known of its key already, in the merge (include/sql/warehouse/views/core).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import problems
from lensan.domain.periods import ICT
from lensan.domain.problems import Problem
from lensan.intake import order_columns
from lensan.intake.alike import Alike, alike, keep_plain_rows, stage_guards
from lensan.intake.cells import as_text
from lensan.intake.filled_form import FilledForm, FilledRow
from lensan.intake.fresh_lines import FreshLines, KnownError, Runs, fresh_lines
from lensan.intake.order_columns import Copy, PlainRows
from lensan.intake.readers.earlier import UnlikeError
from lensan.intake.row_rules import Batch, CheckedList, Record
from lensan.intake.sections import FormSection, ListSection, Section
from lensan.intake.stored import StoredFile
from lensan.intake.veil import Veil

_SOURCE_TABLE = ("table_id", "file_id", "sheet", "entity", "header_row", "headers")
_SOURCE_ROW = ("record_id", "table_id", "row_number", "entity_key", "cells")
_BAD = (
    "record_id", "entity_key", "sheet", "row_number", "field", "column_number", "value", "rule",
    "parameters", "message",
)  # fmt: skip
_DOUBT = (
    "record_id", "file_id", "field", "column_number", "value", "rule", "parameters", "message",
)  # fmt: skip
_VERDICT = ("record_id", "verdict", "why")
_FORM = (
    "indicator_code", "in_period", "in_period_2", "cumulative", "cumulative_2", "note", "places",
    "record_id",
)  # fmt: skip
_WAITS_FOR = {
    "unknown_stall": "seller_id",
    "unknown_listing": "product_id",
    "no_weight": "weight_kg",
}


@dataclass(frozen=True)
class Kept:
    """Rows of one or more tables: those read, and of them those kept in raw."""

    rows_read: int = 0
    rows_kept: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.rows_read + other.rows_read, self.rows_kept + other.rows_kept)


def keep(
    connection: Connection,
    file: StoredFile,
    checked: Sequence[CheckedList | FilledForm],
    raw_store: Path,
) -> Kept:
    """Write what a file says into raw, and merge it into core: lists entity by entity, each form a version
    of its own. ``raw_store``: where the files before it are. Raises Unreadable where reading its rows does."""
    kept = Kept()
    for entity, found in _by_entity(checked).items():
        _open_stage(connection, entity if entity != "submission" else "information")
        ways: list[tuple[_Way, np.ndarray]] = []
        for each in found:
            if isinstance(each, FilledForm):
                kept += _keep_form(connection, file, each, first=kept.rows_kept)
                continue
            of_list, way, numbers = _keep_as_proved(
                connection, file, each, raw_store, first=kept.rows_kept
            )
            kept += of_list
            ways.append((way, numbers))
        if entity != "submission":
            _merge_lists(connection, file, entity, [each.section for each in found], raw_store)
        for way, numbers in ways if len(checked) == 1 else ():
            _settle_way(connection, file, way, numbers)
    return kept


def keep_doubts(
    connection: Connection, file: StoredFile, kept: Kept, doubts: Sequence[Problem]
) -> None:
    """Keep doubts about a file as a whole, at the first of its rows that is kept."""
    if kept.rows_kept:
        _keep_doubts(connection, file, ((file.record_id(0), doubt) for doubt in doubts))


def _by_entity(
    checked: Sequence[CheckedList | FilledForm],
) -> dict[str, list[CheckedList | FilledForm]]:
    """What is of each entity, as it was found: one stage for all of it."""
    grouped: dict[str, list[CheckedList | FilledForm]] = {}
    for each in checked:
        grouped.setdefault(entity_of(each.section), []).append(each)
    return grouped


def entity_of(section: Section) -> str:
    """The entity of core that a section's rows become, ``submission`` for a form."""
    return "submission" if isinstance(section, FormSection) else section.layout.entity.merges_into


def _open_stage(connection: Connection, entity: str) -> None:
    """Make the empty tables that the rows of an entity are staged in."""
    warehouse.run(connection, "intake/store/open_stage", entity=entity)


def _settle_way(connection: Connection, file: StoredFile, way: _Way, numbers: np.ndarray) -> None:
    """After the merge of a file's only list. ``numbers``: of its rows that were taken as they stand."""
    if way.fresh is not None:
        way.fresh.close_quarantine()
    if way.checked.may_settle_columns:
        keep_plain_rows(connection, file, way.checked, numbers, is_alike=way.alike is not None)


# ---------------------------------------------------------------- lists


@dataclass(frozen=True)
class _Way:
    """How the lines of a list go into the warehouse: all by the stage, or straight into core (``fresh``), or
    only those that the export before lacks (``alike``)."""

    checked: CheckedList
    fresh: FreshLines | None = None
    alike: Alike | None = None


def _ways(
    connection: Connection, file: StoredFile, checked: CheckedList, raw_store: Path
) -> Iterator[Callable[[], _Way | None]]:
    """The ways to try, one after the other; the last always leads there."""

    def beside() -> _Way | None:
        found = alike(connection, file, checked, raw_store)
        return None if found is None else _Way(found.checked, alike=found)

    def straight() -> _Way | None:
        found = fresh_lines(connection, file, checked.facts.contract.platform or "")
        return None if found is None else _Way(checked.anew(), fresh=found)

    if checked.may_settle_columns:
        yield beside
        yield straight
    yield lambda: _Way(checked.anew())


def _keep_as_proved(
    connection: Connection, file: StoredFile, checked: CheckedList, raw_store: Path, *, first: int
) -> tuple[Kept, _Way, np.ndarray]:
    """Keep a list; once more where its columns prove together what single cells do not. Returns the way on
    which its lines went, and the numbers of the rows that were taken as they stand."""
    while True:
        for way_to in _ways(connection, file, checked, raw_store):
            with suppress(KnownError, UnlikeError), connection.begin_nested() as savepoint:
                way = way_to()
                if way is None:
                    continue
                kept, numbers = _keep_list(connection, file, way, first=first)
                if not way.checked.reads_otherwise:
                    return kept, way, numbers
                savepoint.rollback()
                checked = way.checked.again()
                break


def _keep_list(
    connection: Connection, file: StoredFile, way: _Way, *, first: int
) -> tuple[Kept, np.ndarray]:
    """Write a list into raw and the stage of its entity, or on its way into core. ``first``: how many rows of
    the file are kept already. Returns the numbers of plain rows too. Raises Unreadable where reading its rows
    does, KnownError and UnlikeError where its way does."""
    checked, section = way.checked, way.checked.section
    entity = section.layout.entity.merges_into
    _keep_table(connection, file, section, entity)
    columns = [
        row["column_name"] for row in warehouse.rows(connection, "intake/store/stage_columns")
    ]
    kept, plain = Kept(), [np.empty(0, np.int64)]
    base = file.record_id(first)
    table_id = file.table_id(section.number)
    runs = Runs(table_id)

    def copies(batch: Batch) -> Sequence[Copy]:
        """The plain rows of a batch as they are copied."""
        found = batch.plain
        if found is None or not len(found.numbers):
            return ()
        ids = base + batch.plain_at
        if way.fresh is not None:
            return way.fresh.copies(found, ids)
        return _staged_plain(found, ids, table_id, columns)

    for batch, ready in ahead(checked.batches, copies):
        _keep_batch(connection, file, section, batch, columns, base)
        ids, numbers = batch.places
        runs.add(base + ids, numbers)
        plain += [batch.plain_numbers, batch.skipped]
        if way.fresh is not None and batch.plain is not None and ready:
            way.fresh.keep(batch.plain, ready)
        else:
            for copy in ready:
                copy.into(connection)
        rows = batch.end - batch.first
        kept += Kept(rows + batch.rows_blank, rows)
    if way.alike is not None:
        way.alike.prove()
    if way.fresh is not None:
        way.fresh.add_up()
    if way.alike is not None or (way.fresh is not None and way.fresh.rows):
        runs.keep(connection)
    return kept, np.concatenate(plain)


def ahead(
    batches: Iterator[Batch], copies: Callable[[Batch], Sequence[Copy]]
) -> Iterator[tuple[Batch, Sequence[Copy]]]:
    """The batches with their plain rows as they are copied. While one is written the next is made ready and the
    one after it is recognised, each in a thread of its own: most of both is done outside Python."""

    def made_ready(batch: Batch) -> tuple[Batch, Sequence[Copy]]:
        return batch, copies(batch)

    with (
        ThreadPoolExecutor(1, thread_name_prefix="recognise") as recogniser,
        ThreadPoolExecutor(1, thread_name_prefix="make-ready") as maker,
    ):
        recognised = recogniser.submit(next, batches, None)
        ready: Future[tuple[Batch, Sequence[Copy]]] | None = None
        while (batch := recognised.result()) is not None:
            recognised = recogniser.submit(next, batches, None)
            before, ready = ready, maker.submit(made_ready, batch)
            if before is not None:
                yield before.result()
        if ready is not None:
            yield ready.result()


def _keep_batch(
    connection: Connection,
    file: StoredFile,
    section: ListSection,
    batch: Batch,
    columns: Sequence[str],
    base: int,
) -> None:
    """Write the rows of a batch that were checked row by row. ``base``: record of position 0."""
    table_id = file.table_id(section.number)

    def bad() -> Iterator[tuple[Any, ...]]:
        for position, problem in batch.problems:
            row = batch.rows[position]
            yield _bad(base + position, row.key, problem.at(section.sheet, row.number))

    copy = warehouse.copy_rows
    copy(
        connection,
        "raw.source_row",
        _SOURCE_ROW,
        (
            (base + position, table_id, row.number, row.key, list(map(as_text, row.cells)))
            for position, row in batch.rows.items()
        ),
    )
    copy(
        connection,
        "stage",
        columns,
        (_staged(record, base + position, columns) for position, record in batch.records),
    )
    copy(connection, "stage_bad", _BAD, bad())
    copy(
        connection,
        "stage_verdict",
        _VERDICT,
        ((base + position, "ignored", kind) for position, kind in batch.ignored),
    )
    _keep_doubts(connection, file, ((base + position, doubt) for position, doubt in batch.doubts))


def _staged_plain(
    plain: PlainRows, record_ids: np.ndarray, table_id: int, columns: Sequence[str]
) -> Sequence[Copy]:
    """Rows that were settled by columns on their way into raw and the stage. ``record_ids``: one a row."""
    ids = pa.array(record_ids).cast(pa.string())
    numbers = pa.array(plain.numbers).cast(pa.string())
    raw = (ids, str(table_id), numbers, plain.keys, order_columns.text_array(plain.cells))
    nothing = pa.scalar(None, pa.string())
    records = {**plain.records, "record_id": ids}
    staged = [records.get(name, nothing) for name in columns]
    return (
        Copy("raw.source_row", _SOURCE_ROW, order_columns.lines(raw)),
        Copy("stage", columns, order_columns.lines(staged)),
    )


def _staged(record: Record, record_id: int, columns: Sequence[str]) -> list[Any]:
    """A record in the order of the stage's columns."""
    found = [record_id if name == "record_id" else record.get(name) for name in columns]
    for at, value in enumerate(found):
        if value.__class__ is datetime and value.tzinfo is None:
            found[at] = value.replace(tzinfo=ICT)
    return found


def _merge_lists(
    connection: Connection,
    file: StoredFile,
    entity: str,
    sections: Iterable[Section],
    raw_store: Path,
) -> None:
    """Merge what is staged of an entity, from these tables, into its history."""
    lists = [section for section in sections if isinstance(section, ListSection)]
    tables = {file.table_id(section.number): section for section in lists}
    _hold_repeated(connection, tables)
    if entity == "order_line":
        _hold_orphans(connection, file, tables)
        stage_guards(connection, file.file_id, raw_store)
    warehouse.run(
        connection,
        "intake/store/merge_stage",
        entity=entity,
        file_id=file.file_id,
        known_from=file.received_at,
    )


def _hold_repeated(connection: Connection, tables: Mapping[int, ListSection]) -> None:
    """Rows of one file with one key that say different things are held back all, each naming another;
    one that says less than another gives way to it."""

    def problem(row: Mapping[str, Any]) -> Problem:
        layout = tables[row["table_id"]].layout
        first = min(layout.columns.values())
        told = {"row": row["other_row"], "sheet": row["other_sheet"] or ""}
        return Problem(
            "key_twice",
            {"case": "sheet" if row["other_sheet"] != row["sheet"] else "", **told},
            field=layout.headers[first],
            sheet=row["sheet"],
            row=row["row_number"],
        )

    repeated = warehouse.rows(connection, "intake/store/repeated_keys")
    warehouse.copy_rows(
        connection,
        "stage_bad",
        _BAD,
        (_bad(row["record_id"], row["entity_key"], problem(row)) for row in repeated),
    )


def _hold_orphans(
    connection: Connection, file: StoredFile, tables: Mapping[int, ListSection]
) -> None:
    """Order lines whose stall, listing or weight is not known yet wait, held back with the reason."""

    def problem(row: Mapping[str, Any]) -> Problem:
        layout = tables[row["table_id"]].layout
        named = {column.name for column in layout.entity.columns}
        waits_for = _WAITS_FOR[row["rule"]]
        # A platform without a column of weight: the product's own weight is what is missing.
        column = layout.entity.column(waits_for if waits_for in named else "product_id")
        return Problem(
            row["rule"],
            {"header": column.headers[0]},
            field=layout.header_of(column.name),
            value=row["value"],
            sheet=row["sheet"],
            row=row["row_number"],
        )

    orphans = warehouse.rows(connection, "intake/store/order_line_orphans", file_id=file.file_id)
    warehouse.copy_rows(
        connection,
        "stage_bad",
        _BAD,
        (_bad(row["record_id"], row["entity_key"], problem(row)) for row in orphans),
    )


def release_waiting(connection: Connection, raw_store: Path, *, moment: datetime) -> int:
    """Load the order lines whose stall, listing and weight are known by now; returns their number."""
    released = 0
    for row in warehouse.rows(connection, "intake/store/waiting_files"):
        file_id = row["file_id"]
        _open_stage(connection, "order_line")
        released += len(warehouse.rows(connection, "intake/store/waiting_stage", file_id=file_id))
        stage_guards(connection, file_id, raw_store)
        warehouse.run(
            connection,
            "intake/store/merge_stage",
            entity="order_line",
            file_id=file_id,
            known_from=moment,
        )
        warehouse.run(connection, "intake/store/waiting_settle", file_id=file_id, moment=moment)
        first, last = StoredFile.ids_of(file_id)
        warehouse.run(
            connection, "intake/store/file_recount", file_id=file_id, first=first, last=last
        )
    return released


# ---------------------------------------------------------------- forms


def _keep_form(connection: Connection, file: StoredFile, form: FilledForm, *, first: int) -> Kept:
    """Write a form into raw and merge it: a version of its own. Arguments like ``_keep_list``'s."""
    section, period = form.section, form.period
    table_id = file.table_id(section.number)
    ids = range(file.record_id(first), file.record_id(first) + len(form.rows))
    numbered = list(zip(ids, form.rows, strict=True))
    copy = warehouse.copy_rows
    warehouse.run(connection, "intake/store/form_stage")
    _keep_table(connection, file, section, "submission")
    copy(
        connection,
        "raw.source_row",
        _SOURCE_ROW,
        (
            (i, table_id, line.row.number, line.code, list(map(as_text, line.row.cells)))
            for i, line in numbered
        ),
    )
    copy(
        connection,
        "stage_bad",
        _BAD,
        (
            _bad(i, line.code, problem.at(section.sheet, line.row.number))
            for i, line in numbered
            for problem in line.problems
        ),
    )
    copy(
        connection,
        "stage_verdict",
        _VERDICT,
        ((i, "ignored", line.kind) for i, line in numbered if line.kind is not None),
    )
    copy(
        connection,
        "form_stage",
        _FORM,
        (_declared(line, i) for i, line in numbered if line.code and not line.problems),
    )
    _keep_doubts(connection, file, ((i, doubt) for i, line in numbered for doubt in line.doubts))
    warehouse.run(
        connection,
        "intake/store/merge_submission",
        submission_id=table_id,
        file_id=file.file_id,
        sender=file.sender,
        unit_code=file.unit_code,
        report_kind=period.kind,
        period_start=period.start,
        period_end=period.end,
        received_at=file.received_at,
    )
    return Kept(len(form.rows) + form.rows_blank, len(form.rows))


def _declared(line: FilledRow, record_id: int) -> tuple[Any, ...]:
    """A row of a form as form_stage has it."""
    return (
        line.code, line.in_period, line.in_period_2, line.cumulative, line.cumulative_2, line.note,
        line.places, record_id,
    )  # fmt: skip


# ---------------------------------------------------------------- both


def _keep_table(
    connection: Connection, file: StoredFile, section: ListSection | FormSection, entity: str
) -> None:
    warehouse.copy_rows(
        connection,
        "raw.source_table",
        _SOURCE_TABLE,
        [
            (
                file.table_id(section.number),
                file.file_id,
                section.sheet,
                entity,
                section.header_row,
                list(section.layout.headers),
            )
        ],
    )


def _bad(record_id: int, key: str | None, problem: Problem) -> tuple[Any, ...]:
    """A problem as a row of stage_bad."""
    return (
        record_id, key, problem.sheet, problem.row, problem.field or "", problem.column, problem.value,
        problem.rule, problem.stored, problems.sentence(problem),
    )  # fmt: skip


def _keep_doubts(
    connection: Connection, file: StoredFile, doubts: Iterable[tuple[int, Problem]]
) -> None:
    warehouse.copy_rows(
        connection,
        "ops.row_warning",
        _DOUBT,
        (
            (
                record_id, file.file_id, doubt.field, doubt.column, doubt.value, doubt.rule,
                doubt.stored, problems.sentence(doubt),
            )
            for record_id, doubt in doubts
        ),
    )  # fmt: skip


def note_return(connection: Connection, veil: Veil, sha256: str, *, moment: datetime) -> None:
    """Note that a file brought forgotten persons back: its rows are covered, its bytes are to be."""
    if veil.hits:
        warehouse.run(connection, "intake/store/came_back", hits=sorted(veil.hits), moment=moment)
        warehouse.run(connection, "intake/store/file_note", sha256=sha256, moment=moment)
        veil.hits.clear()
