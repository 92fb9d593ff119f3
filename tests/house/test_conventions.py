"""The house's rules as tests (docs/decisions/0018-rooms.md)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from rooms import ORDER
from sqlalchemy import Engine, text

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "plugins" / "lensan"

MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE
)


def room(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_room_imports_only_rooms_above_it(path: Path) -> None:
    here = ORDER.index(room(path))
    for name in imported_modules(path):
        parts = name.split(".")
        if parts[0] == "lensan" and len(parts) > 1 and parts[1] in ORDER:
            assert ORDER.index(parts[1]) <= here, f"{room(path)} imports {name}"


def test_every_folder_of_the_package_is_a_room() -> None:
    assert sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")) == sorted(ORDER)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_airflow_is_imported_only_in_connections_and_inside_functions(path: Path) -> None:
    uses = {name for name in imported_modules(path) if name.split(".")[0] == "airflow"}
    if path.stem != "connections":
        assert not uses
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        assert not (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airflow"))


_SQL = re.compile(
    r"^\s*(select\s.+\sfrom|insert\s+into|update\s+\S+\s+set|delete\s+from|create\s+(table|view|schema))\s",
    re.I | re.S,
)


@pytest.mark.parametrize(
    "path", [*MODULES, *(PROJECT / "dags").glob("*.py")], ids=lambda path: path.name
)
def test_no_sql_stands_in_python(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not _SQL.match(node.value), node.value[:80]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_clock_is_not_read_below_the_dag_layer(path: Path) -> None:
    if room(path) == "cli" or "running" in path.parts:
        return
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\.now\(|\.today\(|\.utcnow\(", source)


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    import sys

    names = {path.stem for path in PACKAGE.rglob("*.py")} - {"__init__", "__main__"}
    assert not names & set(sys.stdlib_module_names)


def test_the_plugin_loader_ignores_the_package() -> None:
    lines = (PROJECT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split()
    assert "lensan/" in lines


def test_every_table_view_and_column_has_a_comment(warehouse_engine: Engine) -> None:
    with warehouse_engine.connect() as connection:
        bare = connection.execute(
            text(
                """
                select n.nspname || '.' || c.relname, coalesce(a.attname, '')
                from pg_class c
                join pg_namespace n on n.oid = c.relnamespace
                left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                     and c.relkind = 'r'
                where n.nspname in ('raw', 'core', 'mart', 'ops') and c.relkind in ('r', 'v')
                  and (obj_description(c.oid, 'pg_class') is null
                       or (a.attnum is not null and col_description(c.oid, a.attnum) is null))
                """
            )
        ).all()
    assert bare == []


def test_no_personal_column_stands_in_mart(warehouse_engine: Engine) -> None:
    with warehouse_engine.connect() as connection:
        columns = connection.execute(
            text(
                "select table_name, column_name from information_schema.columns "
                "where table_schema = 'mart' and column_name ~ '(phone|paper|owner_name|buyer)'"
            )
        ).all()
    assert columns == []
