"""What proves a published report without the warehouse: which rows of which files each figure rests on.

See docs/decisions/0023-proof.md. include/proof/verify.py reads what is written here and shares no code with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

import lensan
from lensan import warehouse
from lensan.domain import indicators
from lensan.domain.indicators import Indicator
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.report_model import Figure, Report
from lensan.domain.settings import PROJECT
from lensan.figures import measuring, things
from lensan.reports import figures_json, proof_parts
from lensan.reports.proof_parts import Part, line_of
from lensan.warehouse import audit

FOLDER = "proof"
"""Below the reports: what proves each of them."""
FORMAT = 2
"""Of manifests. 1, until November 2026: no parts; verify.py reads both."""
MANIFEST, SEAL, REWRITTEN, PARTS = "manifest.jsonl", "seal.json", "rewritten.json", "parts"
VERIFIER = PROJECT / "include" / "proof" / "verify.py"


@dataclass(frozen=True)
class Sealed:
    """A manifest with the parts that it refers to."""

    manifest: bytes
    parts: tuple[Part, ...]


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


def sealed(connection: Connection, report: Report) -> tuple[Report, Sealed]:
    """The report with the root that it prints, and its manifest; what the session knows is what counts."""
    measuring.open_period(connection, report.period)
    parts = tuple(proof_parts.parts(connection, report.period))
    lines = [line_of(each) for each in _manifest(connection, report, parts)]
    manifest = b"".join(line + b"\n" for line in lines)
    return replace(report, root=root_of(lines)), Sealed(manifest, parts)


def keep(
    connection: Connection,
    report: Report,
    proved: Sealed,
    digests: Mapping[str, str],
    *,
    moment: datetime,
) -> None:
    """Keep a report's proof beside it and chain it in the audit. ``digests``: SHA-256 of the report's files by
    name; ``moment`` (aware) is the time of publication."""
    last = warehouse.rows(connection, "reports/proof/last")
    before = last[0]["root"] if last else None
    proof_parts.keep(connection, proved.parts)
    seal = line_of(
        {
            "format": FORMAT,
            "kind": report.period.kind,
            "period": report.period.name,
            "revision": report.revision,
            "root": report.root,
            "root_before": before,
            "manifest": hashlib.sha256(proved.manifest).hexdigest(),
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
        manifest=proved.manifest,
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


def parts_beside(reports: Path) -> Path:
    """Where the parts of all proofs lie below the reports, each once."""
    return reports / FOLDER / PARTS


def write(
    connection: Connection, period: Period, revision: int, folder: Path, parts: Path
) -> list[Path]:
    """Write manifest, seal and verify.py into a folder, and what is missing or spoiled of the parts that the manifest
    refers to into ``parts``; nothing where the report was published before reports had proofs."""
    found = warehouse.rows(connection, "reports/proof/of_report", **_where(period, revision))
    if not found:
        return []
    manifest = bytes(found[0]["manifest"])
    contents = {
        folder / MANIFEST: manifest,
        folder / SEAL: bytes(found[0]["seal"]),
        folder / VERIFIER.name: VERIFIER.read_bytes(),
    }
    for path, content in contents.items():
        if not path.exists() or path.read_bytes() != content:
            _put(path, content)
    named = parts_named(manifest)
    missing = [sha256 for sha256 in named if not _is_whole(parts / sha256)]
    for row in warehouse.rows(connection, "reports/proof_parts/contents", sha256=missing):
        _put(parts / row["sha256"], bytes(row["content"]))
    return [*contents, *(parts / sha256 for sha256 in named)]


def parts_named(manifest: bytes) -> list[str]:
    """The SHA-256 of the parts that a manifest refers to."""
    lines = (json.loads(line) for line in manifest.splitlines() if b'"part":' in line)
    return [line["part"] for line in lines if "part" in line]


def _is_whole(path: Path) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def _put(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all: parts are read by others meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as part:
        part.write(content)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).replace(path)


def pack(
    engine: Engine, period: Period, files: Mapping[str, bytes], revision: int, raw: Path, to: Path
) -> dict[str, int]:
    """Write all that proves a published revision into a folder: its ``files``, manifest, parts, seal, verify.py and
    the raw files, which hold personal data. Returns how many raw files there are, and how many of them were written
    again without a forgotten person since. Raises LookupError where the report has no proof; raw files that are
    gone or spoiled are left out, which verify.py tells.
    """
    with engine.begin() as connection:
        if not write(connection, period, revision, to, to / PARTS):
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
    manifest = (to / MANIFEST).read_bytes()
    of_parts = (to / PARTS / sha256 for sha256 in parts_named(manifest))
    named = {
        line["sha256"]
        for content in (manifest, *(path.read_bytes() for path in of_parts))
        for line in map(json.loads, content.splitlines())
        if "file" in line
    }
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
        (to / REWRITTEN).write_bytes(line_of(rewritten) + b"\n")
    return {"raw_files": len(named), "rewritten": len(rewritten)}


# ---------------------------------------------------------------- the manifest


def _where(period: Period, revision: int) -> dict[str, Any]:
    return {"report_kind": period.kind, "period": period.name, "revision": revision}


def _manifest(
    connection: Connection, report: Report, parts: Iterable[Part]
) -> Iterable[dict[str, Any]]:
    """Its lines: the report, then files, tables, figures, parts and blocks of rows, each in its order."""
    warehouse.run(connection, "reports/proof/work_tables")
    warehouse.run(
        connection,
        "reports/proof/insert_values",
        indicator_codes=[figure.indicator for figure in report.figures],
        unit_codes=[figure.unit for figure in report.figures],
    )
    for indicator in indicators.of_plan(report.period.plan.key):
        _add_rows(connection, indicator, report)
    blocks = [
        block | {"counts_for": block["counts_for"].split("|")}
        for block in warehouse.rows(connection, "reports/proof/blocks")
    ]
    ids = sorted({block["table_id"] for block in blocks})
    tables = warehouse.rows(connection, "reports/proof/tables", table_ids=ids)
    yield {
        "format": FORMAT,
        "kind": report.period.kind,
        "period": report.period.name,
        "revision": report.revision,
        "code_version": lensan.__version__,
    }
    said = [_figure(figure) for figure in report.figures]
    said += [part.reference() for part in parts if part.sha256 is not None]
    yield from proof_parts.lines_of(blocks, tables, between=said)


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
    if platform and not things.counts_lines(indicator):
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
