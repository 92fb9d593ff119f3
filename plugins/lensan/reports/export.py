"""Data of a report as files: CSV and Parquet with a Data Package descriptor.

The public package stands beside the report: what may be published openly (docs/rules/privacy.md) and nothing else.
The rows are mart as a whole for analysts without SQL, on request; each of them may be of a single producer, so they are
not passed on. Both say what was known when the report was published, so that they say the same years later.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from gettext import gettext as _
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import Connection, Engine, Result

from lensan import warehouse
from lensan.domain import csv_text, disclosure, indicators, installation
from lensan.domain.periods import Period
from lensan.figures import measuring
from lensan.reports import dictionary, disclosing, revisions, wording
from lensan.reports.dictionary import DictionaryColumn, DictionaryObject
from lensan.reports.revisions import Revision

TABLES = (
    "indicator", "evidence", "target", "unit", "province", "country", "producer", "stall", "product", "listing",
    "order_line", "ocop", "key_product", "season", "price", "information", "training", "base",
)  # fmt: skip
PUBLIC = ("public_figure", "target", "unit", "price")
"""The tables of the public package: none of them has a row of a single producer."""
README = "DOC-TRUOC.md"
_SOURCES = {"indicator": "mart.indicator_published", "evidence": "mart.indicator_evidence"}
"""What describes the columns of a table that is not named like its view."""
DATA = "data"
_KINDS = {"week": "tuần", "month": "tháng"}
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


def is_public(period: Period) -> bool:
    """Whether reports like a period's have a public package: those of the first plan."""
    return not period.plan.key


def write(
    engine: Engine,
    period: Period,
    folder: Path,
    revision: int | None = None,
    *,
    with_rows: bool = False,
) -> list[Path]:
    """Write the public package of a published period (the last revision, or the one named) into a folder, which is
    replaced as a whole; ``with_rows``: all of mart instead, readable by the owner only. Returns the files' paths,
    ``datapackage.json`` first.

    The same warehouse gives the same bytes. Raises LookupError when nothing was published, ValueError for the public
    package of a further plan: beside the first plan's it would tell of the same producers by other days.
    """
    if not (with_rows or is_public(period)):
        raise ValueError(
            _(
                "only the first plan has public packages; of {kind} there are the rows: --rows"
            ).format(kind=period.kind)
        )
    with engine.begin() as connection:
        published = revisions.find(connection, period, revision)
        # Producers are resolved after the last arrival and before publication.
        known_at = max(published.known_at, published.published_at)
        described = {each.name: each for each in dictionary.objects(connection)}
        if not with_rows:
            disclosing.settle(connection, period, published.number)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".data-") as scratch:
            made = Path(scratch) / "made"
            for kind in ("csv", "parquet"):
                (made / kind).mkdir(parents=True)
            with warehouse.as_known_at(connection, known_at):
                if with_rows:
                    measuring.measure(connection, period)
                tables = TABLES if with_rows else PUBLIC
                resources = _resources(
                    connection, period, published.number, described, made, tables
                )
            package = _package(period, published, resources, with_rows)
            (made / DESCRIPTOR).write_text(
                json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )
            files = [DESCRIPTOR, *(resource["path"] for resource in resources)]
            if with_rows:
                _close_to_others(made)
            else:
                (made / README).write_text(_readme(period, published.number), encoding="utf-8")
                files.append(README)
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            made.rename(folder)
    return [folder / name for name in files]


def _close_to_others(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)


def _readme(period: Period, revision: int) -> str:
    """What the public package holds and by which rule, for its readers."""
    environment = Environment(
        loader=FileSystemLoader(installation.INCLUDE / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown
    )
    rule = disclosure.rule()
    told = [each for each in indicators.of_plan(period.plan.key) if each.of in rule.figures]
    return environment.get_template("public_package.md").render(
        period=period,
        what=_KINDS[period.cadence],
        revision=revision,
        rule=rule,
        province=wording.office_of(period).province,
        told=[
            (each, [part for part, kind in enumerate(rule.figures[each.of], 1) if kind is not None])
            for each in told
        ],
        untold=[
            each for each in indicators.of_plan(period.plan.key) if each.of not in rule.figures
        ],
    )


def _resources(
    connection: Connection,
    period: Period,
    revision: int,
    described: dict[str, DictionaryObject],
    folder: Path,
    tables: Sequence[str],
) -> list[dict[str, Any]]:
    """Write every table as CSV and Parquet below ``folder``; returns what the descriptor says of them."""
    resources = []
    parameters = {
        "report_kind": period.kind,
        "period": period.name,
        "revision": revision,
        "period_end": period.end,
    }
    for name in tables:
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
            "foreignKeys": _foreign_keys(columns, tables),
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


def _foreign_keys(
    columns: Sequence[DictionaryColumn], tables: Sequence[str]
) -> list[dict[str, Any]]:
    """To tables whose key is one column: a unit's code is never read without its date."""
    found = []
    for column in columns:
        target = (column.refers_to or "").removeprefix("mart.")
        if target in tables and target != "unit":
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
    period: Period, published: Revision, resources: list[dict[str, Any]], with_rows: bool
) -> dict[str, Any]:
    mark = f"-dc{published.number}" if published.number else ""
    what = _KINDS[period.cadence]
    rule = disclosure.rule()
    about = f"Số liệu đưa hộ sản xuất nông nghiệp {wording.office_of(period).province} lên sàn thương mại điện tử"
    if with_rows:
        title = f"Dữ liệu báo cáo {what} {period.name}{mark}"
        told = (
            "như đã biết khi phát hành báo cáo. Có dòng của từng hộ, không có tên, số giấy tờ, điện thoại: chỉ dùng "
            "trong cơ quan, không công khai."
        )
    else:
        title = f"Dữ liệu công khai, báo cáo {what} {period.name}{mark}"
        told = (
            f"chỉ gồm số đã qua quy tắc bảo vệ: mỗi thay đổi có ít nhất {rule.threshold} hộ, không hộ nào lấn át, số "
            f"không nêu không suy ra được gần hơn ± {rule.margin}. Xem {README}."
        )
    return {
        "profile": "data-package",
        "name": f"lensan-{'' if with_rows else 'cong-khai-'}{period.kind}-{period.name}{mark}",
        "title": title,
        "description": (
            f"{about}, {told} Trong tệp CSV, ô chữ bắt đầu bằng =, +, -, @ có dấu nháy đơn ở trước để bảng tính không "
            "chạy như công thức; tệp Parquet giữ nguyên."
        ),
        "version": str(published.number),
        "created": published.published_at.isoformat(),
        **({} if with_rows else {"rule": rule.told}),
        "resources": resources,
    }
