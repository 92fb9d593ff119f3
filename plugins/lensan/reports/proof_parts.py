"""Parts of proofs: the rows of order lines of some days, which manifests refer to by their SHA-256.

What lines of some days count for stays as it is as long as nothing changes that it rests on, so it is named once,
kept under a key of all that (``ops.proof_slice``), and referred to by the proofs of all later reports
(docs/decisions/0023-proof.md). A part says what its days hold, not what a report makes of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from lensan import warehouse
from lensan.domain import contracts, indicators
from lensan.domain.indicators import Indicator
from lensan.domain.periods import Period
from lensan.figures import things

FORMAT = 1
"""Of parts: what is made of the same lines otherwise has another."""
SUMMED = "weight_kg"
"""The column of order lines that a sum of sales may be added up from."""
AT_ONCE = 2_000_000
"""Lines whose rows are named at once."""


@dataclass(frozen=True)
class Part:
    """Rows of order lines from ``first_on`` until before ``until``. ``content``: null where it is kept already;
    ``key``: under which it is to be kept, null where nothing is to be remembered."""

    sha256: str | None
    size_bytes: int
    content: bytes | None
    key: str | None
    first_on: date
    until: date
    is_in_period: bool

    def reference(self) -> dict[str, Any]:
        """The line of a manifest that refers to it: ``for`` is what each ``*`` of its blocks stands for."""
        return {
            "part": self.sha256,
            "bytes": self.size_bytes,
            "from": self.first_on,
            "until": self.until,
            "for": ["cumulative", "in_period"] if self.is_in_period else ["cumulative"],
        }


def line_of(content: Mapping[str, Any]) -> bytes:
    """A line of a manifest or part, without its end."""
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()


def parts(connection: Connection, period: Period) -> list[Part]:
    """The parts that the proof of a report refers to, whose period is open, in the order of indicators and days; what
    the session knows is what counts."""
    families: dict[tuple[str, ...], list[Indicator]] = {}
    for indicator in indicators.of_plan(period.plan.key):
        if things.counts_lines(indicator):
            # What rests on the same things changes together.
            families.setdefault(tuple(sorted(indicator.reads)), []).append(indicator)
    return [part for family in families.values() for part in _of_family(connection, period, family)]


def keep(connection: Connection, found: Iterable[Part]) -> None:
    """Keep what is new of some parts, and what they are found by."""
    for part in found:
        if part.content is not None and part.sha256 is not None:
            warehouse.run(
                connection,
                "reports/proof_parts/insert_part",
                sha256=part.sha256,
                content=part.content,
            )
        if part.key is not None:
            warehouse.run(
                connection, "reports/proof_parts/insert_slice", key=part.key, sha256=part.sha256
            )


def _of_family(connection: Connection, period: Period, family: Sequence[Indicator]) -> list[Part]:
    warehouse.run(
        connection,
        "reports/proof_parts/work_tables",
        plan_start=period.plan.start,
        is_weekly=period.cadence == "week",
    )
    # What was known at a past moment is no state of the warehouse that changes would be noted of.
    remembers = not warehouse.scalar(connection, "reports/proof_parts/is_of_past")
    if remembers:
        with things.apart(connection):
            for indicator in family:
                things.show_things(connection, indicator)
                warehouse.run(connection, "reports/proof_parts/add_sums", code=indicator.code)
        warehouse.run(connection, "reports/proof_parts/find_kept", basis=_basis(family))
    slices = warehouse.rows(connection, "reports/proof_parts/slices")
    contents: dict[int, bytes] = {}
    for batch in _batches([each for each in slices if not each["is_kept"]]):
        contents |= _named(connection, family, batch)
    found = []
    for each in slices:
        content = contents.get(each["no"])
        part = Part(
            sha256=each["sha256"] if content is None else hashlib.sha256(content).hexdigest(),
            size_bytes=each["size_bytes"] or len(content or b""),
            content=content,
            key=None if each["is_kept"] else each["key"],
            first_on=each["first_on"],
            until=each["until"],
            is_in_period=each["is_in_period"],
        )
        found.append(part)
    return found


def _basis(family: Sequence[Indicator]) -> str:
    """What is made of lines: another program, another key."""
    said = [indicator.statement for indicator in family]
    said += [
        warehouse.sql(f"reports/proof_parts/{name}")
        for name in ("add_lines", "name_lines", "blocks")
    ]
    wanted = _wanted()
    headers = [
        (contract.source, entity.name, column.name, list(column.headers))
        for contract in contracts.contracts().values()
        for entity in contract.entities
        for column in entity.columns
        if column.name in wanted
    ]
    said.append(json.dumps([FORMAT, sorted(headers)]))
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def _batches(slices: Sequence[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    for each in slices:
        if batch and sum(one["records"] for one in batch) + each["records"] > AT_ONCE:
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def _named(
    connection: Connection, family: Sequence[Indicator], slices: Sequence[Mapping[str, Any]]
) -> dict[int, bytes]:
    """The content of the parts of some pieces that have any, by the piece's number."""
    numbers = [each["no"] for each in slices]
    since, until = slices[0]["first_on"], slices[-1]["until"]
    warehouse.run(connection, "reports/proof_parts/forget_lines")
    with things.by_line(connection, since, until):
        for indicator in family:
            things.show_things(connection, indicator)
            warehouse.run(
                connection,
                "reports/proof_parts/add_lines",
                code=indicator.code,
                in_period=indicator.in_period,
                numbers=numbers,
            )
    warehouse.run(connection, "reports/proof_parts/name_lines")
    blocks: dict[int, list[dict[str, Any]]] = {}
    for block in warehouse.rows(connection, "reports/proof_parts/blocks"):
        blocks.setdefault(block["no"], []).append(block)
    ids = sorted({block["table_id"] for each in blocks.values() for block in each})
    tables = warehouse.rows(connection, "reports/proof/tables", table_ids=ids)
    found = {}
    for each in slices:
        own = blocks.get(each["no"])
        if own:
            lines = [{"from": each["first_on"], "until": each["until"]}, *lines_of(own, tables)]
            found[each["no"]] = b"".join(line_of(line) + b"\n" for line in lines)
    return found


