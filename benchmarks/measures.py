"""What is measured: each function does one thing once and returns (seconds, what it found).

``python -m benchmarks.measures NAME FOLDER URL`` runs one in this process and prints a JSON line.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from benchmarks.inputs import LATE, MOMENT
from lensan import warehouse
from lensan.domain import contracts, indicators, periods
from lensan.figures import measuring
from lensan.intake import sweep
from lensan.producers import history, resolution
from lensan.reports import building, publishing

SQL = Path(__file__).parent / "sql"
WEEK = periods.parse("week", "2021-12-09")
SECOND_WEEK = periods.parse("week", "2021-10-28")
LAST_WEEK = periods.parse("week", "2026-07-30")
"""The 250th that orders of inputs.long_history fall into."""
BACKFILLED = 52
Found = dict[str, Any]
Measure = Callable[[Path, Engine], tuple[float, Found]]


def quiet(line: str) -> None:
    """Progress that nobody reads."""


# ---------------------------------------------------------------- orders


def _sweep(folder: Path, engine: Engine, name: str) -> tuple[float, Found]:
    begin = time.perf_counter()
    outcomes = sweep.sweep(
        engine,
        contracts.contract("postmart"),
        folder / name,
        folder / "raw",
        moment=MOMENT,
        progress=quiet,
    )
    took = time.perf_counter() - begin
    return took, {"rows": outcomes[0].rows_read, "quarantined": outcomes[0].rows_quarantined}


def orders_ours(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _sweep(folder, engine, "orders")


def orders_again_ours(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _sweep(folder, engine, "changed")


def orders_tenth_ours(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _sweep(folder, engine, "tenth")


def orders_copy(folder: Path, engine: Engine) -> tuple[float, Found]:
    begin = time.perf_counter()
    with engine.begin() as connection, (folder / "clean.csv").open(encoding="utf-8") as stream:
        connection.exec_driver_sql((SQL / "order_line_typed.sql").read_text())
        cursor = connection.connection.cursor()
        cursor.copy_expert((SQL / "order_line_copy.sql").read_text(), stream)
        rows = cursor.rowcount
    return time.perf_counter() - begin, {"rows": rows}


def orders_read(folder: Path, engine: Engine) -> tuple[float, Found]:
    begin = time.perf_counter()
    with (folder / "changed" / "don-hang_20211210.csv").open("rb") as stream:
        hashlib.file_digest(stream, "sha256")
    return time.perf_counter() - begin, {}


def _pandas(folder: Path, engine: Engine, name: str) -> tuple[float, Found]:
    """As pandas' own documentation has it fastest: read by Arrow, written by COPY."""
    import pandas as pd

    def copied(table: Any, connection: Any, keys: list[str], rows: Any) -> None:
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        stream.seek(0)
        columns = ", ".join(f'"{key}"' for key in keys)
        cursor = connection.connection.cursor()
        cursor.copy_expert(f'copy "{table.name}" ({columns}) from stdin (format csv)', stream)

    begin = time.perf_counter()
    path = next((folder / name).glob("*.csv"))
    frame = pd.read_csv(path, engine="pyarrow", dtype_backend="pyarrow")
    frame.to_sql(
        "order_line_pandas",
        engine,
        if_exists="replace",
        index=False,
        chunksize=100_000,
        method=copied,
    )
    return time.perf_counter() - begin, {"rows": len(frame)}


