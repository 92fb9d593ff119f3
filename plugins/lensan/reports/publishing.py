"""From figures to a frozen report: rendered once, kept in the warehouse, written below HOME_DIR.

A published report is never changed: publishing a period again returns what was published. What came
in afterwards is for the next report, or for a correction, which is a revision of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

import lensan
from lensan import warehouse
from lensan.domain import contracts, periods, report_forms
from lensan.domain.periods import PLAN_START, Period
from lensan.domain.report_forms import ReportForm
from lensan.domain.report_model import PROVINCE, Figure, Report, SheetTable
from lensan.figures import adjusting, measuring
from lensan.reports import figures_json, rendering, wording
from lensan.warehouse import audit

PUBLISH_LOCK = 201_2021_10_19


@dataclass(frozen=True)
class Published:
    """A published report. ``is_new``: published by this very call; ``files``: name → path."""

    kind: str
    period: str
    revision: int
    is_new: bool
    files: dict[str, Path]


def build(
    engine: Engine,
    period: Period,
    *,
    moment: datetime,
    revision: int = 0,
    known_at: datetime | None = None,
) -> Report:
    """The report object of a period as known now, or at ``known_at`` (both moments aware)."""
    spec = report_forms.form(period.kind)
    codes = spec.indicator_codes
    if known_at is None:
        adjusting.refresh(engine, period, codes, moment=moment)
    with engine.begin() as connection, warehouse.as_known_at(connection, known_at):
        adjusted = _adjusted(connection, period) if known_at is None else []
        figures = measuring.figures(
            connection, period, codes, keep_at=None if known_at else moment, with_records=True
        )
        adjusting.fill(connection, adjusted, spec.word)
        units = tuple(
            (row["unit_code"], row["full_name"])
            for row in warehouse.rows(connection, "figures/adjusting/units")
        )
        parameters = _table_parameters(period, revision, spec)
        tables = {key: _table(connection, key, parameters) for key in spec.table_keys}
    return Report(
        period=period,
        revision=revision,
        figures=_with_doubts(figures, tables["quality_figures"]),
        units=units,
        tables=tables,
        known_at=known_at,
    )


def _with_doubts(figures: tuple[Figure, ...], odd: SheetTable) -> tuple[Figure, ...]:
    """The figures with what failed at gate figures printed in their notes; warnings stay in their sheet."""
    lines: dict[tuple[str, str], list[str]] = {}
    for row in odd.records():
        if row["severity"] == wording.FAILED and row["unit"] and row["indicator"]:
            lines.setdefault((row["unit"], row["indicator"]), []).append(wording.doubt(row))
    return tuple(
        replace(f, note="\n".join([*filter(None, [f.note]), *lines[f.unit, f.indicator]]))
        if (f.unit, f.indicator) in lines
        else f
        for f in figures
    )


def _adjusted(connection: Connection, period: Period) -> list[dict[str, Any]]:
    """Figures of earlier reports that are different now."""
    found = []
    for row in warehouse.rows(
        connection,
        "figures/adjusting/published_before",
        report_kind=period.kind,
        period_start=period.start,
    ):
        earlier = periods.parse(period.kind, row["period"])
        for change in adjusting.changes(connection, earlier, row["revision"], row["known_at"]):
            found.append({"period": row["period"], **change})
    return found


def _table_parameters(period: Period, revision: int, spec: ReportForm) -> dict[str, Any]:
    """What the further sheets' SQL may name."""
    every = contracts.contracts().values()
    enterprises = [(key, names[0]) for c in every for key, names in c.enterprises.items()]
    return {
        "report_kind": period.kind,
        "period": period.name,
        "revision": revision,
        "period_start": period.start,
        "period_end": period.end,
        "last_day": period.last_day,
        "due_at": spec.due_at(period),
        "year": period.year,
        "counts_from": max(date(period.year, 1, 1), PLAN_START),
        "sources": [c.source for c in every],
        "source_titles": [c.title for c in every],
        "source_contacts": [c.contact for c in every],
        "enterprises": [key for key, _ in enterprises],
        "enterprise_names": [name for _, name in enterprises],
    }


def _table(connection: Connection, key: str, parameters: dict[str, Any]) -> SheetTable:
    body = warehouse.sql(f"reports/sheets/{key}")
    named = {name: value for name, value in parameters.items() if re.search(rf":{name}\b", body)}
    result = warehouse.run(connection, f"reports/sheets/{key}", **named)
    return SheetTable(tuple(result.keys()), tuple(tuple(row) for row in result))


