"""``make bench`` (``S=10000000`` for ten million order lines, ``ONLY=orders,figures`` for some of it).

Prints the state of the machine and one table in Markdown: what was measured, by whom, seconds, how often the
limit's time, most memory of the process (or of a child of it) and of PostgreSQL's process that served it, its
part of the shared buffers included. Each measure runs in a process of its own. Needs the peers of
requirements-bench.txt. Ends with 1 when two that must agree do not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from benchmarks import inputs
from benchmarks.inputs import MOMENT
from lensan import warehouse
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres
from lensan.warehouse import reference_load

TESTS = PROJECT / "tests"


@dataclass(frozen=True)
class Row:
    """A line of the table; ``role``: ours, limit, peer, or note for what has no limit."""

    measured: str
    who: str
    role: str
    seconds: float
    peak_mb: int
    server_mb: int
    found: dict[str, Any]


class Bench:
    """A server, a folder and databases copied from one that knows a small province."""

    def __init__(self, folder: Path, server: embedded_postgres.Server, lines: int) -> None:
        self.folder, self.server, self.lines = folder, server, lines
        self.rows: list[Row] = []
        self.administrator = warehouse.connect(server.url("postgres"))
        engine = self.database("template_bench", None)
        warehouse.migrate(engine)
        with engine.begin() as connection:
            reference_load.load(connection)
        say("writing the inputs")
        self.listings = inputs.world(engine, folder)
        engine.dispose()

    def database(self, name: str, template: str | None = "template_bench") -> Engine:
        with self.administrator.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as connection:
            source = f" template {template}" if template else ""
            connection.exec_driver_sql(f"create database {name}{source}")
        return warehouse.connect(self.server.url(name))

    def prepare(self, name: str, database: str) -> None:
        """Do what is not measured, in a process of its own, too."""
        self.measure("", "", "", name, database)
        self.rows.pop()

    def measure(self, measured: str, who: str, role: str, name: str, database: str) -> Row:
        say(f"{measured}: {who}" if measured else f"preparing: {name}")
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.measures", name, str(self.folder), self.server.url(database)],
            capture_output=True, text=True, cwd=PROJECT, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{name} failed:\n{done.stderr[-3000:]}")
        found = json.loads(done.stdout.splitlines()[-1])
        figures = [found.pop(key) for key in ("seconds", "peak_mb", "server_mb")]
        row = Row(measured, who, role, *figures, found)
        self.rows.append(row)
        return row


def say(text: str) -> None:
    print(f"  … {text}", file=sys.stderr, flush=True)


def orders(bench: Bench) -> None:
    inputs.orders(bench.listings, bench.folder, bench.lines)
    bench.database("orders").dispose()
    fresh = f"{bench.lines:,} order lines, fresh"
    again = "the same with 2% changed"
    limit = bench.measure(fresh, "COPY into a typed table", "limit", "orders_copy", "orders")
    ours = bench.measure(fresh, "lensan", "ours", "orders_ours", "orders")
    expected = -(-bench.lines // inputs.BAD_EVERY)
    assert ours.found == {"rows": bench.lines + 1, "quarantined": expected}, ours.found  # header
    bench.measure(fresh, "pandas, Arrow and COPY", "peer", "orders_pandas", "orders")
    bench.measure(fresh, "Polars, ADBC", "peer", "orders_polars", "orders")
    bench.measure(fresh, "dlt, merge", "peer", "orders_dlt", "orders")
    bench.rows.append(replace(limit, measured=again))
    bench.measure(again, "reading and hashing it", "note", "orders_read", "orders")
    bench.measure(again, "lensan", "ours", "orders_again_ours", "orders")
    bench.measure(again, "pandas, Arrow and COPY", "peer", "orders_again_pandas", "orders")
    bench.measure(again, "Polars, ADBC", "peer", "orders_again_polars", "orders")
    bench.measure(again, "dlt, merge", "peer", "orders_again_dlt", "orders")
    growth(bench, ours)


def growth(bench: Bench, whole: Row) -> None:
    """What ten times as many lines take: a database of its own with the first tenth of them."""
    bench.database("tenth").dispose()
    what = f"{bench.lines:,} against {bench.lines // 10:,} lines"
    tenth = bench.measure(what, "lensan, the tenth", "note", "orders_tenth_ours", "tenth")
    times = {"growth": round(whole.seconds / tenth.seconds, 2)}
    bench.rows.append(replace(whole, measured=what, role="note", who="lensan, all", found=times))


def figures(bench: Bench) -> None:
    what = f"figures of a week, {bench.lines:,} order lines"
    bench.prepare("facts", "orders")
    limit = bench.measure(what, "DuckDB over Parquet", "limit", "figures_duckdb", "orders")
    ours = bench.measure(what, "lensan", "ours", "figures_ours", "orders")
    if ours.found["province"] != limit.found["province"]:
        raise SystemExit(f"DuckDB says {limit.found['province']}, lensan {ours.found['province']}")
    bench.measure(what, "lensan, week 2", "note", "figures_second_week", "orders")
    bench.measure(what, "one indicator at a time", "peer", "figures_one_by_one", "orders")


def weeks(bench: Bench) -> None:
    """Orders of 250 weeks: the second against the last, and a year of missed weeks."""
    inputs.long_history(bench.listings, bench.folder, bench.lines)
    bench.database("long").dispose()
    bench.prepare("long_load", "long")
    what = f"a week's figures, {bench.lines:,} lines of {inputs.WEEKS} weeks"
    second = bench.measure(what, "lensan, week 2", "limit", "long_second_week", "long")
    bench.measure(what, f"lensan, week {inputs.WEEKS}", "ours", "long_last_week", "long")
    missed = "52 missed weeks, to the files"
    bench.rows.append(
        replace(
            second, measured=missed, who="52 times week 2's figures", seconds=52 * second.seconds
        )
    )
    bench.measure(missed, "lensan", "ours", "backfill", "long")


def correction(bench: Bench) -> None:
    inputs.corrected(bench.folder)
    bench.prepare("publish", "orders")
    what = f"corrected workbook to revision, {bench.lines:,} lines"
    bench.measure(what, "lensan, without Airflow", "note", "correction", "orders")


def workbooks(bench: Bench) -> None:
    sys.path.insert(0, str(TESTS / "support"))
    from loading import form, workbook
    from long_lists import registry

    from lensan.domain.places import places

    day = MOMENT.date().isoformat()
    units = [u for u in places().units if u["valid_from"] <= day <= (u["valid_to"] or day)]
    for number, unit in enumerate(units):
        path = bench.folder / "books" / unit["code"] / f"bao-cao-tuan_20211118-{unit['code']}.xlsx"
        path.parent.mkdir(parents=True)
        name = f"{unit['kind']} {unit['name']}".upper()
        path.write_bytes(workbook([form(unit=name), ("Danh sách hộ SXNN", registry(number))]))
    bench.database("workbooks").dispose()
    what = "13 workbooks of 2,000 list rows"
    bench.measure(what, "calamine, cells only", "limit", "workbooks_calamine", "workbooks")
    bench.measure(what, "lensan", "ours", "workbooks_ours", "workbooks")
    bench.measure(what, "pandas.read_excel", "peer", "workbooks_pandas", "workbooks")
    by_calamine = "pandas.read_excel, calamine"
    bench.measure(what, by_calamine, "peer", "workbooks_pandas_calamine", "workbooks")


def resolution(bench: Bench) -> None:
    what = "200,000 records to producers"
    bench.measure(what, "lensan", "ours", "producers_ours", "template_bench")
    bench.measure(what, "Splink (DuckDB)", "peer", "producers_splink", "template_bench")


def report(bench: Bench) -> None:
    bench.database("report").dispose()
    what = "workbook, PDF and figures.json"
    ours = bench.measure(what, "lensan", "ours", "report_ours", "report")
    limit = bench.measure(
        what, "xlsxwriter, the same cells", "limit", "report_xlsxwriter", "report"
    )
    bench.rows[-2:] = [limit, ours]
    bench.measure(what, "openpyxl, the same cells", "peer", "report_openpyxl", "report")


def airflow(bench: Bench) -> None:
    """A weekly run as `make report` does it: the first, and another with nothing new."""
    home = bench.folder / "home"
    home.mkdir(exist_ok=True)
    week = ["report", "--week", "2021-12-09", "--landing", str(bench.folder / "world")]
    try:
        for who in ("Airflow, first start included", "Airflow, nothing new"):
            say(f"a weekly run: {who}")
            begin = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "lensan.cli.home", "--home", str(home), *week],
                capture_output=True, cwd=PROJECT, check=True,
            )  # fmt: skip
            seconds = time.perf_counter() - begin
            bench.rows.append(Row("a weekly run, start to mail", who, "note", seconds, 0, 0, {}))
    finally:
        embedded_postgres.remove(settings(home))


PARTS = {
    "orders": orders,
    "figures": figures,
    "correction": correction,
    "weeks": weeks,
    "workbooks": workbooks,
    "resolution": resolution,
    "report": report,
    "airflow": airflow,
}


def machine() -> str:
    """The state of the machine: what a time that it measures is worth."""
    memory = dict(
        line.split(":", 1)
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    )
    total, free = (int(memory[key].split()[0]) >> 20 for key in ("MemTotal", "MemAvailable"))
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"{os.cpu_count()} cores, load of 1, 5 and 15 minutes {loads}; {total} GB of memory, {free} free; "
        f"Python {platform.python_version()}"
    )


def table(rows: Sequence[Row]) -> Iterator[str]:
    limits = {row.measured: row.seconds for row in rows if row.role == "limit"}
    yield "| measured | who | seconds | × limit | peak MB | PostgreSQL MB | found |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | --- |"
    last = ""
    for row in rows:
        times = f"{row.seconds / limits[row.measured]:.2f}" if row.measured in limits else ""
        found = ", ".join(f"{k} {v}" for k, v in row.found.items() if k != "province")
        name = "" if row.measured == last else row.measured
        last = row.measured
        who = f"**{row.who}**" if row.role == "ours" else row.who
        yield (
            f"| {name} | {who} | {row.seconds:.2f} | {times} | {row.peak_mb or ''} | "
            f"{row.server_mb or ''} | {found} |"
        )


def main() -> None:
    """Parse the command line, measure, print the table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines (S=…)")
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)} (ONLY=…)")
    options = parser.parse_args()
    chosen = options.only.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    if {"figures", "correction"} & set(chosen) and "orders" not in chosen:
        chosen.insert(0, "orders")
    before = machine()
    with tempfile.TemporaryDirectory(prefix="lensan-bench-") as scratch:
        home = settings(Path(scratch) / "server")
        try:
            bench = Bench(Path(scratch), embedded_postgres.start(home), options.lines)
            for name in PARTS:
                if name in chosen:
                    PARTS[name](bench)
        finally:
            embedded_postgres.remove(home)
    print(f"before: {before}\nafter: {machine()}\n")
    print("\n".join(table(bench.rows)))


if __name__ == "__main__":
    main()
