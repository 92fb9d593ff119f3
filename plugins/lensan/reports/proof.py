"""What proves a published report without the warehouse: which rows of which files each figure rests on.

See docs/decisions/0023-proof.md. include/proof/verify.py reads what is written here and shares no code with it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

import lensan
from lensan import warehouse
from lensan.domain import contracts, indicators
from lensan.domain.indicators import Indicator
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.report_model import Figure, Report
from lensan.domain.settings import PROJECT
from lensan.figures import measuring, things
from lensan.reports import figures_json
from lensan.warehouse import audit

FOLDER = "proof"
"""Below the reports: what proves each of them."""
FORMAT = 1
MANIFEST, SEAL, REWRITTEN = "manifest.jsonl", "seal.json", "rewritten.json"
VERIFIER = PROJECT / "include" / "proof" / "verify.py"
SUMMED = "weight_kg"
"""The column of order lines that a sum of sales may be added up from."""


def root_of(leaves: Sequence[bytes]) -> str:
    """Root of the Merkle tree over some leaves, as RFC 6962 forms it: a leaf can never be taken for a node."""
    level = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\1" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = pairs + level[len(pairs) * 2 :]
    return level[0].hex() if level else hashlib.sha256(b"").hexdigest()


def sealed(connection: Connection, report: Report) -> tuple[Report, bytes]:
    """The report with the root that it prints, and its manifest; what the session knows is what counts."""
    lines = [_line(each) for each in _manifest(connection, report)]
    return replace(report, root=root_of(lines)), b"".join(line + b"\n" for line in lines)


def keep(
    connection: Connection,
    report: Report,
    manifest: bytes,
    digests: Mapping[str, str],
    *,
    moment: datetime,
) -> None:
    """Keep a report's proof beside it and chain it in the audit. ``digests``: SHA-256 of the report's files by
    name; ``moment`` (aware) is the time of publication."""
    last = warehouse.rows(connection, "reports/proof/last")
    before = last[0]["root"] if last else None
    seal = _line(
        {
            "format": FORMAT,
            "kind": report.period.kind,
            "period": report.period.name,
            "revision": report.revision,
            "root": report.root,
            "root_before": before,
            "manifest": hashlib.sha256(manifest).hexdigest(),
            "files": dict(digests),
        }
    )
    warehouse.run(
        connection,
        "reports/proof/insert",
        **_where(report.period, report.revision),
        proof_no=last[0]["proof_no"] + 1 if last else 1,
        root=report.root,
        root_before=before,
        manifest=manifest,
        # What an accident changed in the seal is told from what was changed elsewhere.
        seal=seal + b"\n" + hashlib.sha256(seal).hexdigest().encode() + b"\n",
    )
    audit.record(
        connection,
        actor=audit.SYSTEM,
        action="report.proof",
        subject=f"{report.period.kind} {report.period.name}",
        detail={
            "revision": report.revision,
            "root": report.root,
            "root_before": before,
            "seal": hashlib.sha256(seal).hexdigest(),
        },
        moment=moment,
    )


def folder_of(reports: Path, period: Period, revision: int) -> Path:
    """Where a published revision's proof lies below the reports."""
    return reports / FOLDER / period.kind / (period.name + (f"-dc{revision}" if revision else ""))


