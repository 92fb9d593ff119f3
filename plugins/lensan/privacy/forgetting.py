"""A person is forgotten: names, phones and papers are replaced by pseudonyms, figures stay as they are.

Equal numbers get equal pseudonyms, of the same kind and with a prefix that nobody is given, so that
who is the same producer, and every count, stays. What is kept of the numbers is a keyed hash: files
that bring the person back are covered while they are loaded (``Veil``). What was published and the
audit stay (docs/decisions/0010-roles.md).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import contracts, identifiers, values
from lensan.intake import recognise
from lensan.intake.veil import Veil, veil
from lensan.privacy import people, rewriting
from lensan.privacy.people import FileRow, Person
from lensan.warehouse import audit

# Prefixes that no one is given: area code 0200, province codes 099 (CCCD) and 99 (CMND, MST).
_PHONE, _CCCD, _OTHER_PAPER = "0200", "099", "99"


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
        token = _known_as(veil_, person) or _name(
            veil_, min(person.numbers | {key for _, key in person.keys})
        )
        tokens = _pseudonyms(connection, veil_, person.numbers)
        found = people.file_rows(connection, person)
        for number, pseudonym in tokens.items():
            whose = None if number in person.shared else token
            veil_.numbers[veil_.digest("number", number)] = (pseudonym, whose)
        keys = _new_keys(person, tokens, token)
        for entity, old in [
            *person.keys,
            *(("listing", row.key) for row in person.named_listings),
        ]:
            veil_.keys[veil_.digest("key", f"{entity}|{old}")] = token
        _remember(connection, veil_, moment)
        rows = [_covered(veil_, row, keys) for row in found]
        _erase(connection, veil_, person, tokens, keys, rows, token)
        touched = {row.sha256 for row in found}
        runs = people.digit_runs(person.numbers)
        touched |= rewriting.hidden_with(connection, veil_, runs, raw_store)
        for sha256 in sorted(touched):
            warehouse.run(connection, "intake/store/file_note", sha256=sha256, moment=moment)
        audit.record(
            connection,
            actor=by,
            action="person.forget",
            subject=token,
            detail={"reason": reason, "rows": len(rows), "numbers": len(tokens), "keys": len(keys)},
            moment=moment,
        )
    files = rewriting.write_files_again(engine, raw_store, moment=moment)
    return {"person": token, "rows": len(rows), "files": files}


def preview(engine: Engine, raw_store: Path, person: Person) -> dict[str, Any]:
    """What ``forget`` would reach: the names that the person bears, counts, and the published reports that stay as they
    are. Files are all that would be written again, those too whose rows the warehouse does not keep. Personal data: for
    the eyes of who asked, not for logs."""
    with engine.begin() as connection:
        found = people.file_rows(connection, person)
        veil_ = Veil("preview")
        for number in person.numbers:
            veil_.numbers[veil_.digest("number", number)] = ("•", None)
        runs = people.digit_runs(person.numbers)
        hidden = rewriting.hidden_with(connection, veil_, runs, raw_store)
        words = sorted(person.numbers)
        published = warehouse.rows(connection, "privacy/people/published", words=words)
    return {
        "person": ", ".join(sorted(person.names)),
        "producers": list(person.producers),
        "names": len(person.names),
        "numbers": len(person.numbers),
        "numbers_of_others_too": len(person.shared),
        "stalls": sum(row.kind == "stall" for row in person.members),
        "rows": len(found),
        "files": len({row.sha256 for row in found} | hidden),
        "published_reports_that_stay": [
            f"{row['report_kind']} {row['period']}" for row in published
        ],
    }


# ---------------------------------------------------------------- after a restore


def notes(connection: Connection) -> dict[str, Any] | None:
    """What is known of forgotten persons, to be kept with backups: the salt, and keyed hashes with pseudonyms. None
    where nobody was forgotten. It names nobody, but with the salt numbers can be tried: as secret as a backup."""
    rows = warehouse.rows(connection, "privacy/forgetting/notes")
    if not rows:
        return None
    return {
        "salt": warehouse.rows(connection, "intake/veil/known")[0]["salt"],
        "forgotten": [row | {"forgotten_at": row["forgotten_at"].isoformat()} for row in rows],
    }


def repeat(engine: Engine, raw_store: Path, known: Mapping[str, Any], *, moment: datetime) -> int:
    """Forget again whom notes tell of, in a warehouse that was restored from before; returns how many persons were found
    in it. Files that come later are covered as well. Safe to repeat; the caller resolves producers anew.

    ``moment`` is aware. Raises ValueError where the warehouse has a salt of its own: it is another one's past.
    """
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        warehouse.run(connection, "privacy/forgetting/salt", salt=known["salt"])
        if warehouse.rows(connection, "intake/veil/known")[0]["salt"] != known["salt"]:
            raise ValueError(_("these notes of forgotten persons are of another warehouse"))
        warehouse.insert_rows(
            connection,
            "privacy/forgetting/remember",
            [
                row | {"moment": datetime.fromisoformat(row["forgotten_at"])}
                for row in known["forgotten"]
            ],
        )
    found: set[tuple[str, str]] = set()
    while (here := _still_here(engine, found)) is not None:
        found.add(here)
        kind, who = here
        if kind == "producer":
            person = people.find(engine, producer_id=int(who))
        else:
            try:
                person = people.of_number(engine, who)
            except people.UnknownPersonError:
                continue
        forget(
            engine, raw_store, person, by=audit.SYSTEM, reason="forgotten before the restore", moment=moment
        )  # fmt: skip
    return len(found)


def _still_here(engine: Engine, done: set[tuple[str, str]]) -> tuple[str, str] | None:
    """A producer, else a number without one, of somebody who was forgotten and stands in core by name."""
    with engine.begin() as connection:
        veil_ = veil(connection)
        assert veil_ is not None, "notes were taken in"
        for row in warehouse.rows(connection, "privacy/forgetting/bearers"):
            numbers = [veil_.number(number) for number in row["numbers"] if number]
            persons = {each[1] for each in numbers if each is not None}
            persons.add(veil_.keys.get(veil_.digest("key", f"{row['kind']}|{row['key']}")))
            if not persons - {None} or row["name"] in persons:
                continue
            if row["producer_id"] is not None:
                here = ("producer", str(row["producer_id"]))
            else:
                here = ("number", next((number for number in row["numbers"] if number), ""))
            if here not in done and here[1]:
                return here
    return None


def _known_as(veil_: Veil, person: Person) -> str | None:
    """The pseudonym of somebody who was forgotten before, as a backup brought them back."""
    found = {veil_.number(number) for number in person.numbers - person.shared}
    return min(
        (each[1] for each in found if each is not None and each[1] is not None), default=None
    )


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
    veil_: Veil, row: FileRow, keys: Mapping[tuple[str, str], str]
) -> tuple[int, str | None, list[Any]]:
    """A raw row as it is kept from now on: record_id, key, cells."""
    layout = recognise.list_layout(contracts.contract(row.source), row.headers)
    columns = layout.columns if layout is not None else {}
    cells = veil_.cells(row.entity, columns, row.cells, row.entity_key)
    key = row.entity_key
    if key is not None:
        key = "\n".join(keys.get((row.entity, part), part) for part in key.split("\n"))
    return row.record_id, key, list(cells)


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
    products = {(row.key, row.name) for row in person.named_listings}
    copy(
        connection,
        "erased_listing",
        ("key", "old", "new", "new_key"),
        [(k, old, new := veil_.product(old), values.norm(new)) for k, old in sorted(products)],
    )
    warehouse.run(connection, "privacy/forgetting/erase", person=token)


def listed(engine: Engine) -> list[dict[str, Any]]:
    """Who was forgotten: person (the pseudonym), forgotten_at, numbers, came_back_at."""
    with engine.begin() as connection:
        return warehouse.rows(connection, "privacy/forgetting/list")


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