def publish(
    engine: Engine,
    period: Period,
    reports: Path,
    *,
    moment: datetime,
    correct: bool = False,
    even_if_same: bool = False,
    reason: str | None = None,
    by: str = audit.SYSTEM,
) -> Published:
    """Freeze and publish a period's report; ``correct`` publishes the next revision, for ``reason``,
    where a figure is different now (``even_if_same``: in any case), and notes in the audit that
    ``by`` did so.

    ``moment`` (aware) is the time of publication. Safe to repeat and to run twice at once: a period
    that is published is left as it is, and its files are written again only where they are missing.
    """
    with engine.connect() as guard, guard.begin():
        warehouse.run(guard, "warehouse/session/lock", key=PUBLISH_LOCK)
        done = warehouse.rows(
            guard, "reports/export/report_revisions", report_kind=period.kind, period=period.name
        )
        correct = bool(done) and correct
        if correct and not even_if_same:
            correct = bool(changes(engine, period, moment=moment))
        is_new = not done or correct
        revision = (done[-1]["revision"] if done else 0) + (1 if correct else 0)
        if is_new:
            report = build(engine, period, moment=moment, revision=revision)
            _freeze(
                engine, report, rendering.render(report), moment, reason if revision else None, by
            )
    return Published(
        period.kind, period.name, revision, is_new, write_files(engine, period, revision, reports)
    )


def _freeze(
    engine: Engine,
    report: Report,
    files: dict[str, bytes],
    moment: datetime,
    reason: str | None,
    by: str,
) -> None:
    period = report.period
    where = {"report_kind": period.kind, "period": period.name, "revision": report.revision}
    span = {"period_start": period.start, "period_end": period.end}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    workbook = next(name for name in files if name.endswith(".xlsx"))
    figures_name = next(name for name in files if name.startswith("figures"))
    with engine.begin() as connection:
        known_at = warehouse.scalar(connection, "figures/adjusting/last_arrival")
        warehouse.run(
            connection,
            "reports/publishing/insert_report",
            **where,
            **span,
            published_at=moment,
            known_at=known_at,
            code_version=lensan.__version__,
            figures_sha256=digests[figures_name],
            reason=reason,
            frozen=json.dumps(to_plain(report), ensure_ascii=False, sort_keys=True),
        )
        warehouse.insert_rows(
            connection,
            "reports/publishing/insert_report_file",
            [
                {
                    **where,
                    "name": name,
                    "sha256": digests[name],
                    "size_bytes": len(content),
                    "content": content,
                }
                for name, content in files.items()
            ],
        )
        warehouse.run(connection, "reports/publishing/insert_report_sources", **where)
        if report.revision:
            audit.record(
                connection,
                actor=by,
                action="report.correct",
                subject=f"{period.kind} {period.name}",
                detail={"revision": report.revision, "reason": reason, "sha256": digests[workbook]},
                moment=moment,
            )
        warehouse.insert_rows(
            connection,
            "reports/publishing/insert_published",
            [
                {
                    **where,
                    **span,
                    "unit_code": f.unit,
                    "indicator_code": f.indicator,
                    "in_period": f.in_period,
                    "in_period_2": f.in_period_2,
                    "previous": f.previous,
                    "growth_pct": f.growth_pct,
                    "cumulative": f.cumulative,
                    "cumulative_2": f.cumulative_2,
                    "base": f.base,
                    "target_share": f.target_share,
                    "completion_pct": f.completion_pct,
                    "channel": f.channel,
                    "note": f.note,
                    "published_at": moment,
                    "sha256": digests[workbook],
                }
                for f in report.figures
            ],
        )


