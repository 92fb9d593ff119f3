"""Files into the warehouse: received, recognised, read, checked, merged.

See docs/rules/sources.md#what-becomes-of-every-file.

Each file is settled in one transaction: its rows, verdicts and load record are there together or
not at all. Files are opened only behind the gate (lensan.intake.readers), merges go one at a time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import checks, problems
from lensan.domain.contracts import Contract
from lensan.domain.places import Places, places
from lensan.domain.problems import Problem, Rejection
from lensan.intake import filled_form, landing, locations, readers, recognise
from lensan.intake import veil as veils
from lensan.intake.cells import as_text, kept_value
from lensan.intake.landing import Arrival
from lensan.intake.readers import SourceDocument, SourceRow, SourceTable, Unreadable
from lensan.intake.recognise import ListLayout
from lensan.intake.row_rules import Checked, OrderCells, Proof, RowRules, stage_values

log = logging.getLogger(__name__)

ENTITY_ORDER = ("stall", "listing", "order_line")
SPREADSHEETS = ("xlsx", "xls", "ods")


@dataclass(frozen=True)
class Outcome:
    """What became of a file in a sweep. Row counts are null unless it was loaded."""

    file_id: int
    name: str
    status: str
    reason: str | None = None
    rows_read: int | None = None
    rows_quarantined: int | None = None


def sweep(
    engine: Engine,
    contract: Contract,
    folders: Path | Sequence[Path],
    raw_store: Path,
    *,
    moment: datetime,
    remote: locations.Remote | None = None,
    wants_answer: bool = False,
    progress: Callable[[str], None] = log.info,
) -> list[Outcome]:
    """Take in everything new below ``folders`` and of ``remote``. ``moment`` (aware) is the arrival of
    what is new; ``wants_answer``: its senders are to be answered (lensan.units.reminders).

    Safe to repeat and to run twice at once: a file that is settled is not touched again. A file that
    cannot be read is rejected and stops nothing else. A source that gate core found broken is held: its
    files are received and not merged until the check passes. Raises locations.LocationError at the end when
    something could not be fetched; all the rest is loaded by then.
    """
    arrivals: list[Arrival] = []
    for folder in [folders] if isinstance(folders, Path) else folders:
        arrivals += landing.receive(folder, raw_store)
    with engine.begin() as connection:
        fetched = remote.fetch(connection) if remote is not None else []
        arrivals += [each.arrival for each in fetched if each.arrival is not None]
        arrivals += locations.unsettled(connection, contract.source, raw_store)
        arrivals = list({(a.name, a.sha256): a for a in arrivals}.values())
        settled = {
            (row["name"], row["sha256"])
            for row in warehouse.rows(
                connection, "intake/file_load/known_files", source=contract.source
            )
        }
        erased = veils.erased_files(connection)
        for arrival in arrivals:
            if arrival.sha256 in erased:
                arrival.path.unlink(missing_ok=True)
        new = [a for a in arrivals if (a.name, a.sha256) not in settled and a.sha256 not in erased]
        for arrival in new:
            warehouse.run(
                connection,
                "intake/file_load/register_file",
                source=contract.source,
                name=arrival.name,
                sha256=arrival.sha256,
                size_bytes=arrival.size_bytes,
                received_at=moment,
                export_date=arrival.export_date,
                wants_answer=wants_answer,
            )
        locations.remember(connection, contract.source, fetched, moment=moment)
        held = held_by(connection, contract)
    if held and new:
        problem = Problem("source_held", {"checks": held})
        with engine.begin() as connection:
            warehouse.run(
                connection,
                "intake/file_load/files_held",
                source=contract.source,
                reason=problems.sentence(problem),
                parameters=_json(problem),
            )
        progress(f"{contract.source} is held by {', '.join(held)}: {len(new)} files wait")
    outcomes = [] if held else _load_all(engine, contract, new, moment, progress)
    if remote is not None:
        remote.check()
    return outcomes


def held_by(connection: Connection, contract: Contract) -> list[str]:
    """The checks of core that hold a source back (docs/decisions/0014-quality-gates.md)."""
    stopping = [
        c.name for c in checks.stopping(contract, {e.merges_into for e in contract.entities})
    ]
    rows = warehouse.rows(
        connection, "intake/file_load/held", source=contract.source, stopping=stopping
    )
    return [row["check_name"] for row in rows]


def _load_all(
    engine: Engine,
    contract: Contract,
    new: Sequence[Arrival],
    moment: datetime,
    progress: Callable[[str], None],
) -> list[Outcome]:
    opened: list[tuple[int, Arrival, SourceDocument | Unreadable | None]] = []
    for arrival in new:
        document = _open(arrival) if contract.platform else None
        try:
            opened.append((_rank(contract, document), arrival, document))
        except Unreadable as verdict:
            # The first lines are read already: the document is spent, its verdict stands for it.
            opened.append((0, arrival, verdict))
    opened.sort(key=lambda each: (each[0], each[1].export_date, each[1].name))
    outcomes: list[Outcome] = []
    for number, (_, arrival, document) in enumerate(opened, 1):
        outcome = load(engine, contract, arrival, moment=moment, document=document)
        if outcome is not None:
            outcomes.append(outcome)
            progress(
                f"[{number}/{len(opened)}] {contract.source}/"
                f"{locations.without_address(outcome.name)}: {outcome.status}"
                + (f", {outcome.rows_read} rows" if outcome.rows_read is not None else "")
                + (f", {outcome.rows_quarantined} quarantined" if outcome.rows_quarantined else "")
            )
            if outcome.status == "received" and contract.platform:
                # Sellers, products and orders hang together: what follows would only wait for them.
                break
    return outcomes


def _open(arrival: Arrival) -> SourceDocument | Unreadable:
    try:
        return readers.open_document(arrival.path, name=arrival.name)
    except Unreadable as verdict:
        return verdict


def _rank(contract: Contract, document: SourceDocument | Unreadable | None) -> int:
    """Sellers before products before orders, so that files found together make no orphans. Raises
    Unreadable where the first lines cannot be read."""
    if not isinstance(document, SourceDocument):
        return 0
    for table in document.tables:
        head, table.rows = _peek(table.rows, recognise.HEADER_SEARCH_ROWS)
        entity = _first_entity(contract, table, head)
        if entity in ENTITY_ORDER:
            return ENTITY_ORDER.index(entity)
    return 0


def _peek(rows: Iterable[SourceRow], count: int) -> tuple[list[SourceRow], Iterable[SourceRow]]:
    if isinstance(rows, list):
        return rows[:count], rows
    iterator = iter(rows)
    head = list(islice(iterator, count))
    return head, _chain(head, iterator)


def _chain(head: list[SourceRow], rest: Iterator[SourceRow]) -> Iterator[SourceRow]:
    yield from head
    yield from rest


def _first_entity(contract: Contract, table: SourceTable, head: Sequence[SourceRow]) -> str | None:
    if table.header is not None:
        layout = recognise.list_layout(contract, table.header)
        return layout.entity.name if layout else None
    for row in head:
        layout = recognise.list_layout(contract, row.cells)
        if layout:
            return layout.entity.name
    return None


class _Stop(Exception):
    """A check of gate core that the file's merge does not pass."""

    def __init__(self, check: checks.Check, found: Any, expected: Any) -> None:
        super().__init__(check.name)
        self.check = check
        self.detail = f"{found} of {expected}"


