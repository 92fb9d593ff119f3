"""A file that a unit or enterprise sent: what the warehouse and its bytes say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import contracts, values
from lensan.domain.contracts import Contract
from lensan.domain.periods import Period
from lensan.domain.places import places
from lensan.domain.problems import Rejection
from lensan.intake import form_plan, heading, landing, readers, recognise_form
from lensan.intake.heading import read_heading, sender_in_path
from lensan.intake.readers import SourceDocument, Unreadable

SOURCE = "districts"


@dataclass(frozen=True)
class SentFile:
    """A settled row of ops.source_file. ``received_at``: aware; row counts are null unless it was loaded.

    ``rule_label``: the rule that rejected it, in Vietnamese without values. ``duplicate_of``: the file of the
    same bytes that was loaded before.
    """

    file_id: int
    name: str
    sha256: str
    received_at: datetime
    export_date: date
    unit_code: str | None
    named_sender: str | None
    status: str
    rule: str | None
    rule_label: str | None
    reason: str | None
    parameters: dict[str, Any] | None
    duplicate_of: int | None
    rows_accepted: int | None
    rows_quarantined: int | None

    @property
    def is_rejected(self) -> bool:
        """Whether it was refused whole."""
        return self.status == "rejected"

    @property
    def loaded_as(self) -> int:
        """The file whose rows are in the warehouse: itself, or the one of the same bytes."""
        return self.duplicate_of or self.file_id

    @property
    def sender(self) -> str | None:
        """Unit code or enterprise; null where nobody can tell."""
        return sender_of(self.name, self.named_sender or self.unit_code, self.export_date)

    @property
    def base_name(self) -> str:
        """Its name without folders, as printed."""
        return values.clean_text(self.name.rsplit("/", 1)[-1]) or ""


def contract() -> Contract:
    """The contract that such files come by."""
    return contracts.contract(SOURCE)


def load(engine: Engine, file_id: int) -> SentFile:
    """Raises KeyError for an unknown file, ValueError for one that came by another source or is not settled."""
    with engine.begin() as connection:
        found = warehouse.rows(connection, "units/sent_file/file", file_id=file_id)
    if not found:
        raise KeyError(f"no file {file_id}")
    source = found[0].pop("source")
    if source != SOURCE:
        raise ValueError(f"file {file_id} came by {source}, not by {SOURCE}")
    if found[0]["status"] == "received":
        raise ValueError(f"file {file_id} has not been read yet")
    return SentFile(**found[0])


def sender_of(name: str, known: str | None, on: date) -> str | None:
    """Unit code or enterprise: as recognised, else whose folder the file lies in, by the units of a day."""
    if known:
        return known
    named = sender_in_path(name, places(), contract(), on)
    return named[0] if named else None


def path_of(file: SentFile, raw_store: Path) -> Path:
    """Where its bytes lie. Raises SpoiledError when the raw store has lost or changed them."""
    return landing.proven(raw_store, file.sha256)


def opened(path: Path, name: str) -> SourceDocument | None:
    """The document with its rows in memory; null where it cannot be opened."""
    try:
        document = readers.open_document(path, name=name)
        for table in document.tables:
            table.rows = list(table.rows)
    except Unreadable:
        return None
    return document


def period_of(
    file: SentFile, declared: Sequence[dict[str, Any]], document: SourceDocument | None
) -> Period | None:
    """The period of what it declares, else the one that the heading of its first form names.

    ``declared``: rows with report_kind, period_start and period_end.
    """
    if declared:
        first = declared[0]
        return Period(first["report_kind"], first["period_start"], first["period_end"])
    if file.status == "loaded":
        return None
    for table in document.tables if document is not None else ():
        rows = list(table.rows)
        found = recognise_form.find(rows)
        if found is not None:
            start, layout = found
            lines = recognise_form.heading_lines(rows[:start])
            said = read_heading(lines, places(), contract())
            layout = form_plan.with_plans(layout, rows[start + layout.height :], rows[:start], said)
            try:
                return heading.period_of(said, form_plan.settle(layout))
            except Rejection:
                continue
    return None
