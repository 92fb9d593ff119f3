"""A person is forgotten: names, phones and papers are replaced by pseudonyms, figures stay as they are.

Equal numbers get equal pseudonyms, of the same kind and with a prefix that nobody is given, so that
who is the same producer, and every count, stays. What is kept of the numbers is a keyed hash: files
that bring the person back are covered while they are loaded (``Veil``). What was published and the
audit stay (docs/decisions/0010-roles.md).
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import contracts, identifiers, values
from lensan.intake import landing, readers, recognise
from lensan.intake.cells import as_text
from lensan.intake.readers import SourceDocument, SourceRow, SourceTable, Unreadable
from lensan.intake.veil import (
    Veil,
    veil,
)
from lensan.warehouse import audit

log = logging.getLogger(__name__)

# Prefixes that no one is given: area code 0200, province codes 099 (CCCD) and 99 (CMND, MST).
_PHONE, _CCCD, _OTHER_PAPER = "0200", "099", "99"
_OLD_MOBILES = {new: old for old, new in identifiers.OLD_MOBILES.items()}


class UnknownPersonError(LookupError):
    """Nobody is found, or more than one; the text says what to do."""


@dataclass(frozen=True)
class Person:
    """Whose traces are to go. ``members``: kind, key and content of stalls, registry rows, wallets;
    ``mentions``: the same of trainings and OCOP products; ``shared``: numbers that others bear too;
    ``others``: entity and key of rows of others in whose key one of those stands. Personal data: never
    log it."""

    producers: tuple[int, ...]
    members: tuple[Mapping[str, Any], ...]
    mentions: tuple[Mapping[str, Any], ...]
    listings: tuple[Mapping[str, Any], ...]
    numbers: frozenset[str]
    shared: frozenset[str]
    others: frozenset[tuple[str, str]]

    @cached_property
    def names(self) -> frozenset[str]:
        """All names under which the person stands anywhere."""
        return frozenset(row["name"] for row in (*self.members, *self.mentions) if row["name"])

    @cached_property
    def keys(self) -> frozenset[tuple[str, str]]:
        """Entity and key of the rows that are about the person."""
        return frozenset((row["kind"], row["key"]) for row in (*self.members, *self.mentions))

    @cached_property
    def named_listings(self) -> tuple[Mapping[str, Any], ...]:
        """Listings that bear the person's name."""
        names = {values.norm(name) for name in self.names}
        return tuple(
            row for row in self.listings if any(name in values.norm(row["name"]) for name in names)
        )


# ---------------------------------------------------------------- pseudonyms


def _pseudonym(veil_: Veil, number: str, attempt: int) -> str:
    """A number of the same kind that nobody is given."""
    digits = str(int(veil_.digest(f"pseudonym {attempt}", number), 16))
    if (
        re.fullmatch(r"0[235789]\d{8,9}", number)
        and identifiers.parse_phone(number).value == number
    ):
        return _PHONE + digits[:7]
    prefix = _CCCD if len(number) == 12 else _OTHER_PAPER
    return prefix + digits[: len(number) - len(prefix)]


def _name(veil_: Veil, number: str) -> str:
    """A name like nobody's: two words of letters, so that no two persons look alike."""
    letters = [chr(97 + byte % 26) for byte in bytes.fromhex(veil_.digest("name", number))]
    return f"• {''.join(letters[:8]).title()} {''.join(letters[8:16]).title()}"


# ---------------------------------------------------------------- who it is


def find(
    engine: Engine,
    *,
    paper_number: str | None = None,
    phone: str | None = None,
    producer_id: int | None = None,
) -> Person:
    """The person of a paper number, a phone or a producer. Raises UnknownPersonError, and ValueError
    for what is no number."""
    given: set[str] = set()
    if paper_number is not None:
        paper = identifiers.parse_paper_number(paper_number).value
        if paper is None:
            raise ValueError("this is no paper number: 12 (CCCD), 9 (CMND), 10 or 13 digits (MST)")
        given.add(paper.number)
    if phone is not None:
        number = identifiers.parse_phone(phone).value
        if number is None:
            raise ValueError("this is no phone number: write it like 0912345678")
        given.add(number)
    if not given and producer_id is None:
        raise ValueError("say who: a paper number, a phone or a producer")
    with engine.begin() as connection:
        borne = _members(connection, given, [producer_id] if producer_id is not None else [])
        producers = sorted({row["producer_id"] for row in borne if row["producer_id"] is not None})
        if len(producers) > 1:
            raise UnknownPersonError(
                f"producers {', '.join(map(str, producers))} bear this number; say which one: "
                "lensan forget --producer ID"
            )
        members = _members(connection, set(), producers) if producers else borne
        numbers = given | {
            n for row in members for n in (row["paper_number"], row["phone"]) if n is not None
        }
        own = {(row["kind"], row["key"]) for row in members}
        others = [
            row for row in _members(connection, numbers, []) if (row["kind"], row["key"]) not in own
        ]
        shared = {n for row in others for n in (row["paper_number"], row["phone"]) if n in numbers}
        exclusive = sorted(numbers - shared)
        mentions = warehouse.rows(
            connection,
            "privacy/forgetting/mentions",
            numbers=exclusive,
            names=[row["name"] for row in members],
            units=[row["unit_code"] for row in members],
        )
        listings = warehouse.rows(
            connection,
            "privacy/forgetting/listings",
            stalls=[key for kind, key in own if kind == "stall"],
        )
        others += warehouse.rows(
            connection, "privacy/forgetting/mentions", numbers=sorted(shared), names=[], units=[]
        )
        person = Person(
            tuple(producers),
            tuple(members),
            tuple(mentions),
            tuple(listings),
            frozenset(numbers),
            frozenset(shared),
            frozenset(
                (row["kind"], row["key"]) for row in others if shared & set(row["key"].split("|"))
            ),
        )
        if not members and not mentions and not _rows(connection, person):
            raise UnknownPersonError("nobody is known by that; nothing is to be forgotten")
    return person