def load(
    engine: Engine,
    contract: Contract,
    arrival: Arrival,
    *,
    moment: datetime,
    document: SourceDocument | Unreadable | None = None,
) -> Outcome | None:
    """Settle one registered file; None when another loader has settled it already."""
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        claimed = warehouse.rows(
            connection,
            "intake/file_load/claim_file",
            source=contract.source,
            name=arrival.name,
            sha256=arrival.sha256,
        )[0]
        if claimed["status"] != "received":
            return None
        file_id = claimed["file_id"]
        if claimed["rule"] is not None:
            claimed["received_at"] = warehouse.scalar(
                connection, "intake/file_load/file_taken_up", file_id=file_id, moment=moment
            )
        same = warehouse.rows(
            connection, "intake/file_load/same_bytes", source=contract.source, sha256=arrival.sha256
        )
        if same:
            problem = Problem("same_bytes", {"name": same[0]["name"]})
            reason = problems.sentence(problem)
            warehouse.run(
                connection,
                "intake/file_load/file_duplicate",
                file_id=file_id,
                reason=reason,
                parameters=_json(problem),
                duplicate_of=same[0]["file_id"],
                **{
                    k: same[0][k]
                    for k in ("entity", "unit_code", "sender", "period_start", "period_end")
                },
            )
            return Outcome(file_id, arrival.name, "duplicate", reason)
        try:
            with connection.begin_nested():
                if document is None:
                    document = _open(arrival)
                if isinstance(document, Unreadable):
                    raise document
                job = _Job(connection, contract, arrival, document, file_id, claimed["received_at"])
                counts = job.run()
                if contract.platform:
                    release_waiting(connection, moment=moment)
        except _Stop as stop:
            problem = Problem(
                stop.check.name, {"label": stop.check.label, "why": stop.check.reason}
            )
            reason = problems.sentence(problem)
            warehouse.run(
                connection,
                "intake/file_load/file_stopped",
                file_id=file_id,
                rule=problem.rule,
                reason=reason,
                parameters=_json(problem),
                detail=stop.detail,
            )
            return Outcome(file_id, arrival.name, "received", reason)
        except Rejection as verdict:
            reason = problems.sentence(verdict.problem)
            warehouse.run(
                connection,
                "intake/file_load/file_rejected",
                file_id=file_id,
                rule=verdict.problem.rule,
                reason=reason,
                parameters=_json(verdict.problem),
                detail=verdict.detail,
                unit_code=verdict.unit_code,
            )
            return Outcome(file_id, arrival.name, "rejected", reason)
        return Outcome(
            file_id, arrival.name, "loaded", None, counts["rows_read"], counts["rows_quarantined"]
        )


