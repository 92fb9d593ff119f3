"""Real PostgreSQL for the tests: one server for the session, a fresh migrated database per test."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import hypothesis
import pytest
from office import WEEKS, Office, thursday
from sqlalchemy import Engine
from taking_in import MOMENT, SAMPLES, take_in

from lensan import samples, warehouse
from lensan.domain import periods
from lensan.domain.settings import settings
from lensan.operations.running import embedded_postgres
from lensan.reports import publishing
from lensan.warehouse import reference_load

PROJECT = Path(__file__).resolve().parents[1]
# Airflow reads these once, at its first import in the process, whichever test brings that about.
_AIRFLOW_HOME = tempfile.mkdtemp(prefix="airflow-")
atexit.register(shutil.rmtree, _AIRFLOW_HOME, ignore_errors=True)
os.environ.setdefault("AIRFLOW_HOME", _AIRFLOW_HOME)
os.environ.setdefault("AIRFLOW__CORE__PLUGINS_FOLDER", str(PROJECT / "plugins"))
# Messages are compared in the language of the code; tests of the other one ask for it.
os.environ["LANGUAGE"] = "en"
# How long a busy machine takes to draw an example says nothing of what is tested.
hypothesis.settings.register_profile(
    "lensan", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("lensan")
# Killing processes loses nothing without fsync, only a power cut would. Hundreds of small databases keep
# autovacuum and checkpoints busy for nothing.
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "checkpoint_timeout": "'1h'",
    "max_wal_size": "'4GB'",
}


def pytest_sessionstart() -> None:
    """Remove the databases that killed test runs left behind: gigabytes each, their homes long gone."""
    for note in embedded_postgres.STATE_ROOT.glob("*/home"):
        home = Path(note.read_text().strip())
        if home.is_relative_to(Path(tempfile.gettempdir())) and not home.exists():
            shutil.rmtree(note.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded_postgres.Server]:
    """An embedded PostgreSQL of its own, with a migrated template database."""
    home = settings(tmp_path_factory.mktemp("home"))
    server = embedded_postgres.start(home)
    administrator = warehouse.connect(server.url("postgres"))
    with administrator.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name, value in QUICK.items():
            connection.exec_driver_sql(f"alter system set {name} = {value}")
        connection.exec_driver_sql("select pg_reload_conf()")
        connection.exec_driver_sql("create database template_warehouse")
    engine = warehouse.connect(server.url("template_warehouse"))
    warehouse.migrate(engine)
    with engine.begin() as connection:
        reference_load.load(connection)
    yield server
    embedded_postgres.remove(home)


class Databases:
    """The databases of a server, each with its engine, in the order in which they were made."""

    def __init__(self, server: embedded_postgres.Server) -> None:
        self.server = server
        self.numbers = itertools.count(1)
        self.made: dict[str, Engine] = {}

    def make(self, template: str) -> Engine:
        """A copy of another database."""
        name = f"warehouse_{next(self.numbers)}"
        self._run(f"create database {name} template {template}")
        self.made[name] = warehouse.connect(self.server.url(name))
        return self.made[name]

    def drop(self, names: Iterable[str]) -> None:
        """Remove databases whoever still speaks to them: the files of one just made are soon gone."""
        for name in names:
            self.made.pop(name).dispose()
            self._run(f"drop database if exists {name} with (force)")

    def _run(self, statement: str) -> None:
        engine = warehouse.connect(self.server.url("postgres"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@pytest.fixture(scope="session")
def databases(server: embedded_postgres.Server) -> Databases:
    return Databases(server)


@pytest.fixture(autouse=True)
def _own_databases_end_with_the_test(request: pytest.FixtureRequest) -> Iterator[None]:
    if "databases" not in request.fixturenames:
        yield
        return
    databases: Databases = request.getfixturevalue("databases")
    shared = set(databases.made)
    yield
    databases.drop([name for name in databases.made if name not in shared])


@pytest.fixture(scope="session")
def new_warehouse(databases: Databases) -> Callable[[], Engine]:
    """Makes an engine on a fresh, migrated database with reference data."""
    return lambda: databases.make("template_warehouse")


@pytest.fixture(scope="session")
def empty_database(databases: Databases) -> Callable[[], Engine]:
    """Makes an engine on a database with nothing in it."""
    return lambda: databases.make("template1")


@pytest.fixture
def warehouse_engine(new_warehouse: Callable[[], Engine]) -> Engine:
    return new_warehouse()


@pytest.fixture(scope="session")
def copy_warehouse(databases: Databases) -> Callable[[Engine], Engine]:
    """Makes an engine on a copy of another warehouse, to be written to."""
    return lambda original: databases.make(str(original.url.database))


@pytest.fixture(scope="session")
def sample_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The raw store of the sample."""
    return tmp_path_factory.mktemp("raw")


@pytest.fixture(scope="session")
def sample_warehouse(new_warehouse: Callable[[], Engine], sample_raw: Path) -> Engine:
    """The sample landing root, all of it taken in. Read only."""
    engine = new_warehouse()
    take_in(engine, SAMPLES / "landing", sample_raw)
    return engine


@pytest.fixture(scope="session")
def clean_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    samples.write(folder, seed=6, weeks=5, order_lines=400, mess=False)
    return folder


@pytest.fixture(scope="session")
def settled_office(
    clean_world: Path,
    tmp_path_factory: pytest.TempPathFactory,
    new_warehouse: Callable[[], Engine],
) -> Office:
    """Three weeks published, everything in time. Read only."""
    office = Office(new_warehouse(), clean_world, tmp_path_factory.mktemp("office"))
    for week in WEEKS[:3]:
        office.until(week.end)
        office.sweep(thursday(week))
        office.freeze(week)
    return office


@pytest.fixture
def office(
    settled_office: Office, tmp_path: Path, copy_warehouse: Callable[[Engine], Engine]
) -> Office:
    """The same, to be written to."""
    shutil.copytree(settled_office.folder, tmp_path / "office")
    engine = copy_warehouse(settled_office.engine)
    return Office(engine, settled_office.world, tmp_path / "office")


@pytest.fixture(scope="session")
def published_sample(
    sample_warehouse: Engine,
    copy_warehouse: Callable[[Engine], Engine],
    tmp_path_factory: pytest.TempPathFactory,
) -> Engine:
    """The sample with its last two weeks published. Read only: change a copy of it."""
    engine = copy_warehouse(sample_warehouse)
    reports = tmp_path_factory.mktemp("reports")
    for name in ("2021-12-02", "2021-12-09"):
        publishing.freeze(engine, periods.parse("week", name), reports, moment=MOMENT)
    return engine
