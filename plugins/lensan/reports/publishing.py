"""From figures to a frozen report: rendered once, kept in the warehouse, written below HOME_DIR.

A published report is never changed: publishing a period again returns what was published. What came
in afterwards is for the next report, or for a correction, which is a revision of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import indicators, report_forms
from lensan.domain.code_version import code_version
from lensan.domain.office import PROVINCE
from lensan.domain.periods import Period
from lensan.domain.report_model import Figure, Report
from lensan.figures import adjusting, measuring
from lensan.figures.adjusting import Change, Difference
from lensan.reports import building, proof, rendering, revisions
from lensan.warehouse import audit

PUBLISH_LOCK = 201_2021_10_19


@dataclass(frozen=True)
class Frozen:
    """A frozen report. ``is_new``: frozen by this very call; ``files``: name → path."""

    kind: str
    period: str
    revision: int
    is_new: bool
    files: dict[str, Path]


def freeze(engine: Engine, period: Period, reports: Path, *, moment: datetime) -> Frozen:
    """Render a period's report once and keep it; one that is kept is left as it is.

    ``moment`` (aware) is the time of publication. Safe to repeat and to run twice at once; the files
    are written again below ``reports`` only where they are missing. Publishing is
    lensan.operations.obligations.publish, which calls this.
    """
    with one_at_a_time(engine) as guard:
        done = revisions.published(guard, period)
        if not done:
            _keep(engine, building.build(engine, period, moment=moment), moment=moment)
    number = done[-1].number if done else 0
    files = write_files(engine, period, number, reports)
    return Frozen(period.kind, period.name, number, not done, files)


def correct(
    engine: Engine,
    period: Period,
    reports: Path,
    *,
    moment: datetime,
    reason: str | None,
    by: str = audit.SYSTEM,
    even_if_same: bool = False,
) -> Frozen:
    """Freeze the next revision of a published report, for ``reason``, where a figure is different now
    (``even_if_same``: in any case), and note in the audit that ``by`` did so.

    ``moment`` (aware) is the time of publication. Raises LookupError when nothing was published.
    """
    with one_at_a_time(engine) as guard:
        number = revisions.find(guard, period).number
        # Its figures are formed once: those of the report are kept, and asked for what is different.
        report = building.build(engine, period, moment=moment, revision=number + 1)
        is_new = even_if_same or adjusting.is_different(guard, period, number)
        if is_new:
            number += 1
            _keep(engine, report, moment=moment, reason=reason, by=by)
    files = write_files(engine, period, number, reports)
    return Frozen(period.kind, period.name, number, is_new, files)


@contextmanager
def one_at_a_time(engine: Engine) -> Iterator[Connection]:
    """A connection that holds the lock of publication; whoever comes second waits."""
    with engine.connect() as guard, guard.begin():
        warehouse.run(guard, "warehouse/session/lock", key=PUBLISH_LOCK)
        yield guard


def _keep(
    engine: Engine,
    report: Report,
    *,
    moment: datetime,
    reason: str | None = None,
    by: str = audit.SYSTEM,
) -> None:
    """Render a report and write it, its files, its sources and its figures into the ledger."""
    period = report.period
    where = {"report_kind": period.kind, "period": period.name, "revision": report.revision}
    span = {"period_start": period.start, "period_end": period.end}
    with engine.begin() as connection:
        report, proved = proof.sealed(connection, report)
        files = rendering.render(report)
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        workbook = next(name for name in files if name.endswith(".xlsx"))
        figures_name = next(name for name in files if name.startswith("figures"))
        known_at = warehouse.scalar(connection, "figures/adjusting/last_arrival")
        warehouse.run(
            connection,
            "reports/publishing/insert_report",
            **where,
            **span,
            published_at=moment,
            known_at=known_at,
            code_version=code_version(),
            figures_sha256=digests[figures_name],
            reason=reason,
            frozen=json.dumps(revisions.to_plain(report), ensure_ascii=False, sort_keys=True),
        )
        warehouse.insert_rows(
            connection,
            "reports/publishing/insert_report_file",
            [
                {**where, "name": name, "sha256": digests[name], "size_bytes": len(content)}
                | {"content": content}
                for name, content in files.items()
            ],
        )
        warehouse.run(connection, "reports/publishing/insert_report_sources", **where)
        proof.keep(connection, report, proved, digests, moment=moment)
        if report.revision:
            audit.record(
                connection,
                actor=by,
                action="report.correct",
                subject=f"{period.kind} {period.name}",
                detail={"revision": report.revision, "reason": reason, "sha256": digests[workbook]},
                moment=moment,
            )
        common = {**where, **span, "published_at": moment, "sha256": digests[workbook]}
        _keep_figures(connection, report, common)


def _keep_figures(connection: Connection, report: Report, common: dict[str, Any]) -> None:
    """The figures as printed, of province and units, and of regions; ``common``: what all of their rows have."""
    warehouse.insert_rows(
        connection,
        "reports/publishing/insert_published",
        [common | _published_figure(figure) for figure in report.figures],
    )
    warehouse.insert_rows(
        connection,
        "reports/publishing/insert_published_region",
        [
            common
            | {"region": region.name, "is_reporting": region.is_reporting}
            | _published_figure(figure)
            for region in report.regions
            for figure in region.figures
        ],
    )


def _published_figure(figure: Figure) -> dict[str, Any]:
    """A figure's columns of mart.indicator_published."""
    columns = {"unit": "unit_code", "indicator": "indicator_code"}
    return {columns.get(name, name): value for name, value in asdict(figure).items()}