def orders_pandas(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _pandas(folder, engine, "orders")


def orders_again_pandas(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _pandas(folder, engine, "changed")


def _polars(folder: Path, engine: Engine, name: str) -> tuple[float, Found]:
    import polars

    begin = time.perf_counter()
    frame = polars.read_csv(next((folder / name).glob("*.csv")))
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    frame.write_database("order_line_polars", url, engine="adbc", if_table_exists="replace")
    return time.perf_counter() - begin, {"rows": len(frame)}


def orders_polars(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _polars(folder, engine, "orders")


def orders_again_polars(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _polars(folder, engine, "changed")


COLUMNS = (
    "order_no", "line_no", "ordered_at", "completed_at", "seller_id", "product_id", "quantity",
    "weight_kg", "amount_vnd", "province", "country", "buyer_phone", "status",
)  # fmt: skip


def _dlt(folder: Path, engine: Engine, name: str) -> tuple[float, Found]:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt
    import pyarrow.csv
    from dlt.destinations import postgres

    @dlt.resource(name="order_line", primary_key=["order_no", "line_no"], write_disposition="merge")
    def lines() -> Any:
        lines = pyarrow.csv.read_csv(next((folder / name).glob("*.csv")))
        yield lines.rename_columns(COLUMNS)

    begin = time.perf_counter()
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "dlt"),
        destination=postgres(credentials=url),
        dataset_name="dlt_bench",
    )
    # From Arrow by COPY: the fastest that dlt's documentation has for PostgreSQL.
    pipeline.run(lines(), loader_file_format="csv")
    return time.perf_counter() - begin, {}


def orders_dlt(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _dlt(folder, engine, "orders")


def orders_again_dlt(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _dlt(folder, engine, "changed")


# ---------------------------------------------------------------- workbooks


def workbooks_ours(folder: Path, engine: Engine) -> tuple[float, Found]:
    begin = time.perf_counter()
    outcomes = sweep.sweep(
        engine,
        contracts.contract("districts"),
        folder / "books",
        folder / "raw",
        moment=MOMENT,
        progress=quiet,
    )
    took = time.perf_counter() - begin
    return took, {"loaded": sum(o.status == "loaded" for o in outcomes)}


def workbooks_calamine(folder: Path, engine: Engine) -> tuple[float, Found]:
    import python_calamine

    begin = time.perf_counter()
    rows = 0
    for path in sorted((folder / "books").rglob("*.xlsx")):
        book = python_calamine.CalamineWorkbook.from_path(path)
        rows += sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)
    return time.perf_counter() - begin, {"rows": rows}


def _read_excel(folder: Path, reader: str) -> tuple[float, Found]:
    import pandas as pd

    begin = time.perf_counter()
    rows = 0
    for path in sorted((folder / "books").rglob("*.xlsx")):
        sheets = pd.read_excel(path, sheet_name=None, header=None, engine=reader)
        rows += sum(len(sheet) for sheet in sheets.values())
    return time.perf_counter() - begin, {"rows": rows}


def workbooks_pandas(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _read_excel(folder, "openpyxl")


def workbooks_pandas_calamine(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _read_excel(folder, "calamine")


# ---------------------------------------------------------------- figures

_NAMES = {
    "II.3": ("stalls",), "III.1": ("products",), "III.2": ("tonnes_so_far",), "III.3": ("marked_products",),
    "III.4": ("marked_producers",), "III.5": ("traced_products", "traced_producers"),
    "III.6": ("provinces_so_far",), "III.7": ("countries_so_far",),
}  # fmt: skip


def _figures(
    engine: Engine, week: periods.Period, moment: datetime = MOMENT
) -> tuple[float, Found]:
    begin = time.perf_counter()
    found = measuring.compute(engine, week, moment=moment)
    took = time.perf_counter() - begin
    values: Found = {}
    for figure in found:
        for name, value in zip(
            _NAMES.get(figure.indicator, ()), (figure.cumulative, figure.cumulative_2), strict=False
        ):
            if figure.unit == "22":
                values[name] = round(float(value or 0), 3)
    return took, {"figures": len(found), "province": values}


def figures_ours(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _figures(engine, WEEK)


def figures_second_week(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _figures(engine, SECOND_WEEK)


def long_load(folder: Path, engine: Engine) -> tuple[float, Found]:
    """Not measured: orders of 250 weeks into the warehouse."""
    contract = contracts.contract("postmart")
    where = folder / "long", folder / "raw"
    sweep.sweep(engine, contract, where[0], where[1], moment=LATE, progress=quiet)
    return 0.0, {}


def long_second_week(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _figures(engine, SECOND_WEEK, LATE)


def long_last_week(folder: Path, engine: Engine) -> tuple[float, Found]:
    return _figures(engine, LAST_WEEK, LATE)


def backfill(folder: Path, engine: Engine) -> tuple[float, Found]:
    """A year of missed weeks computed, rendered and published, without Airflow and without mails."""
    begin = time.perf_counter()
    week = SECOND_WEEK
    for _ in range(BACKFILLED):
        measuring.compute(engine, week, moment=LATE)
        publishing.freeze(engine, week, folder / "reports", moment=LATE)
        week = week.next()
    took = time.perf_counter() - begin
    return took, {"seconds a week": round(took / BACKFILLED, 2)}


def publish(folder: Path, engine: Engine) -> tuple[float, Found]:
    """Not measured: the report that is corrected next."""
    measuring.compute(engine, WEEK, moment=MOMENT)
    publishing.freeze(engine, WEEK, folder / "reports", moment=MOMENT)
    return 0.0, {}


def correction(folder: Path, engine: Engine) -> tuple[float, Found]:
    """From a corrected workbook in its folder to the new revision's files, without Airflow."""
    moment = MOMENT + timedelta(days=1)
    begin = time.perf_counter()
    sweep.sweep(
        engine,
        contracts.contract("districts"),
        folder / "corrected",
        folder / "raw",
        moment=moment,
        progress=quiet,
    )
    history.resolve(engine, moment=moment)
    measuring.compute(engine, WEEK, moment=moment)
    done = publishing.correct(engine, WEEK, folder / "reports", moment=moment, reason="bench")
    return time.perf_counter() - begin, {"revision": done.revision}


def figures_one_by_one(folder: Path, engine: Engine) -> tuple[float, Found]:
    begin = time.perf_counter()
    for indicator in indicators.indicators():
        measuring.compute(engine, WEEK, moment=MOMENT, codes=[indicator.code])
    return time.perf_counter() - begin, {}


def facts(folder: Path, engine: Engine) -> tuple[float, Found]:
    """Not measured: the same rows as Parquet, for DuckDB."""
    import duckdb

    for name in ("order_line", "listing", "stall"):
        path = folder / f"{name}.csv"
        with engine.connect() as connection, path.open("w", encoding="utf-8") as stream:
            statement = (SQL / f"facts_{name}.sql").read_text()
            connection.connection.cursor().copy_expert(statement, stream)
        codes = {"unit_code": "VARCHAR", "province_code": "VARCHAR"}
        table = duckdb.from_csv_auto(str(path), sample_size=-1, dtype=codes)
        table.write_parquet(str(path.with_suffix(".parquet")))
        path.unlink()
    return 0.0, {}


def figures_duckdb(folder: Path, engine: Engine) -> tuple[float, Found]:
    import duckdb

    database = duckdb.connect()
    for name in ("order_line", "listing", "stall"):
        database.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
    begin = time.perf_counter()
    rows: list[Any] = []
    for week in (WEEK.previous(), WEEK):
        result = database.execute(
            (SQL / "duckdb_week.sql").read_text(),
            {"period_start": week.start, "period_end": week.end},
        )
        names = [column[0] for column in result.description]
        rows = result.fetchall()
    took = time.perf_counter() - begin
    province = next(dict(zip(names, row, strict=True)) for row in rows if row[0] == "22")
    wanted = [name for names in _NAMES.values() for name in names]
    return took, {"province": {name: round(float(province[name] or 0), 3) for name in wanted}}


# ---------------------------------------------------------------- producers


def _people() -> Any:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
    from labelled_people import build

    return build(1, people=90_000, communes=177)


def producers_ours(folder: Path, engine: Engine) -> tuple[float, Found]:
    sample = _people()
    from compare_splink import Truth

    begin = time.perf_counter()
    found = resolution.resolve_members(sample.members)
    took = time.perf_counter() - begin
    return took, {
        "records": len(sample.members),
        "F1": round(Truth(sample).measures(found.cluster)["F1"], 4),
    }


def producers_splink(folder: Path, engine: Engine) -> tuple[float, Found]:
    sample = _people()
    from compare_splink import WEIGHTS, Truth, splink_clusters, splink_scores

    warnings.simplefilter("ignore")
    linker, predicted, training, predicting = splink_scores(sample)
    truth, count = Truth(sample), len(sample.members)
    results = []
    for weight in WEIGHTS:
        begin = time.perf_counter()
        clusters = splink_clusters(linker, predicted, weight, count)
        results.append((truth.measures(clusters)["F1"], time.perf_counter() - begin))
    best, clustering = max(results)
    return training + predicting + clustering, {"records": count, "F1": round(best, 4)}


# ---------------------------------------------------------------- the report's files


def _report(engine: Engine) -> Any:
    return building.build(engine, WEEK, moment=MOMENT)


def report_ours(folder: Path, engine: Engine) -> tuple[float, Found]:
    from lensan.reports import rendering

    report = _report(engine)
    begin = time.perf_counter()
    files = rendering.render(report)
    took = time.perf_counter() - begin
    for name, content in files.items():
        if name.endswith(".xlsx"):
            (folder / "report.xlsx").write_bytes(content)
    return took, {"files": sorted(len(content) for content in files.values())}


def _cells(folder: Path) -> list[tuple[str, list[tuple[int, int, Any]]]]:
    import openpyxl

    book = openpyxl.load_workbook(folder / "report.xlsx")
    return [
        (
            sheet.title,
            [
                (c.row, c.column, c.value)
                for row in sheet.iter_rows()
                for c in row
                if c.value is not None
            ],
        )
        for sheet in book.worksheets
    ]


def report_xlsxwriter(folder: Path, engine: Engine) -> tuple[float, Found]:
    import xlsxwriter

    sheets = _cells(folder)
    begin = time.perf_counter()
    book = xlsxwriter.Workbook(io.BytesIO())
    for name, cells in sheets:
        sheet = book.add_worksheet(name)
        for row, column, value in cells:
            sheet.write(row - 1, column - 1, value)
    book.close()
    return time.perf_counter() - begin, {"cells": sum(len(cells) for _, cells in sheets)}


def report_openpyxl(folder: Path, engine: Engine) -> tuple[float, Found]:
    import openpyxl

    sheets = _cells(folder)
    begin = time.perf_counter()
    book = openpyxl.Workbook()
    for name, cells in sheets:
        sheet = book.create_sheet(name)
        for row, column, value in cells:
            sheet.cell(row, column, value)
    book.save(io.BytesIO())
    return time.perf_counter() - begin, {"cells": sum(len(cells) for _, cells in sheets)}


# ---------------------------------------------------------------- running one


def _peak_mb(process: int | str) -> int:
    """Most memory that a process ever held, in MB. Not ru_maxrss: after a fork that is the parent's."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10 if "VmHWM:" in status else 0


def _children(process: int | str) -> list[str]:
    found: list[str] = []
    for listed in Path(f"/proc/{process}/task").glob("*/children"):
        for child in listed.read_text(encoding="ascii").split():
            found += [child, *_children(child)]
    return found


def main(name: str, folder: str, url: str) -> None:
    measure: Measure = globals()[name]
    engine = warehouse.connect(url)
    seconds, found = measure(Path(folder), engine)
    ended_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    peak_mb = max(_peak_mb("self"), ended_mb, *map(_peak_mb, _children(os.getpid())))
    with engine.connect() as connection:
        sessions = connection.exec_driver_sql((SQL / "sessions.sql").read_text())
        server_mb = max(_peak_mb(row.pid) for row in sessions)
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "server_mb": server_mb, **found}))


if __name__ == "__main__":
    main(*sys.argv[1:4])
