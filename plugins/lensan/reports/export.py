"""mart as files for those without SQL: CSV and Parquet with a Data Package descriptor, beside a report.

What is exported is what was known when the report was published, so that an export made again years
later says the same. No personal data: mart has none. The export is not part of the frozen report.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from sqlalchemy import Connection, Engine, Result

from lensan import warehouse
from lensan.domain import csv_text
from lensan.domain.periods import Period
from lensan.figures import measuring
from lensan.reports import dictionary, revisions, wording
from lensan.reports.dictionary import DictionaryColumn, DictionaryObject

TABLES = (
    "indicator", "evidence", "target", "unit", "province", "country", "producer", "stall", "product", "listing",
    "order_line", "ocop", "key_product", "season", "price", "information", "training", "base",
)  # fmt: skip
_SOURCES = {"indicator": "mart.indicator_published", "evidence": "mart.indicator_evidence"}
"""What describes the columns of a table that is not named like its view."""
DATA = "data"
DESCRIPTOR = "datapackage.json"
_FIELDS = {
    "text": "string",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "number",
    "double precision": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp with time zone": "datetime",
}
_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="Asia/Ho_Chi_Minh"),
}


def folder_of(reports: Path, period: Period, revision: int) -> Path:
    """Where the export of a published revision stands: beside the reports' folders, as drafts do, since
    a report's own folder holds what is frozen and nothing else."""
    name = f"{period.name}-dc{revision}" if revision else period.name
    return reports / DATA / period.kind / name


def write(engine: Engine, period: Period, folder: Path, revision: int | None = None) -> list[Path]:
    """Write the export of a published period (the last revision, or the one named) into a folder, which
    is replaced as a whole; returns the files' paths, ``datapackage.json`` first.

    The same warehouse gives the same bytes. Raises LookupError when nothing was published.
    """
    with engine.begin() as connection:
        published = revisions.find(connection, period, revision)
        # Producers are resolved after the last arrival and before publication.
        known_at = max(published.known_at, published.published_at)
        described = {each.name: each for each in dictionary.objects(connection)}
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".data-") as scratch:
            made = Path(scratch) / "made"
            for kind in ("csv", "parquet"):
                (made / kind).mkdir(parents=True)
            with warehouse.as_known_at(connection, known_at):
                measuring.measure(connection, period)
                resources = _resources(connection, period, published.number, described, made)
            package = _package(period, published.number, published.published_at, resources)
            (made / DESCRIPTOR).write_text(
                json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            made.rename(folder)
    return [folder / DESCRIPTOR, *(folder / resource["path"] for resource in resources)]


def _resources(
    connection: Connection,
    period: Period,
    revision: int,
    described: dict[str, DictionaryObject],
    folder: Path,
) -> list[dict[str, Any]]:
    """Write every table as CSV and Parquet below ``folder``; returns what the descriptor says of them."""
    resources = []
    parameters = {
        "report_kind": period.kind,
        "period": period.name,
        "revision": revision,
        "period_end": period.end,
    }
    for name in TABLES:
        text = warehouse.sql(f"reports/export/{name}")
        head = text.splitlines()
        key = [part.strip() for part in head[1].removeprefix("-- Key:").split(",")]
        named = {n: v for n, v in parameters.items() if re.search(rf":{n}\b", text)}
        result = warehouse.stream(connection, f"reports/export/{name}", **named)
        source = described[_SOURCES.get(name, f"mart.{name}")]
        by_name = {column.name: column for column in source.columns}
        columns = [by_name[each] for each in tuple(result.keys())]
        _write(
            result, columns, folder / "csv" / f"{name}.csv", folder / "parquet" / f"{name}.parquet"
        )
        about = head[0].removeprefix("--").strip()
        schema = {
            "fields": [_field(column) for column in columns],
            "primaryKey": key,
            "foreignKeys": _foreign_keys(columns),
            "missingValues": [""],
        }
        resources.append(
            _resource(name, folder / "csv" / f"{name}.csv", about, "text/csv")
            | {"profile": "tabular-data-resource", "encoding": "utf-8", "schema": schema}
        )
        resources.append(
            _resource(
                f"{name}-parquet",
                folder / "parquet" / f"{name}.parquet",
                about,
                "application/vnd.apache.parquet",
            )
        )
    return resources


def _write(
    result: Result[Any], columns: Sequence[DictionaryColumn], csv_path: Path, parquet: Path
) -> None:
    """A year of order lines does not fit into memory: a batch at a time into both files."""
    schema = pa.schema(
        [
            pa.field(c.name, _ARROW[_FIELDS[c.type]], metadata={"description": c.comment})
            for c in columns
        ]
    )
    with (
        csv_path.open("w", encoding="utf-8", newline="") as out,
        pyarrow.parquet.ParquetWriter(parquet, schema, compression="zstd") as writer,
    ):
        csv_text.write_csv(out, schema.names, ())
        for rows in result.partitions():
            csv_text.write_csv(out, schema.names, rows, with_header=False)
            arrays = [
                pa.array([_plain(row[at], field.type) for row in rows], field.type)
                for at, field in enumerate(schema)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _resource(name: str, path: Path, about: str, mediatype: str) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {
        "name": name.replace("_", "-"),
        "path": f"{path.parent.name}/{path.name}",
        "description": about,
        "format": path.suffix[1:],
        "mediatype": mediatype,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{digest}",
    }


def _field(column: DictionaryColumn) -> dict[str, Any]:
    field = {"name": column.name, "type": _FIELDS[column.type], "description": column.comment}
    return field | ({"format": "any"} if field["type"] == "datetime" else {})


def _foreign_keys(columns: Sequence[DictionaryColumn]) -> list[dict[str, Any]]:
    """To tables whose key is one column: a unit's code is never read without its date."""
    found = []
    for column in columns:
        target = (column.refers_to or "").removeprefix("mart.")
        if target in TABLES and target != "unit":
            key = (
                warehouse.sql(f"reports/export/{target}")
                .splitlines()[1]
                .removeprefix("-- Key:")
                .strip()
            )
            reference = {"resource": target.replace("_", "-"), "fields": [key]}
            found.append({"fields": [column.name], "reference": reference})
    return found


def _plain(value: Any, kind: pa.DataType) -> Any:
    if value is None or isinstance(value, str | date | datetime | bool):
        return value
    return float(value) if kind == pa.float64() else value


def _package(
    period: Period, revision: int, published_at: datetime, resources: list[dict[str, Any]]
) -> dict[str, Any]:
    mark = f"-dc{revision}" if revision else ""
    what = "tuần" if period.kind == "week" else "tháng"
    return {
        "profile": "data-package",
        "name": f"lensan-{period.kind}-{period.name}{mark}",
        "title": f"Dữ liệu báo cáo {what} {period.name}{mark}",
        "description": (
            f"Số liệu đưa hộ sản xuất nông nghiệp {wording.office_of(period).province} lên sàn thương mại "
            "điện tử, như đã biết khi phát hành báo cáo. Không có dữ liệu cá nhân. Trong tệp CSV, ô chữ bắt đầu bằng =, +, -, @ "
            "có dấu nháy đơn ở trước để bảng tính không chạy như công thức; tệp Parquet giữ nguyên."
        ),
        "version": str(revision),
        "created": published_at.isoformat(),
        "resources": resources,
    }