@dataclass
class _Segment:
    """A table found on a sheet: its rows, told from blank, header, total and note rows."""

    table_number: int
    sheet: str | None
    layout: ListLayout
    rows: list[tuple[int, SourceRow]]
    date1904: bool


class _Job:
    """One file's way into the warehouse, inside one transaction."""

    def __init__(
        self,
        connection: Connection,
        contract: Contract,
        arrival: Arrival,
        document: SourceDocument,
        file_id: int,
        received_at: datetime,
    ) -> None:
        self.connection = connection
        self.contract = contract
        self.arrival = arrival
        self.document = document
        self.file_id = file_id
        self.received_at = received_at
        self.places: Places = places()
        self.rows_read = 0
        self.rows_not_kept = 0
        self._ordinal = 0
        self._tables = 0
        self._entities: list[str] = []
        self._forms: list[filled_form.FilledForm] = []
        self._warnings: list[tuple[int, Problem]] = []
        # Where the last table of a sheet ended: the heading of a further form stands below it.
        self._table_end = 0
        self.unit_code: str | None = None
        self.sender: str | None = None
        self._veil = veils.veil(connection)

    def run(self) -> dict[str, Any]:
        if self.contract.kind == "submission":
            self._identify_sender()
        if self.document.kind in SPREADSHEETS:
            # What is hidden counts too, but what the sender sees has the last word.
            for table in sorted(self.document.tables, key=lambda table: not table.hidden):
                self._sheet(table)
        else:
            for table in self.document.tables:
                self._stream(table)
        if not self._entities:
            raise Rejection(
                Problem("not_recognised", {"lists": [e.label for e in self.contract.entities]}),
                f"no header row of {self.contract.source} was found; see include/sources/"
                f"{self.contract.source}.yml for the headers it knows",
                unit_code=self.unit_code,
            )
        if self._warnings:
            warehouse.copy_rows(
                self.connection,
                "ops.row_warning",
                (
                    "record_id",
                    "file_id",
                    "field",
                    "column_number",
                    "value",
                    "rule",
                    "parameters",
                    "message",
                ),
                (
                    (
                        record_id,
                        self.file_id,
                        each.field,
                        each.column,
                        each.value,
                        each.rule,
                        _json(each),
                        problems.sentence(each),
                    )
                    for record_id, each in self._warnings
                ),
            )
        if self._veil is not None:
            veils.note_return(
                self.connection, self._veil, self.arrival.sha256, moment=self.received_at
            )
        self._ask_core()
        form = self._forms[0] if self._forms else None
        return warehouse.rows(
            self.connection,
            "intake/file_load/file_loaded",
            file_id=self.file_id,
            entity=", ".join(dict.fromkeys(self._entities)),
            unit_code=self.unit_code,
            sender=self.sender,
            period_start=form.period.start if form else None,
            period_end=form.period.end if form else None,
            rows_read=self.rows_read,
            rows_not_kept=self.rows_not_kept,
        )[0]

    def _ask_core(self) -> None:
        """The checks that stop a merge, asked of what the merge made of core. Raises _Stop."""
        asked = checks.stopping(self.contract, set(self._entities))
        if not asked:
            return
        waived = {
            row["check_name"]
            for row in warehouse.rows(
                self.connection, "intake/file_load/waived", file_id=self.file_id
            )
        }
        for check in asked:
            if check.name not in waived:
                name = f"gates/checks/{check.expect['no_rows']}"
                for row in warehouse.rows(self.connection, name, file_id=self.file_id):
                    raise _Stop(check, row["found"], row["expected"])

    # ------------------------------------------------------------ who sent it

    def _identify_sender(self) -> None:
        """The heading says whose a workbook is; folder, name and the mail's sender may not say
        otherwise."""
        mailed = warehouse.rows(
            self.connection, "intake/file_load/address_of_file", file_id=self.file_id
        )
        # The folders of a mailed file are its sender and date, and who has an address is told by
        # ops.sender_address alone: tien.yen@… may be a person's name.
        path = self.arrival.name.rsplit("/", 1)[-1] if mailed else self.arrival.name
        named = recognise.sender_in_path(path, self.places, self.contract)
        mailboxes = [row["sender"] for row in mailed if row["sender"]]
        heading: list[str] = []
        for table in self.document.tables:
            rows = list(table.rows)
            table.rows = rows
            found = filled_form.find(rows)
            if found is None:
                continue
            lines = filled_form.heading_lines(rows[: found[0]])
            for sender in recognise.read_heading(lines, self.places, self.contract).senders:
                if sender not in heading:
                    heading.append(sender)
        if len(heading) > 1:
            names = [self._sender_name(sender) for sender in heading]
            raise Rejection(
                Problem("two_senders", {"case": "heading", "senders": names}),
                f"heading names {heading}",
            )
        if not heading and not named and not mailboxes:
            raise Rejection(
                Problem("no_sender"),
                "neither heading, path nor the mail's sender names a unit",
            )
        sender = (heading or named[-1:] or mailboxes)[0]
        others = [other for other in named if other != sender]
        if others:
            raise Rejection(
                self._wrong_sender("path", sender, others[0]),
                f"heading names {sender}, path names {others}",
            )
        others = [other for other in mailboxes if other != sender]
        if others:
            raise Rejection(
                self._wrong_sender("mailbox", sender, others[0]),
                f"heading or name says {sender}, the mail came from {others}",
            )
        self.sender = sender
        self.unit_code = sender if sender not in self.contract.enterprises else None

    def _wrong_sender(self, case: str, sender: str, other: str) -> Problem:
        names = {"sender": self._sender_name(sender), "other": self._sender_name(other)}
        return Problem("wrong_sender", {"case": case, **names})

    def _sender_name(self, sender: str) -> str:
        if sender in self.contract.enterprises:
            return self.contract.enterprises[sender][0]
        return self.places.unit_name(sender)

    # ------------------------------------------------------------ spreadsheets

    def _sheet(self, table: SourceTable) -> None:
        rows = list(table.rows)
        self.rows_read += len(rows)
        position = 0
        outside = 0
        self._table_end = 0
        while position < len(rows):
            below = rows[position + 1].cells if position + 1 < len(rows) else None
            layout = recognise.list_layout(self.contract, rows[position].cells, below)
            form = (
                recognise.form_layout(
                    rows[position].cells, *filled_form.cells_below(rows, position)
                )
                if self.contract.kind == "submission" and layout is None
                else None
            )
            if layout is not None:
                position = self._list_segment(table, rows, position, layout)
            elif form is not None:
                position = self._form_segment(table, rows, position, form)
            else:
                outside += 1
                position += 1
        self.rows_not_kept += outside

    def _list_segment(
        self, table: SourceTable, rows: list[SourceRow], position: int, layout: ListLayout
    ) -> int:
        """Read a list from its header to the next header or the end of the sheet."""
        start = position
        kept: list[tuple[SourceRow, str | None]] = [
            (row, "header") for row in rows[position : position + layout.height]
        ]
        position += layout.height
        ended = False
        while position < len(rows):
            row = rows[position]
            kind = recognise.not_data(row.cells, layout)
            if (
                kind is None
                and position == start + layout.height
                and recognise.numbers_the_columns(row.cells)
            ):
                kind = "header"
            if kind in (None, "note") and (ended or recognise.ends_table(row.cells)):
                ended = True
                kind = "note"
            if kind in (None, "note") and self._starts_table(rows, position):
                break
            kept.append((row, kind))
            position += 1
        self._table_end = max(
            i for i, (_, kind) in enumerate(kept, start + 1) if kind in (None, "header")
        )
        self._store_list(table, layout, kept, rows[start].number)
        return position

    def _starts_table(self, rows: list[SourceRow], position: int) -> bool:
        cells = rows[position].cells
        if sum(1 for cell in cells if isinstance(cell, str)) < 2:
            return False
        return recognise.list_layout(self.contract, cells, None) is not None or (
            self.contract.kind == "submission"
            and recognise.form_layout(cells, *filled_form.cells_below(rows, position)) is not None
        )

    def _store_list(
        self,
        table: SourceTable,
        layout: ListLayout,
        kept: list[tuple[SourceRow, str | None]],
        header_row: int,
    ) -> None:
        order_cells = OrderCells(layout) if layout.entity.name == "order_line" else None
        filled = [
            (row, kind, order_cells.fill(row.cells) if order_cells and kind is None else row.cells)
            for row, kind in kept
        ]
        proved: Mapping[str, Proof] = {}
        while True:
            rules = self._rules(layout, table, proved)
            checked = [
                (row, kind, rules.check(cells) if kind is None else None)
                for row, kind, cells in filled
            ]
            if not rules.reads_otherwise():
                break
            proved = rules.proofs
        self._merge(layout, table, header_row, iter(checked), rules)

    def _rules(
        self, layout: ListLayout, table: SourceTable, proved: Mapping[str, Proof]
    ) -> RowRules:
        return RowRules(
            self.contract,
            layout,
            self.places,
            export_date=self.arrival.export_date,
            unit_code=self.unit_code,
            proved=proved,
            date1904=table.date1904,
        )

    # ------------------------------------------------------------ CSV and JSON Lines

    def _stream(self, table: SourceTable) -> None:
        """A delimited file: header within the first rows, then data to the end, never all in memory."""
        proved: Mapping[str, Proof] = {}
        while True:
            start = (
                self.rows_read,
                self.rows_not_kept,
                self._ordinal,
                self._tables,
                len(self._warnings),
                len(self._entities),
            )
            with self.connection.begin_nested() as savepoint:
                rules = self._stream_once(table, proved)
                if rules is None or not rules.reads_otherwise():
                    return
                savepoint.rollback()
            # The columns prove together what single cells do not: read the file again by that.
            (self.rows_read, self.rows_not_kept, self._ordinal, self._tables, warned, entities) = (
                start
            )
            del self._warnings[warned:], self._entities[entities:]
            proved = rules.proofs
            table = readers.open_document(self.arrival.path, name=self.arrival.name).tables[0]

    def _stream_once(self, table: SourceTable, proved: Mapping[str, Proof]) -> RowRules | None:
        rows = iter(table.rows)
        layout: ListLayout | None = None
        header_row: int | None = None
        before: list[SourceRow] = []
        if table.header is not None:
            layout = recognise.list_layout(self.contract, table.header)
            if layout is None and not any(table.header):
                return None
        else:
            for row in islice(rows, recognise.HEADER_SEARCH_ROWS):
                before.append(row)
                layout = recognise.list_layout(self.contract, row.cells)
                if layout is not None:
                    header_row = row.number
                    break
        if layout is None:
            self.rows_read += len(before) + sum(1 for _ in rows)
            self.rows_not_kept = self.rows_read
            return None
        skipped = before[:-1] if header_row is not None else []
        self.rows_read += len(skipped)
        self.rows_not_kept += len(skipped)
        rules = self._rules(layout, table, proved)
        found = layout

        def checked() -> Iterator[tuple[SourceRow, str | None, Any]]:
            if header_row is not None:
                self.rows_read += 1
                yield before[-1], "header", None
            for row in rows:
                self.rows_read += 1
                if row.note == "unreadable":
                    yield row, "unreadable", None
                    continue
                kind = None
                # Only short rows can be blank, total or header rows; the test costs more than the row.
                if (
                    len(row.cells) < 3
                    or row.cells.count(None) + row.cells.count("") > len(row.cells) // 2
                    or (row.cells[:1] == (found.headers[0],))
                ):
                    kind = recognise.not_data(row.cells, found)
                yield row, kind, rules.check(row.cells) if kind is None else None

        self._merge(layout, table, header_row, checked(), rules)
        return rules

    # ------------------------------------------------------------ into the warehouse

    def _next_table(
        self, sheet: str | None, entity: str, header_row: int | None, headers: Sequence[str]
    ) -> int:
        table_id = self.file_id * 65536 + self._tables
        self._tables += 1
        self._entities.append(entity)
        warehouse.copy_rows(
            self.connection,
            "raw.source_table",
            ("table_id", "file_id", "sheet", "entity", "header_row", "headers"),
            [(table_id, self.file_id, sheet, entity, header_row, list(headers))],
        )
        return table_id

    def _merge(
        self,
        layout: ListLayout,
        table: SourceTable,
        header_row: int | None,
        checked: Iterator[tuple[SourceRow, str | None, Any]],
        rules: RowRules,
    ) -> None:
        entity = layout.entity.merges_into
        warehouse.run(self.connection, "intake/file_load/open_stage", entity=entity)
        columns = [
            row["column_name"]
            for row in warehouse.rows(self.connection, "intake/file_load/stage_columns")
        ]
        table_id = self._next_table(table.sheet, entity, header_row, layout.headers)
        bad: list[tuple[Any, ...]] = []
        verdicts: list[tuple[int, str, str]] = []
        raw: list[tuple[Any, ...]] = []
        staged: list[list[Any]] = []
        for row, kind, result in checked:
            if kind == "blank":
                self.rows_not_kept += 1
                continue
            if self._veil is not None:
                row, result = self._covered(self._veil, layout, row, result, rules)
            record_id = (self.file_id << 32) + self._ordinal
            self._ordinal += 1
            key = result.key if result is not None else None
            raw.append((record_id, table_id, row.number, key, [as_text(c) for c in row.cells]))
            if kind == "unreadable":
                cell = row.cells[0] if row.cells else None
                problem = Problem("bad_json", field="", value=kept_value(cell))
                bad.append(_bad(record_id, None, table.sheet, row.number, problem))
            elif kind is not None:
                verdicts.append((record_id, "ignored", kind))
            else:
                for problem in result.problems:
                    bad.append(_bad(record_id, key, table.sheet, row.number, problem))
                self._warnings += [(record_id, warning) for warning in result.warnings]
                if row.note == "hidden":
                    self._warnings.append((record_id, Problem("hidden_row")))
                for record in result.records:
                    record["record_id"] = record_id
                    staged.append(list(stage_values(record, columns)))
            if len(raw) >= 20_000:
                self._flush(columns, raw, staged, bad, verdicts)
        self._flush(columns, raw, staged, bad, verdicts)
        if entity == "order_line":
            self._hold_orphans(layout)
        warehouse.run(
            self.connection,
            "intake/file_load/merge_stage",
            entity=entity,
            file_id=self.file_id,
            known_from=self.received_at,
        )

    def _hold_orphans(self, layout: ListLayout) -> None:
        """Order lines whose stall, listing or weight is not known yet wait."""
        orphans = warehouse.rows(
            self.connection, "intake/file_load/order_line_orphans", file_id=self.file_id
        )
        at = {
            "unknown_stall": "seller_id",
            "unknown_listing": "product_id",
            "no_weight": "weight_kg",
        }
        warehouse.copy_rows(
            self.connection,
            "stage_bad",
            BAD,
            (
                _bad(
                    row["record_id"],
                    row["entity_key"],
                    row["sheet"],
                    row["row_number"],
                    Problem(
                        row["rule"],
                        {"header": layout.entity.column(at[row["rule"]]).headers[0]},
                        field=layout.header_of(at[row["rule"]]),
                        value=row["value"],
                    ),
                )
                for row in orphans
            ),
        )

    def _covered(
        self,
        veil: veils.Veil,
        layout: ListLayout,
        row: SourceRow,
        result: Checked | None,
        rules: RowRules,
    ) -> tuple[SourceRow, Checked | None]:
        """The row without persons who were forgotten."""
        key = result.key if result is not None else None
        entity = layout.entity.merges_into
        cells = veil.cells(entity, layout.columns, row.cells, key)
        if result is not None and entity == "order_line":
            # Its order-level cells may stand in the row above: the record knows them.
            for record in result.records:
                found = veil.number(record["buyer_phone"])
                record["buyer_phone"] = found[0] if found else record["buyer_phone"]
        elif result is not None and cells is not row.cells:
            result = rules.check(cells)
        return row._replace(cells=tuple(cells)), result

    def _flush(
        self,
        columns: Sequence[str],
        raw: list[tuple[Any, ...]],
        staged: list[list[Any]],
        bad: list[tuple[Any, ...]],
        verdicts: list[tuple[int, str, str]],
    ) -> None:
        copy = warehouse.copy_rows
        copy(
            self.connection,
            "raw.source_row",
            ("record_id", "table_id", "row_number", "entity_key", "cells"),
            raw,
        )
        copy(self.connection, "stage", columns, staged)
        copy(
            self.connection,
            "stage_bad",
            BAD,
            bad,
        )
        copy(self.connection, "stage_verdict", ("record_id", "verdict", "why"), verdicts)
        for rows in (raw, staged, bad, verdicts):
            rows.clear()

    # ------------------------------------------------------------ the form

    def _form_segment(
        self, table: SourceTable, rows: list[SourceRow], position: int, layout: recognise.FormLayout
    ) -> int:
        above = self._heading(rows[:position])
        heading = self._heading(rows[self._table_end : position])
        if heading.senders and self.sender not in heading.senders:
            raise Rejection(
                Problem(
                    "two_senders",
                    {
                        "case": "further_form",
                        "sheet": table.sheet,
                        "other": self._sender_name(heading.senders[0]),
                        "sender": self._sender_name(self.sender or ""),
                    },
                ),
                f"a further form is of {heading.senders}",
                unit_code=self.unit_code,
            )
        if heading.first_day is None and heading.month is None:
            heading = above  # a further form below the same heading
        try:
            period = recognise.period_of(heading, layout.kind)
        except Rejection as verdict:
            verdict.unit_code = self.unit_code
            raise
        table_id = self._next_table(
            table.sheet, "submission", rows[position].number, layout.headers
        )
        form = filled_form.read(
            rows,
            position,
            layout,
            period,
            self.places,
            first_record_id=(self.file_id << 32) + self._ordinal,
            starts_list=lambda row: recognise.list_layout(self.contract, row.cells) is not None,
        )
        self._table_end = form.table_end
        self._forms.append(form)
        self._ordinal += len(form.kept)
        self.rows_not_kept += form.rows_blank
        warehouse.copy_rows(
            self.connection,
            "raw.source_row",
            ("record_id", "table_id", "row_number", "entity_key", "cells"),
            [
                (r.record_id, table_id, r.row.number, r.code, [as_text(c) for c in r.row.cells])
                for r in form.kept
            ],
        )
        warehouse.run(self.connection, "intake/file_load/open_stage", entity="information")
        self._flush_form(table, form)
        warehouse.run(
            self.connection,
            "intake/file_load/merge_submission",
            submission_id=table_id,
            file_id=self.file_id,
            sender=self.sender,
            unit_code=self.unit_code,
            report_kind=period.kind,
            period_start=period.start,
            period_end=period.end,
            received_at=self.received_at,
        )
        return form.next_position

    def _heading(self, rows: Sequence[SourceRow]) -> recognise.Heading:
        return recognise.read_heading(filled_form.heading_lines(rows), self.places, self.contract)

    def _flush_form(self, table: SourceTable, form: filled_form.FilledForm) -> None:
        copy = warehouse.copy_rows
        bad = [
            _bad(line.record_id, line.code, table.sheet, line.row.number, problem)
            for line in form.kept
            for problem in line.problems
        ]
        copy(
            self.connection,
            "stage_bad",
            BAD,
            bad,
        )
        copy(
            self.connection,
            "stage_verdict",
            ("record_id", "verdict", "why"),
            [(line.record_id, "ignored", line.ignored) for line in form.kept if line.ignored],
        )
        warehouse.run(self.connection, "intake/file_load/form_stage")
        copy(
            self.connection,
            "form_stage",
            (
                "indicator_code",
                "in_period",
                "in_period_2",
                "cumulative",
                "cumulative_2",
                "note",
                "places",
                "record_id",
            ),
            [
                (
                    line.code,
                    line.in_period,
                    line.in_period_2,
                    line.cumulative,
                    line.cumulative_2,
                    line.note,
                    list(line.places) if line.places is not None else None,
                    line.record_id,
                )
                for line in form.kept
                if line.code and not line.problems and not line.ignored
            ],
        )
        for line in form.kept:
            self._warnings += [(line.record_id, warning) for warning in line.warnings]