def write(connection: Connection, period: Period, revision: int, folder: Path) -> list[Path]:
    """Write manifest, seal and verify.py into a folder; nothing where the report was published before reports
    had proofs."""
    found = warehouse.rows(connection, "reports/proof/of_report", **_where(period, revision))
    if not found:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        MANIFEST: bytes(found[0]["manifest"]),
        SEAL: bytes(found[0]["seal"]),
        VERIFIER.name: VERIFIER.read_bytes(),
    }
    for name, content in contents.items():
        if not (folder / name).exists() or (folder / name).read_bytes() != content:
            (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def pack(
    engine: Engine, period: Period, files: Mapping[str, bytes], revision: int, raw: Path, to: Path
) -> dict[str, int]:
    """Write all that proves a published revision into a folder: its ``files``, manifest, seal, verify.py and the
    raw files, which hold personal data. Returns how many raw files there are, and how many of them were written
    again without a forgotten person since. Raises LookupError where the report has no proof; raw files that are
    gone or spoiled are left out, which verify.py tells.
    """
    with engine.begin() as connection:
        if not write(connection, period, revision, to):
            raise LookupError(
                _("{period} was published before reports had proofs: it has none").format(
                    period=period
                )
            )
        later = {
            row["old_sha256"]: row["new_sha256"]
            for row in warehouse.rows(connection, "reports/proof/rewritten")
        }
    for name, content in files.items():
        (to / name).write_bytes(content)
    (to / "raw").mkdir(exist_ok=True)
    lines = map(json.loads, (to / MANIFEST).read_bytes().splitlines())
    named = {line["sha256"] for line in lines if "file" in line}
    rewritten: dict[str, str | None] = {}
    for sha256 in sorted(named):
        newest: str | None = sha256
        while newest in later:
            newest = later[newest]
        if newest != sha256:
            rewritten[sha256] = newest
        path = raw / newest[:2] / newest if newest else None
        if path is not None and path.exists():
            shutil.copyfile(path, to / "raw" / path.name)
    if rewritten:
        (to / REWRITTEN).write_bytes(_line(rewritten) + b"\n")
    return {"raw_files": len(named), "rewritten": len(rewritten)}


# ---------------------------------------------------------------- the manifest


def _where(period: Period, revision: int) -> dict[str, Any]:
    return {"report_kind": period.kind, "period": period.name, "revision": revision}


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()


def _manifest(connection: Connection, report: Report) -> Iterable[dict[str, Any]]:
    """Its lines: the report, then files, tables, figures and blocks of rows, each in its order."""
    measuring.open_period(connection, report.period)
    warehouse.run(connection, "reports/proof/work_tables")
    warehouse.run(
        connection,
        "reports/proof/insert_values",
        indicator_codes=[figure.indicator for figure in report.figures],
        unit_codes=[figure.unit for figure in report.figures],
    )
    for indicator in indicators.of_plan(report.period.plan.key):
        _add_rows(connection, indicator, report)
    blocks = warehouse.rows(connection, "reports/proof/blocks")
    ids = sorted({block["table_id"] for block in blocks})
    tables = warehouse.rows(connection, "reports/proof/tables", table_ids=ids)
    yield {
        "format": FORMAT,
        "kind": report.period.kind,
        "period": report.period.name,
        "revision": report.revision,
        "code_version": lensan.__version__,
    }
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
    for figure in report.figures:
        yield _figure(figure)
    for block in sorted(blocks, key=lambda each: (numbers[each["table_id"]], each["counts_for"])):
        yield {
            "rows": block["rows"],
            "of": numbers[block["table_id"]],
            "count": block["row_count"],
            "for": block["counts_for"].split("|"),
            **({} if block["amount"] is None else {"tonnes": block["amount"]}),
        }


def _figure(figure: Figure) -> dict[str, Any]:
    """A figure as figures.json has it, without its note, and how its rows make it."""
    indicator = indicators.indicator(figure.indicator)
    counted = "rows"
    if figure.channel == "platform":
        counted = "sum" if indicator.in_period == "sum" else "things"
    values = {k: figures_json.plain(v) for k, v in asdict(figure).items() if k != "note"}
    return {
        "figure": f"{figure.indicator} {figure.unit}",
        "values": values,
        "counted": counted,
        "named_by": list(indicator.proved_by),
    }


def _add_rows(connection: Connection, indicator: Indicator, report: Report) -> None:
    own = [figure for figure in report.figures if figure.indicator == indicator.code]
    platform = [figure.unit for figure in own if figure.channel == "platform"]
    declared = [figure.unit for figure in own if figure.channel != "platform"]
    if platform:
        things.show_things(connection, indicator)
        with things.by_line(connection):
            warehouse.run(
                connection,
                "reports/proof/add_platform",
                **{**things.platform_parameters(indicator, PROVINCE), "units": platform},
            )
    if declared and indicator.has_submission:
        body = warehouse.sql("figures/things/traced_submission").rstrip().rstrip(";")
        parameters = things.submission_parameters(indicator, PROVINCE)
        connection.execute(
            text(warehouse.sql("figures/frames/proof_declared").format(body=body)),
            {**parameters, "units": declared},
        )


def _columns(table: Mapping[str, Any]) -> dict[str, int]:
    """Which columns of a table bear what figures may be counted from again: column name → place from 0."""
    wanted = {name for each in indicators.indicators() for name in each.proved_by} | {SUMMED}
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


def _plain(header: str | None) -> str:
    return re.sub(r"\s+", " ", header or "").strip().casefold()
