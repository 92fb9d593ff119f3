"""Figures of weeks over a large warehouse: how long, how much they read, the first weeks beside the last.

``python -m benchmarks.figures_at_scale --lines 10000000`` fills a warehouse of its own with 250 weeks of order
lines, some 0.8 GB per million, and prints a table; times are seconds. The lines are put into core directly: reading
files is measured elsewhere.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks import measures
from benchmarks.__main__ import Bench, say
from benchmarks.inputs import MOMENT
from lensan.domain import periods
from lensan.domain.office import PROVINCE
from lensan.domain.settings import settings
from lensan.figures import measuring
from lensan.operations.running import embedded_postgres

SQL = Path(__file__).parent / "sql"
WEEKS = {2: "2021-10-28", 100: "2023-09-14", 250: "2026-07-30"}
AT_ONCE = 1_000_000


def fill(engine: Engine, lines: int) -> float:
    """Stalls, listings, producers, then order lines, a million a transaction; returns the seconds of the lines."""
    with engine.begin() as connection:
        connection.exec_driver_sql((SQL / "scale_world.sql").read_text().replace("%", "%%"))
    took = 0.0
    for first in range(1, lines + 1, AT_ONCE):
        say(f"order lines from {first:,}")
        begin = time.perf_counter()
        with engine.begin() as connection:
            connection.exec_driver_sql("select setseed(0.5)")
            connection.execute(
                text((SQL / "scale_lines.sql").read_text()),
                {"first": first, "last": min(first + AT_ONCE - 1, lines), "lines": lines},
            )
        took += time.perf_counter() - begin
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze")
    return took


def of_week(engine: Engine, number: int, times: int = 5) -> float:
    """The median of the seconds in which a week's figures are computed and kept."""
    week = periods.parse("week", WEEKS[number])
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        measuring.compute(engine, week, moment=MOMENT)
        took.append(time.perf_counter() - begin)
    return statistics.median(took)


def of_duckdb(engine: Engine, folder: Path, number: int) -> float:
    """The seconds in which DuckDB computes the platforms' figures of the same week and the one before over Parquet of
    the same rows. Raises AssertionError where it finds other tonnes."""
    import duckdb

    measures.facts(folder, engine)
    database = duckdb.connect()
    for name in ("order_line", "listing", "stall"):
        database.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
    week = periods.parse("week", WEEKS[number])
    statement = (SQL / "duckdb_week.sql").read_text()
    begin = time.perf_counter()
    for each in (week.previous(), week):
        result = database.execute(statement, {"period_start": each.start, "period_end": each.end})
        names = [column[0] for column in result.description]
        found = {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}
    took = time.perf_counter() - begin
    ours = measuring.compute(engine, week, moment=MOMENT, codes=["III.2"])
    tonnes = next(each.cumulative for each in ours if each.unit == PROVINCE)
    assert round(float(tonnes or 0), 2) == round(float(found[PROVINCE]["tonnes_so_far"]), 2)
    return took


def main() -> None:
    """Fill a warehouse, measure, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.figures_at_scale", description=__doc__
    )
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--duckdb", action="store_true", help="set DuckDB beside it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lensan-bench-") as scratch:
        home = settings(Path(scratch) / "server")
        try:
            bench = Bench(Path(scratch), embedded_postgres.start(home), options.lines)
            engine = bench.database("scale")
            print(f"{options.lines:,} order lines into core: {fill(engine, options.lines):.1f} s")
            for number in WEEKS:
                print(f"figures of week {number}: {of_week(engine, number):.2f} s")
            if options.duckdb:
                last = max(WEEKS)
                seconds = of_duckdb(engine, Path(scratch), last)
                print(f"week {last} by DuckDB over Parquet: {seconds:.2f} s")
                print(f"figures of week {last} once more: {of_week(engine, last):.2f} s")
        finally:
            embedded_postgres.remove(home)


if __name__ == "__main__":
    main()
