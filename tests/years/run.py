"""Years outside of pytest: ``make years SEED=1 YEARS=10``. Each worker has a PostgreSQL of its own.

    python tests/years/run.py --seeds 1-20 --weeks 520 [--until STEP] [--verbose]

Prints a line for each seed: weeks, steps, processor time; a failure with its seed and step, and ends with 1.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

os.environ["LANGUAGE"] = "en"
PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [
    str(PROJECT / "plugins"),
    str(PROJECT / "tests" / "support"),
    str(PROJECT / "tests" / "years"),
]

import simulator  # noqa: E402

from lensan import warehouse  # noqa: E402
from lensan.domain.settings import settings  # noqa: E402
from lensan.operations.running import embedded_postgres  # noqa: E402
from lensan.warehouse import reference_load  # noqa: E402

QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "checkpoint_timeout": "'1h'",
}


class Server:
    """An embedded PostgreSQL with a migrated template, of which each year takes a copy."""

    def __init__(self, folder: Path) -> None:
        self.home = settings(folder / "server")
        self.server = embedded_postgres.start(self.home)
        for name, value in QUICK.items():
            self.say(f"alter system set {name} = {value}")
        self.say("select pg_reload_conf()")
        self.say("create database template_year")
        engine = warehouse.connect(self.server.url("template_year"))
        warehouse.migrate(engine)
        with engine.begin() as connection:
            reference_load.load(connection)
        engine.dispose()

    def url(self, database: str) -> str:
        return self.server.url(database)

    def say(self, statement: str) -> None:
        engine = warehouse.connect(self.url("postgres"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def postmaster(self) -> int:
        """Its process."""
        engine = warehouse.connect(self.url("postgres"))
        with engine.connect() as connection:
            folder = connection.exec_driver_sql("show data_directory").scalar_one()
        engine.dispose()
        return int((Path(folder) / "postmaster.pid").read_text().split()[0])

    def copy(self) -> str:
        """The URL of a fresh warehouse; the one of this process before it is gone."""
        name = f"year_{os.getpid()}"
        self.say(f"drop database if exists {name} with (force)")
        self.say(f"create database {name} template template_year")
        return self.url(name)

    def remove(self) -> None:
        embedded_postgres.remove(self.home)


class Joined(Server):
    """The server of another process. ``url``: of any database of it."""

    def __init__(self, url: str) -> None:
        self.base = url.rsplit("/", 1)[0]

    def url(self, database: str) -> str:
        return f"{self.base}/{database}"


def memory() -> str | None:
    """A folder in memory, where there is one: a year makes and removes many files. Where root starts the server its
    data stay where ``embedded_postgres`` puts them."""
    shared = Path("/dev/shm")
    return str(shared) if os.access(shared, os.W_OK) else None


@contextmanager
def server() -> Iterator[tuple[Server, Path]]:
    with tempfile.TemporaryDirectory(prefix="years-", dir=memory()) as folder:
        started = Server(Path(folder))
        try:
            yield started, Path(folder)
        finally:
            started.remove()


def cpu_s(at: Server) -> float:
    """Of this process, its children, and the server with all it has started; the server's 0 without /proc."""
    own = sum(
        each.ru_utime + each.ru_stime
        for each in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    return own + sum(_ticks(at.postmaster())) / os.sysconf("SC_CLK_TCK")


def _ticks(postmaster: int) -> Iterator[int]:
    """Of a process with its children that ended, and of those that are there."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if path.parent.name == str(postmaster):
                yield sum(map(int, fields[11:15]))
            elif fields[1] == str(postmaster):
                yield sum(map(int, fields[11:13]))


def one(
    at: Server,
    folder: Path,
    seed: int,
    weeks: int,
    *,
    verbose: bool = False,
    judged: bool = True,
    troubles: simulator.Troubles = simulator.STORMY,
) -> tuple[str, simulator.Year]:
    """Run a seed; returns what broke, empty where nothing did."""
    year = simulator.Year(
        seed, at.copy(), folder / f"home-{seed}", troubles, judged=judged, said=print if verbose else lambda line: None
    )  # fmt: skip
    try:
        year.run(weeks)
    except simulator.Broken as error:
        return str(error), year
    except Exception as error:
        return (
            f"seed {seed}, step {year.step}: {type(error).__name__}: {error}\n{traceback.format_exc()}",
            year,
        )
    finally:
        year.pool.dispose()
        simulator.remove(year.home)
    return "", year


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--without-gates", action="store_true")
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    failed = 0
    with server() as (at, folder):
        for seed in range(int(first), int(last or first) + 1):
            began, busy = time.monotonic(), cpu_s(at)
            broke, year = one(
                at, folder, seed, asked.weeks, verbose=asked.verbose, judged=not asked.without_gates
            )
            failed += bool(broke)
            print(
                f"seed {seed}: {'BROKEN' if broke else 'held'}, {year.judge.weeks} weeks, {year.step} steps, "
                f"{len(year.files)} files, {year.servers.failed} of {year.servers.fetches} fetches failed, "
                f"{len(year.mails.accepted)} of {year.mails.tried} mails taken, "
                f"{time.monotonic() - began:.0f} s, {cpu_s(at) - busy:.0f} s of processor {broke}",
                flush=True,
            )
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