def _members(
    connection: Connection, numbers: Iterable[str], producers: Iterable[int]
) -> list[dict[str, Any]]:
    return warehouse.rows(
        connection, "privacy/forgetting/members", numbers=sorted(numbers), producers=list(producers)
    )


def _rows(connection: Connection, person: Person) -> list[dict[str, Any]]:
    keys = sorted(person.keys | {("listing", row["key"]) for row in person.named_listings})
    return warehouse.rows(
        connection,
        "privacy/forgetting/rows",
        entities=[entity for entity, _ in keys],
        keys=[key for _, key in keys],
        digits="|".join(sorted(_digit_runs(person.numbers))) or "^$impossible",
    )


def _digit_runs(numbers: Iterable[str]) -> set[str]:
    """Digits that stand in every writing of the numbers: leading zeros and 84 may be missing, a
    mobile number may be of before 2018."""
    found = set()
    for number in numbers:
        found.add(number.lstrip("0"))
        old = _OLD_MOBILES.get(number[:3])
        if old is not None and len(number) == 10:
            found.add((old + number[3:]).lstrip("0"))
    return found


def summary(engine: Engine, person: Person) -> dict[str, Any]:
    """What forgetting would reach: counts, and the published reports that stay as they are."""
    with engine.begin() as connection:
        found = _rows(connection, person)
        words = sorted(person.numbers)
        published = warehouse.rows(connection, "privacy/forgetting/published", words=words)
    return {
        "producers": list(person.producers),
        "names": len(person.names),
        "numbers": len(person.numbers),
        "numbers_of_others_too": len(person.shared),
        "stalls": sum(row["kind"] == "stall" for row in person.members),
        "rows": len(found),
        "files": len({row["sha256"] for row in found}),
        "published_reports_that_stay": [
            f"{row['report_kind']} {row['period']}" for row in published
        ],
    }


# ---------------------------------------------------------------- forgetting


def forget(
    engine: Engine, raw_store: Path, person: Person, *, by: str, reason: str, moment: datetime
) -> dict[str, Any]:
    """Replace a person by a pseudonym in core, raw rows, quarantine and raw files, and remember the
    numbers' hashes; returns the pseudonym and what was reached.

    All in one transaction, then the files, which a later call finishes when this one dies. The caller
    resolves producers anew. ``moment`` is aware.
    """
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        warehouse.run(connection, "privacy/forgetting/salt", salt=secrets.token_hex(32))
        veil_ = veil(connection) or Veil(warehouse.rows(connection, "intake/veil/known")[0]["salt"])
        token = _name(veil_, min(person.numbers | {key for _, key in person.keys}))
        tokens = _pseudonyms(connection, veil_, person.numbers)
        found = _rows(connection, person)
        for number, pseudonym in tokens.items():
            whose = None if number in person.shared else token
            veil_.numbers[veil_.digest("number", number)] = (pseudonym, whose)
        keys = _new_keys(person, tokens, token)
        for entity, old in [
            *person.keys,
            *(("listing", row["key"]) for row in person.named_listings),
        ]:
            veil_.keys[veil_.digest("key", f"{entity}|{old}")] = token
        _remember(connection, veil_, moment)
        rows = [_covered(veil_, row, keys) for row in found]
        _erase(connection, veil_, person, tokens, keys, rows, token)
        touched = {row["sha256"] for row in found}
        for sha256 in sorted(touched | _unread_with(connection, veil_, raw_store)):
            warehouse.run(connection, "intake/veil/file_note", sha256=sha256, moment=moment)
        audit.record(
            connection,
            actor=by,
            action="person.forget",
            subject=token,
            detail={"reason": reason, "rows": len(rows), "numbers": len(tokens), "keys": len(keys)},
            moment=moment,
        )
    files = write_files_again(engine, raw_store, moment=moment)
    return {"person": token, "rows": len(rows), "files": files}


