"""Kill -9 at any moment of a computation, an export, a backup, a restore and a migration: done again, it is whole.

Each is begun in a process of its own again and again, killed a little later each time, until it is in time.
"""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from office import WEEKS, Office, thursday
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain.settings import settings
from lensan.figures import measuring
from lensan.operations import backup
from lensan.reports import export
from lensan.warehouse import audit

pytestmark = pytest.mark.system
WEEK = WEEKS[2]
AT = thursday(WEEK, 20)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["lensan.operations.backup", "lensan.figures.measuring"])
STEPS = 12
"""Kills of each: within the first second in even steps, whole in the end."""


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def compute(url: str) -> None:
    measuring.compute(warehouse.connect(url), WEEK, moment=AT)


def write_export(url: str, folder: Path) -> None:
    export.write(warehouse.connect(url), WEEK, folder)


def back_up(url: str, home: Path, root: Path, number: int) -> None:
    backup.make(url, settings(home), root, moment=AT + timedelta(minutes=number))


def restore(folder: Path, url: str, home: Path) -> None:
    backup.restore(folder, url, settings(home), moment=AT, force=True)


def migrate(url: str) -> None:
    warehouse.migrate(warehouse.connect(url))


def killed(begin: Callable[[int], tuple[Any, ...]], look: Callable[[], None]) -> int:
    """Begin, kill, look; again and again. The number of those that were killed before their end."""
    died = 0
    for step in range(1, STEPS + 1):
        act, *arguments = begin(step)
        process = PROCESSES.Process(target=act, args=tuple(arguments))
        process.start()
        process.join(step * step * 0.02)
        if process.exitcode is None:
            process.kill()
            died += 1
        process.join()
        look()
    act, *arguments = begin(STEPS + 1)
    act(*arguments)
    return died


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_computation_that_is_killed_leaves_the_figures_of_before(office: Office) -> None:
    compute(url_of(office.engine))
    before = office.figures(WEEK)
    assert before

    def look() -> None:
        assert office.figures(WEEK) == before

    assert killed(lambda _: (compute, url_of(office.engine)), look) > 2
    assert office.figures(WEEK) == before


def test_an_export_that_is_killed_is_there_whole_or_not_at_all(
    office: Office, tmp_path: Path
) -> None:
    url, folder = url_of(office.engine), tmp_path / "data" / "week" / WEEK.name
    write_export(url, tmp_path / "first")
    wanted = bytes_of(tmp_path / "first")

    def look() -> None:
        assert not folder.exists() or bytes_of(folder) == wanted

    assert killed(lambda _: (write_export, url, folder), look) > 2
    assert bytes_of(folder) == wanted


def test_a_backup_that_is_killed_is_none_and_the_next_one_is_whole(
    office: Office, tmp_path: Path
) -> None:
    root = tmp_path / "backups"

    def look() -> None:
        for each in backup.backups(root):
            backup.verify(Path(each["folder"]))

    def begin(number: int) -> tuple[Any, ...]:
        return back_up, url_of(office.engine), office.folder, root, number

    assert killed(begin, look) > 2
    assert backup.verify(Path(backup.backups(root)[0]["folder"]))["counts"]["reports"] == 3


def test_a_restore_that_is_killed_is_done_again(
    office: Office, tmp_path: Path, new_warehouse: Callable[[], Engine]
) -> None:
    folder = Path(
        backup.make(url_of(office.engine), settings(office.folder), tmp_path / "b", moment=AT)[
            "folder"
        ]
    )
    engine, home = new_warehouse(), tmp_path / "home"
    assert killed(lambda _: (restore, folder, url_of(engine), home), lambda: None) > 2
    assert audit.verify(engine) is None
    assert Office(engine, office.world, home).figures(WEEK) == office.figures(WEEK)
    wanted = {name: each["sha256"] for name, each in backup.verify(folder)["files"].items()}
    assert {n: s for n, s in bytes_of(home).items() if not n.startswith("postgres")} == wanted


def test_a_migration_that_is_killed_is_done_again(
    new_warehouse: Callable[[], Engine], office: Office
) -> None:
    engine = new_warehouse()
    with engine.connect() as connection:
        made = _columns(connection)
    name = f"{engine.url.database}_killed"
    administrator = engine.execution_options(isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.exec_driver_sql(f'create database "{name}"')
    fresh = warehouse.connect(url_of(engine).replace(str(engine.url.database), name))
    try:
        assert killed(lambda _: (migrate, url_of(fresh)), lambda: None) > 2
        with fresh.connect() as connection:
            assert _columns(connection) == made
    finally:
        fresh.dispose()
        with administrator.connect() as connection:
            connection.exec_driver_sql(f'drop database "{name}" with (force)')


def _columns(connection: Any) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in connection.exec_driver_sql(
            "select table_schema, table_name, column_name, data_type from information_schema.columns "
            "where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, 3"
        )
    ]
