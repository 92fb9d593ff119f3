"""Raw files that hold forgotten persons are written again without them; the old bytes are removed.

The files stay what they are: as many rows and cells, delimited text, JSON Lines or a workbook.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import mmap
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.intake import landing, readers
from lensan.intake.cells import as_text
from lensan.intake.readers import SourceDocument, SourceRow, SourceTable, Unreadable
from lensan.intake.veil import Veil, veil
from lensan.warehouse import audit

log = logging.getLogger(__name__)


def hidden_with(
    connection: Connection, veil_: Veil, runs: Iterable[str], raw_store: Path
) -> set[str]:
    """SHA-256 of the files that hold a forgotten number in rows which the warehouse does not keep: files that were not
    loaded, and exports that repeat what the one before them says. ``runs``: the numbers' digits (``digit_runs``)."""
    runs = sorted(runs)
    found = _unread_with(connection, veil_, raw_store)
    return found | _unnamed_with(connection, runs, raw_store) if runs else found


def _unread_with(connection: Connection, veil_: Veil, raw_store: Path) -> set[str]:
    """SHA-256 of the files that were not loaded and hold a forgotten number. What cannot be opened is
    told in the log."""
    found = set()
    for row in warehouse.rows(connection, "privacy/rewriting/unread_files"):
        try:
            path = landing.proven(raw_store, row["sha256"])
            tables = readers.open_document(path, name=row["name"]).tables
            cells = (cell for table in tables for each in table.rows for cell in each.cells)
            if any(veil_.cell(cell) is not cell for cell in cells):
                found.add(row["sha256"])
        except (Unreadable, OSError):
            log.warning("raw file %s cannot be read: whether it holds the person is unknown",
                        row["sha256"])  # fmt: skip
    return found


def _unnamed_with(connection: Connection, runs: Iterable[str], raw_store: Path) -> set[str]:
    """SHA-256 of the exports in whose bytes one of the runs of digits may stand, of those with rows that no
    record of core names: they repeat what the export before them says."""
    gap = rb"[^0-9\n]{0,3}"
    pattern = re.compile(b"|".join(gap.join(re.findall(b".", run.encode())) for run in runs))
    found = set()
    for row in warehouse.rows(connection, "privacy/rewriting/alike_files"):
        with landing.proven(raw_store, row["sha256"]).open("rb") as stream:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            if pattern.search(mapped):
                found.add(row["sha256"])
            mapped.close()
    return found


def write_files_again(engine: Engine, raw_store: Path, *, moment: datetime) -> int:
    """Write the raw files that hold forgotten persons without them, and remove the old bytes; returns
    how many were written. Safe to repeat."""
    written = 0
    with engine.begin() as connection:
        files = warehouse.rows(connection, "privacy/rewriting/files")
    for row in files:
        old = landing.raw_path(raw_store, row["old_sha256"])
        if row["new_sha256"] is None and old.exists():
            with engine.begin() as connection:
                warehouse.one_loader(connection)
                landing.proven(raw_store, row["old_sha256"])
                new_sha256, size_bytes = _write_again(connection, old, raw_store)
                warehouse.run(
                    connection,
                    "privacy/rewriting/file_written",
                    old_sha256=row["old_sha256"],
                    new_sha256=new_sha256,
                    size_bytes=size_bytes,
                )
                audit.record(
                    connection,
                    actor=audit.SYSTEM,
                    action="file.rewrite",
                    subject=row["old_sha256"],
                    detail={"new_sha256": new_sha256},
                    moment=moment,
                )
            row["new_sha256"] = new_sha256
            written += 1
        if row["new_sha256"] not in (None, row["old_sha256"]):
            old.unlink(missing_ok=True)
    return written


def _write_again(connection: Connection, path: Path, raw_store: Path) -> tuple[str, int]:
    veil_ = veil(connection)
    assert veil_ is not None, "a file is noted only with somebody"
    kept = {
        (row["sheet"], row["row_number"]): row["cells"]
        for row in warehouse.rows(connection, "privacy/rewriting/file_rows", sha256=path.name)
    }

    def covered(sheet: str | None, row: SourceRow) -> SourceRow:
        now = kept.get((sheet, row.number), ())
        cells = [
            veil_.cell(now[i] if i < len(now) and now[i] != as_text(value) else value)
            for i, value in enumerate(row.cells)
        ]
        return row._replace(cells=tuple(cells))

    document = readers.open_document(path, name=path.name)
    return landing.keep(_bytes_of(document, covered), raw_store)


def _bytes_of(
    document: SourceDocument, covered: Callable[[str | None, SourceRow], SourceRow]
) -> Iterator[bytes]:
    """A document as bytes of its kind: delimited text and JSON Lines in UTF-8, spreadsheets as .xlsx
    (which are known by their content, whatever their name)."""
    if document.kind == "csv":
        yield from _delimited(covered(None, row) for row in document.tables[0].rows)
    elif document.kind == "jsonl":
        table = document.tables[0]
        yield from _json_lines(table, (covered(None, row) for row in table.rows))
    else:
        yield _workbook(document, covered)


def _delimited(rows: Iterable[SourceRow]) -> Iterator[bytes]:
    stream = io.StringIO()
    writer = csv.writer(stream)
    for row in rows:
        writer.writerow(row.cells)
        yield stream.getvalue().encode()
        stream.seek(0)
        stream.truncate()


def _json_lines(table: SourceTable, rows: Iterable[SourceRow]) -> Iterator[bytes]:
    for row in rows:
        if not row.cells:
            yield b"\n"
        elif row.note == "unreadable":
            yield str(row.cells[0]).encode() + b"\n"
        else:
            record = dict(zip(table.header or (), row.cells, strict=False))
            yield json.dumps(record, ensure_ascii=False, default=as_text).encode() + b"\n"


def _workbook(
    document: SourceDocument, covered: Callable[[str | None, SourceRow], SourceRow]
) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"created": datetime(2021, 10, 14)})  # noqa: DTZ001 - equal bytes
    formats = {
        kind: book.add_format({"num_format": form})
        for kind, form in (
            (datetime, "yyyy-mm-dd hh:mm:ss"),
            (date, "yyyy-mm-dd"),
            (time, "hh:mm:ss"),
        )
    }
    shown = next((table for table in document.tables if not table.hidden), None)
    for table in document.tables:
        sheet = book.add_worksheet(table.sheet)
        if table is shown:
            sheet.activate()
            sheet.set_first_sheet()
        elif table.hidden and shown is not None:
            sheet.hide()
        for row in table.rows:
            if row.note == "hidden":
                sheet.set_row(row.number - 1, None, None, {"hidden": True})
            for column, value in enumerate(covered(table.sheet, row).cells):
                if isinstance(value, datetime | date | time):
                    sheet.write_datetime(row.number - 1, column, value, formats[type(value)])
                elif isinstance(value, bool | int | float):
                    sheet.write(row.number - 1, column, value)
                elif value is not None:
                    sheet.write_string(row.number - 1, column, as_text(value) or "")
    book.close()
    return stream.getvalue()