def lines_of(
    blocks: Iterable[Mapping[str, Any]],
    tables: Iterable[Mapping[str, Any]],
    between: Iterable[dict[str, Any]] = (),
) -> Iterator[dict[str, Any]]:
    """The lines of files, of the tables that blocks stand in, what comes ``between``, and the blocks, each in its
    order. ``tables``: rows of reports/proof/tables."""
    blocks = list(blocks)
    used = {block["table_id"] for block in blocks}
    tables = [row for row in tables if row["table_id"] in used]
    files: dict[str, dict[str, Any]] = {}
    for row in tables:
        file = {"file": row["name"], "source": row["source"]}
        files.setdefault(row["sha256"], file | {"bytes": row["size_bytes"]})
    for sha256, file in files.items():
        yield file | {"sha256": sha256}
    numbers = {row["table_id"]: number for number, row in enumerate(tables, 1)}
    for row in tables:
        yield {
            "table": numbers[row["table_id"]],
            "in": row["sha256"],
            "sheet": row["sheet"],
            "header_row": row["header_row"],
            "width": len(row["headers"]),
            "columns": _columns(row),
        }
    yield from between
    for block in sorted(blocks, key=lambda each: (numbers[each["table_id"]], each["counts_for"])):
        yield {
            "rows": block["rows"],
            "of": numbers[block["table_id"]],
            "count": block["row_count"],
            "for": list(block["counts_for"]),
            **({} if block["amount"] is None else {"tonnes": block["amount"]}),
        }


def _columns(table: Mapping[str, Any]) -> dict[str, int]:
    """Which columns of a table bear what figures may be counted from again: column name → place from 0."""
    wanted = _wanted()
    contract = contracts.contracts()[table["source"]]
    known = [column for e in contract.entities if e.name == table["entity"] for column in e.columns]
    places = {_plain(header): at for at, header in enumerate(table["headers"])}
    found = {}
    for column in known:
        at = {places[h] for h in map(_plain, (column.name, *column.headers)) if h in places}
        # Of two columns for one thing nobody says here which one counted.
        if column.name in wanted and len(at) == 1:
            found[column.name] = at.pop()
    return found


def _wanted() -> set[str]:
    return {name for each in indicators.indicators() for name in each.proved_by} | {SUMMED}


def _plain(header: str | None) -> str:
    return re.sub(r"\s+", " ", header or "").strip().casefold()