def changes(engine: Engine, period: Period, *, moment: datetime) -> list[Change]:
    """What the last revision of a period says differently from what is known now, each with the files
    that changed it: the rows of adjusting.changes, in the order of the form.

    The period's figures are computed anew (``moment``, aware). Raises LookupError when it has not been
    published.
    """
    with engine.begin() as connection:
        last = revisions.find(connection, period)
        printed = revisions.frozen_report(connection, period, last.number)
    codes = report_forms.form(period.kind).indicator_codes
    measuring.compute(engine, period, moment=moment, codes=codes)
    with engine.begin() as connection:
        found = adjusting.changes(connection, period, last.number, last.known_at)
    units = [code for code, _ in printed.units]
    order = {unit: number for number, unit in enumerate([PROVINCE, *units])}
    return sorted(
        found,
        key=lambda row: (
            indicators.position(row["indicator_code"]),
            order.get(row["unit_code"], len(order)),
            adjusting.MEASURES.index(row["measure"]),
        ),
    )


def changes_between(engine: Engine, period: Period, old: int, new: int) -> list[Difference]:
    """What revision ``new`` of a period prints differently from revision ``old``, in the order of the
    form. Raises LookupError when one is not there."""
    before = {(f.indicator, f.unit): f for f in load(engine, period, old)[0].figures}
    found: list[Difference] = []
    for figure in load(engine, period, new)[0].figures:
        then = before.get((figure.indicator, figure.unit))
        for measure in adjusting.MEASURES:
            pair = [
                (getattr(f, measure), getattr(f, f"{measure}_2", None)) if f else (None, None)
                for f in (then, figure)
            ]
            if pair[0] != pair[1]:
                found.append(
                    {
                        "unit_code": figure.unit,
                        "indicator_code": figure.indicator,
                        "measure": measure,
                        "old_value": pair[0][0],
                        "old_value_2": pair[0][1],
                        "new_value": pair[1][0],
                        "new_value_2": pair[1][1],
                    }
                )
    return found


FILE_MODE = 0o640
"""Of a report's files: its owner's and the group's, whatever umask a process has; the board and the mails are
its owner's."""


def own_folder(folder: Path, reports: Path) -> None:
    """Make a folder of reports, and what is above it up to ``reports``, that others may not look into."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder, *folder.parents):
        if not each.is_relative_to(reports):
            return
        found = each.stat()
        if found.st_mode & 0o007 and found.st_uid == os.geteuid():
            each.chmod(found.st_mode & 0o770)


def write_files(engine: Engine, period: Period, revision: int, reports: Path) -> dict[str, Path]:
    """Write a published revision's files below ``reports`` where they are missing or differ."""
    folder = reports / period.kind / period.name
    own_folder(folder, reports)
    written = {}
    with engine.begin() as connection:
        for row in _files(connection, period, revision):
            path = folder / row["name"]
            written[row["name"]] = path
            if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"]:
                path.chmod(FILE_MODE)
                continue
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as part:
                part.write(row["content"])
                part.flush()
                os.fsync(part.fileno())
            Path(part.name).chmod(FILE_MODE)
            Path(part.name).replace(path)
        beside = proof.folder_of(reports, period, revision)
        parts = proof.parts_beside(reports)
        for path in proof.write(connection, period, revision, beside, parts):
            path.chmod(FILE_MODE)
        for each in (beside, parts):
            if each.exists():
                own_folder(each, reports)
    return written


def load(
    engine: Engine, period: Period, revision: int | None = None
) -> tuple[Report, dict[str, bytes]]:
    """A published report as it was frozen, with its files. Raises LookupError when there is none."""
    with engine.begin() as connection:
        number = revisions.find(connection, period, revision).number
        report = revisions.frozen_report(connection, period, number)
        files = {row["name"]: bytes(row["content"]) for row in _files(connection, period, number)}
    return report, files


def _files(connection: Connection, period: Period, number: int) -> list[dict[str, Any]]:
    return warehouse.rows(
        connection,
        "reports/publishing/report_files",
        report_kind=period.kind,
        period=period.name,
        revision=number,
    )