BAD = (
    "record_id", "entity_key", "sheet", "row_number", "field", "column_number", "value", "rule",
    "parameters", "message",
)  # fmt: skip


def _bad(
    record_id: int, key: str | None, sheet: str | None, row: int, problem: Problem
) -> tuple[Any, ...]:
    """A problem as a row of stage_bad."""
    return (
        record_id, key, sheet, row, problem.field or "", problem.column, problem.value, problem.rule,
        _json(problem), problems.sentence(problem),
    )  # fmt: skip


def _json(problem: Problem) -> str:
    return json.dumps(problem.parameters, ensure_ascii=False)


def release_waiting(connection: Connection, *, moment: datetime) -> int:
    """Load the order lines whose stall, listing and weight are known by now; returns their number."""
    released = 0
    for row in warehouse.rows(connection, "intake/file_load/waiting_files"):
        warehouse.run(connection, "intake/file_load/open_stage", entity="order_line")
        released += len(
            warehouse.rows(connection, "intake/file_load/waiting_stage", file_id=row["file_id"])
        )
        warehouse.run(
            connection,
            "intake/file_load/merge_stage",
            entity="order_line",
            file_id=row["file_id"],
            known_from=moment,
        )
        warehouse.run(
            connection, "intake/file_load/waiting_settle", file_id=row["file_id"], moment=moment
        )
        warehouse.run(connection, "intake/file_load/file_recount", file_id=row["file_id"])
    return released
