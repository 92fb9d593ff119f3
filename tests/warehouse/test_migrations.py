"""The warehouse is brought up to date: migrations once, views in the order of what they name."""

from __future__ import annotations

import graphlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lensan import warehouse
from lensan.warehouse import migrations


def write(folder: Path, name: str, text: str) -> None:
    schema, _, view = name.partition(".")
    (folder / schema).mkdir(exist_ok=True)
    (folder / schema / f"{view}.sql").write_text(text, encoding="utf-8")


def test_a_warehouse_that_is_up_to_date_is_left_alone(warehouse_engine: Engine) -> None:
    assert warehouse.migrate(warehouse_engine) == []


def test_of_two_migrations_at_once_the_second_waits_and_finds_nothing_to_do(
    new_warehouse: Callable[[], Engine],
) -> None:
    engine = new_warehouse()
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "delete from public.lensan_migration where name in ('views', 'roles')"
        )
    with ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda _: warehouse.migrate(engine), range(2)))
    assert sorted(done) == [[], ["views", "roles"]]


def test_every_view_of_the_warehouse_is_a_file(warehouse_engine: Engine) -> None:
    with warehouse_engine.connect() as connection:
        made = {
            f"{schema}.{name}"
            for schema, name in connection.exec_driver_sql(
                "select schemaname, viewname from pg_views "
                "where schemaname in ('raw', 'core', 'mart', 'ops')"
            )
        }
    files = {f"{path.parent.name}.{path.stem}" for path in migrations.in_order(migrations.VIEWS)}
    assert made <= files


def test_a_view_comes_after_those_it_names(tmp_path: Path) -> None:
    write(tmp_path, "core.apple", "create view core.apple as select * from mart.pear;")
    write(tmp_path, "mart.pear", "create view mart.pear as select 1 as one; -- for core.apple")
    write(tmp_path, "core.plum", "create view core.plum as select 'mart.pear' from core.apple;")
    names = [path.stem for path in migrations.in_order(tmp_path)]
    assert names == ["pear", "apple", "plum"]


def test_views_that_name_each_other_are_told(tmp_path: Path) -> None:
    write(tmp_path, "core.apple", "create view core.apple as select * from core.pear;")
    write(tmp_path, "core.pear", "create view core.pear as select * from core.apple;")
    with pytest.raises(graphlib.CycleError):
        migrations.in_order(tmp_path)