def _pseudonyms(connection: Connection, veil_: Veil, numbers: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for number in sorted(numbers):
        known = veil_.number(number)
        attempt = 0
        while known is None and number not in found:
            pseudonym = _pseudonym(veil_, number, attempt)
            taken = warehouse.rows(
                connection, "privacy/forgetting/taken_numbers", numbers=[pseudonym]
            )
            if not taken and pseudonym not in found.values():
                found[number] = pseudonym
            attempt += 1
        if known is not None:
            found[number] = known[0]
    return found


def _new_keys(person: Person, tokens: Mapping[str, str], token: str) -> dict[tuple[str, str], str]:
    """Entity and key of the person's rows → the key they get: its parts that are a number or the
    name are replaced; of rows of others only the numbers."""
    parts = dict(tokens) | {values.norm(name): values.norm(token) for name in person.names}
    return {
        (entity, key): "|".join(
            (parts if (entity, key) in person.keys else tokens).get(part, part)
            for part in key.split("|")
        )
        for entity, key in person.keys | person.others
    }


def _remember(connection: Connection, veil_: Veil, moment: datetime) -> None:
    known = {
        **{digest: ("number", *pair) for digest, pair in veil_.numbers.items()},
        **{digest: ("key", person, person) for digest, person in veil_.keys.items()},
    }
    warehouse.insert_rows(
        connection,
        "privacy/forgetting/remember",
        [
            {
                "number_hash": digest,
                "kind": kind,
                "pseudonym": name,
                "person": whose,
                "moment": moment,
            }
            for digest, (kind, name, whose) in known.items()
        ],
    )


def _covered(
    veil_: Veil, row: Mapping[str, Any], keys: Mapping[tuple[str, str], str]
) -> tuple[int, str | None, list[Any]]:
    """A raw row as it is kept from now on: record_id, key, cells."""
    layout = recognise.list_layout(contracts.contract(row["source"]), row["headers"])
    columns = layout.columns if layout is not None else {}
    key = row["entity_key"]
    cells = veil_.cells(row["entity"], columns, row["cells"], key)
    if key is not None:
        key = "\n".join(keys.get((row["entity"], part), part) for part in key.split("\n"))
    return row["record_id"], key, list(cells)


def _erase(
    connection: Connection,
    veil_: Veil,
    person: Person,
    tokens: Mapping[str, str],
    keys: Mapping[tuple[str, str], str],
    rows: Sequence[tuple[int, str | None, list[Any]]],
    token: str,
) -> None:
    warehouse.run(connection, "privacy/forgetting/open")
    copy = warehouse.copy_rows
    copy(connection, "erased_number", ("old", "new"), tokens.items())
    copy(
        connection,
        "erased_key",
        ("entity", "old", "new", "person"),
        [
            (entity, old, new, token if (entity, old) in person.keys else None)
            for (entity, old), new in keys.items()
        ],
    )
    copy(connection, "erased_row", ("record_id", "entity_key", "cells"), rows)
    products = {(row["key"], row["name"]) for row in person.named_listings}
    copy(
        connection,
        "erased_listing",
        ("key", "old", "new", "new_key"),
        [(k, old, new := veil_.product(old), values.norm(new)) for k, old in sorted(products)],
    )
    warehouse.run(connection, "privacy/forgetting/erase", person=token)


# ---------------------------------------------------------------- the raw files


def _unread_with(connection: Connection, veil_: Veil, raw_store: Path) -> set[str]:
    """Files that were not loaded and hold a forgotten number. What cannot be opened is told."""
    found = set()
    for row in warehouse.rows(connection, "privacy/forgetting/unread_files"):
        path = landing.raw_path(raw_store, row["sha256"])
        try:
            tables = readers.open_document(path, name=row["name"]).tables
            cells = (cell for table in tables for each in table.rows for cell in each.cells)
            if any(veil_.cell(cell) is not cell for cell in cells):
                found.add(row["sha256"])
        except (Unreadable, OSError):
            log.warning("raw file %s cannot be read: whether it holds the person is unknown",
                        row["sha256"])  # fmt: skip
    return found


def write_files_again(engine: Engine, raw_store: Path, *, moment: datetime) -> int:
    """Write the raw files that hold forgotten persons without them, and remove the old bytes; returns
    how many were written. Safe to repeat."""
    written = 0
    with engine.begin() as connection:
        files = warehouse.rows(connection, "intake/veil/files")
    for row in files:
        old = landing.raw_path(raw_store, row["old_sha256"])
        if row["new_sha256"] is None and old.exists():
            with engine.begin() as connection:
                warehouse.one_loader(connection)
                new_sha256, size_bytes = _write_again(connection, old, raw_store)
                warehouse.run(
                    connection,
                    "privacy/forgetting/file_written",
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
        for row in warehouse.rows(connection, "privacy/forgetting/file_rows", sha256=path.name)
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


def listed(engine: Engine) -> list[dict[str, Any]]:
    """Who was forgotten: person (the pseudonym), forgotten_at, numbers, came_back_at."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "privacy/forgetting/list")