def changes(engine: Engine, period: Period, *, moment: datetime) -> list[dict[str, Any]]:
    """What the last revision of a period says differently from what is known now, each with the files
    that changed it: the rows of adjusting.changes, in the order of the form.

    The period's figures are computed anew (``moment``, aware). Raises LookupError when it has not been
    published.
    """
    spec = report_forms.form(period.kind)
    with engine.begin() as connection:
        done = warehouse.rows(
            connection,
            "reports/export/report_revisions",
            report_kind=period.kind,
            period=period.name,
        )
    if not done:
        raise LookupError(f"{period} has not been published")
    measuring.compute(engine, period, moment=moment, codes=spec.indicator_codes)
    with engine.begin() as connection:
        found = adjusting.changes(connection, period, done[-1]["revision"], done[-1]["known_at"])
    units = [code for code, _ in done[-1]["frozen"]["units"]]
    order = {unit: number for number, unit in enumerate([PROVINCE, *units])}
    return sorted(
        found,
        key=lambda row: (
            measuring.position(row["indicator_code"]),
            order.get(row["unit_code"], len(order)),
            adjusting.MEASURES.index(row["measure"]),
        ),
    )


def changes_between(engine: Engine, period: Period, old: int, new: int) -> list[dict[str, Any]]:
    """What revision ``new`` of a period prints differently from revision ``old``, in the order of the
    form; the keys of adjusting.changes without ``files``. Raises LookupError when one is not there."""
    before = {(f.indicator, f.unit): f for f in load(engine, period, old)[0].figures}
    found = []
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


def write_files(engine: Engine, period: Period, revision: int, reports: Path) -> dict[str, Path]:
    """Write a published revision's files below ``reports`` where they are missing or differ."""
    folder = reports / period.kind / period.name
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    with engine.begin() as connection:
        for row in warehouse.rows(
            connection,
            "reports/publishing/report_files",
            report_kind=period.kind,
            period=period.name,
            revision=revision,
        ):
            path = folder / row["name"]
            written[row["name"]] = path
            if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"]:
                continue
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as part:
                part.write(row["content"])
                part.flush()
                os.fsync(part.fileno())
            Path(part.name).chmod(0o644)
            Path(part.name).replace(path)
    return written


def load(
    engine: Engine, period: Period, revision: int | None = None
) -> tuple[Report, dict[str, bytes]]:
    """A published report as it was frozen, with its files. Raises LookupError when there is none."""
    with engine.begin() as connection:
        done = warehouse.rows(
            connection,
            "reports/export/report_revisions",
            report_kind=period.kind,
            period=period.name,
        )
        wanted = [row for row in done if revision is None or row["revision"] == revision]
        if not wanted:
            raise LookupError(
                f"{period} has not been published"
                + (f" in revision {revision}" if revision is not None else "")
            )
        row = wanted[-1]
        files = {
            file["name"]: bytes(file["content"])
            for file in warehouse.rows(
                connection,
                "reports/publishing/report_files",
                report_kind=period.kind,
                period=period.name,
                revision=row["revision"],
            )
        }
    return from_plain(row["frozen"], period), files


def to_plain(report: Report) -> dict[str, Any]:
    """The report as JSON-able values; from_plain gives it back exactly."""
    return {
        "revision": report.revision,
        "units": [list(unit) for unit in report.units],
        "figures": json.loads(figures_json.dump(report))["figures"],
        "tables": {
            key: {
                "columns": list(table.columns),
                "rows": [[_cell(v) for v in row] for row in table.rows],
            }
            for key, table in sorted(report.tables.items())
        },
    }


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "isoformat"):
        return {"t": type(value).__name__, "v": value.isoformat()}
    return {"t": "n", "v": str(value)}


def from_plain(plain: dict[str, Any], period: Period) -> Report:
    from decimal import Decimal

    def value(cell: Any) -> Any:
        if not isinstance(cell, dict):
            return cell
        if cell["t"] == "n":
            return Decimal(cell["v"])
        return {"date": date, "datetime": datetime}[cell["t"]].fromisoformat(cell["v"])

    def number(cell: Any) -> Decimal | None:
        return None if cell is None else Decimal(str(cell))

    numeric = {
        "in_period",
        "in_period_2",
        "previous",
        "growth_pct",
        "cumulative",
        "cumulative_2",
        "base",
        "target_share",
        "completion_pct",
    }
    return Report(
        period=period,
        revision=plain["revision"],
        figures=tuple(
            Figure(**{k: number(v) if k in numeric else v for k, v in figure.items()})  # type: ignore[arg-type]
            for figure in plain["figures"]
        ),
        units=tuple((code, name) for code, name in plain["units"]),
        tables={
            key: SheetTable(
                tuple(table["columns"]),
                tuple(tuple(value(c) for c in row) for row in table["rows"]),
            )
            for key, table in plain["tables"].items()
        },
    )
