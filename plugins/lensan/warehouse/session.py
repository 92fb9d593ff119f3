"""The PostgreSQL warehouse: named SQL files run with bound parameters, COPY, migrations.

SQL lives in include/sql; nothing here or elsewhere in the package spells out a statement.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import Result
from sqlalchemy.pool import NullPool

log = logging.getLogger(__name__)
SQL_ROOT = Path(__file__).resolve().parents[3] / "include" / "sql"
BATCH_ROWS = 20_000
ONE_LOADER_LOCK = 201_2021_10_18
ROLES_LOCK = 201_2021_10_20
ROLES = ("lensan_analyst", "lensan_etl", "lensan_steward")


def connect(url: str) -> Engine:
    """An engine on the warehouse. ``url``: ``postgresql://user:…@host:port/database``.

    No pool: tasks are short processes, and a pool would outlive a fork. The session's time zone is
    Asia/Ho_Chi_Minh, so that a date of a moment in SQL is the date people mean.
    """
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg2://", url)
    return create_engine(
        url,
        poolclass=NullPool,
        connect_args={
            "options": "-c timezone=Asia/Ho_Chi_Minh -c jit=off -c datestyle=ISO,YMD",
            "application_name": "lensan",
        },
    )


@cache
def sql(name: str) -> str:
    """The statement ``room/thing/name``: a file of its own, else a section of a module's file.

    A declared thing (indicator, base, check, sheet, example) is include/sql/<name>.sql. The statements of
    a module stand together in include/sql/<room>/<module>.sql, each below ``-- name: <its name>``.
    Raises FileNotFoundError for a name that is neither.
    """
    file = SQL_ROOT / f"{name}.sql"
    if file.exists():
        return file.read_text(encoding="utf-8")
    module, _, section = name.rpartition("/")
    try:
        return _sections(module)[section]
    except KeyError:
        raise FileNotFoundError(f"include/sql/{module}.sql has no section {section}") from None


@cache
def _sections(module: str) -> dict[str, str]:
    text = (SQL_ROOT / f"{module}.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- name: (\w+)\n", text, flags=re.M)
    return {
        name: body.strip().removesuffix(";")
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def run(connection: Connection, name: str, /, **parameters: Any) -> Result[Any]:
    """Run the statement of include/sql/<name>.sql with bound parameters (``:name``)."""
    return connection.execute(text(sql(name)), parameters)


def rows(connection: Connection, name: str, /, **parameters: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in run(connection, name, **parameters).mappings()]


def stream(connection: Connection, name: str, /, **parameters: Any) -> Result[Any]:
    """Run a named query whose rows come a batch at a time, however many there are."""
    return connection.execute(
        text(sql(name)), parameters, execution_options={"yield_per": BATCH_ROWS}
    )


def literal(
    connection: Connection, name: str, /, parts: Mapping[str, str] | None = None, **parameters: Any
) -> str:
    """The statement of include/sql/<name>.sql with its parameters written in, quoted by the driver.

    For those who take a statement only as text (Great Expectations); everybody else binds. ``parts`` fill
    the {braces} of the file: names of our own, never what came from outside.
    """
    body = sql(name) if parts is None else sql(name).format(**parts)
    statement = text(body).compile(dialect=connection.dialect)
    wanted = {key: parameters[key] for key in statement.params}
    cursor = connection.connection.cursor()
    try:
        return str(cursor.mogrify(str(statement), wanted).decode())
    finally:
        cursor.close()


@contextmanager
def as_known_at(connection: Connection, moment: datetime | None) -> Iterator[None]:
    """Within the block the views of ``core`` show what was known at ``moment`` (aware)."""
    if moment is None:
        yield
        return
    run(connection, "warehouse/session/set_known_at", known_at=moment.isoformat())
    try:
        yield
    finally:
        run(connection, "warehouse/session/set_known_at", known_at="")


def copy_rows(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    values: Iterable[Sequence[Any]],
) -> int:
    """COPY rows of plain values into a table; None is null, lists are text arrays. Returns rows."""
    stream = _CopyStream(values)
    cursor = connection.connection.cursor()
    try:
        cursor.copy_expert(f"copy {table} ({', '.join(columns)}) from stdin", stream)
    finally:
        cursor.close()
    return stream.rows


class _CopyStream:
    """Turns rows into COPY's text format, a few hundred kilobytes at a time."""

    def __init__(self, values: Iterable[Sequence[Any]]) -> None:
        self._values = iter(values)
        self._rest = ""
        self.rows = 0

    def read(self, size: int = 65536) -> str:
        parts = [self._rest]
        length = len(self._rest)
        while length < size:
            row = next(self._values, None)
            if row is None:
                break
            line = "\t".join([_copy_value(value) for value in row]) + "\n"
            self.rows += 1
            parts.append(line)
            length += len(line)
        data = "".join(parts)
        self._rest = data[size:]
        return data[:size]


_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""}
_ESCAPE = re.compile(r"[\\\t\n\r\x00]")


def _copy_value(value: Any) -> str:
    if value is None:
        return "\\N"
    if type(value) is str:
        return _ESCAPE.sub(lambda m: _ESCAPES[m[0]], value) if _ESCAPE.search(value) else value
    if isinstance(value, list | tuple):
        return _copy_value(_array_literal(value))
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime | str) or not hasattr(value, "isoformat"):
        return _copy_value(value.isoformat() if isinstance(value, datetime) else str(value))
    return str(value.isoformat())


def _array_literal(items: Sequence[Any]) -> str:
    parts = [
        "NULL"
        if item is None
        else '"' + str(item).replace("\\", "\\\\").replace('"', '\\"').replace("\x00", "") + '"'
        for item in items
    ]
    return "{" + ",".join(parts) + "}"


def migrate(engine: Engine) -> list[str]:
    """Bring the warehouse up to date; returns what was run.

    ``migrations/NNNN_*.sql`` run once, in order, and may not change afterwards (RuntimeError names
    the file that did). ``views/*.sql`` are run again whenever any of them changed. ``roles.sql`` is
    run after either, where the connected user may create roles; else a warning says what to do.
    """
    done: list[str] = []
    with engine.begin() as connection:
        run(connection, "warehouse/session/migration_table")
        known = {
            row["name"]: row["sha256"]
            for row in rows(connection, "warehouse/session/migrations_done")
        }
        for path in sorted((SQL_ROOT / "warehouse" / "migrations").glob("*.sql")):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if path.stem in known:
                if known[path.stem] != digest:
                    raise RuntimeError(
                        f"migration {path.name} was changed after it had run on this warehouse; "
                        "put the change into a new migration file"
                    )
                continue
            _run_script(connection, path)
            run(connection, "warehouse/session/migration_record", name=path.stem, sha256=digest)
            done.append(path.stem)
        views = sorted((SQL_ROOT / "warehouse" / "views").glob("*.sql"))
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in views)).hexdigest()
        if known.get("views") != digest or done:
            for path in views:
                _run_script(connection, path)
            run(connection, "warehouse/session/migration_record", name="views", sha256=digest)
            done.append("views")
        digest = hashlib.sha256((SQL_ROOT / "warehouse" / "roles.sql").read_bytes()).hexdigest()
        if known.get("roles") != digest or done:
            if may_manage_roles(connection):
                apply_roles(connection)
                run(connection, "warehouse/session/migration_record", name="roles", sha256=digest)
                done.append("roles")
            else:
                log.warning("%s", ROLES_REFUSED)
                run(connection, "warehouse/session/migration_record", name="roles", sha256="")
    return done


ROLES_REFUSED = (
    "the roles lensan_etl, lensan_analyst and lensan_steward were not brought up to date: this user "
    "may not create roles on the server. Everything else works. An administrator can run "
    "`lensan roles apply` with WAREHOUSE_URL set to a user that has CREATEROLE and owns the schemas"
)


def may_manage_roles(connection: Connection) -> bool:
    """Whether the connected user may create the three roles and own what they share."""
    return bool(scalar(connection, "warehouse/session/roles_may"))


def apply_roles(connection: Connection) -> None:
    """Create the roles where they are missing and set their rights anew, as roles.sql says."""
    run(connection, "warehouse/session/lock", key=ROLES_LOCK)
    _run_script(connection, SQL_ROOT / "warehouse" / "roles.sql")


def change_member(connection: Connection, role: str, user: str, *, member: bool) -> None:
    """Make a login of the server a member of one of ROLES, or end that."""
    name = "warehouse/session/role_grant" if member else "warehouse/session/role_revoke"
    connection.exec_driver_sql(
        str(scalar(connection, name, role=role, member=user)).replace("%", "%%")
    )


def _run_script(connection: Connection, path: Path) -> None:
    connection.exec_driver_sql(path.read_text(encoding="utf-8").replace("%", "%%"))


def one_loader(connection: Connection) -> None:
    """Wait until no other process merges into the warehouse; held to the end of the transaction."""
    run(connection, "warehouse/session/lock", key=ONE_LOADER_LOCK)


def scalar(connection: Connection, name: str, /, **parameters: Any) -> Any:
    return run(connection, name, **parameters).scalar_one_or_none()


def insert_rows(connection: Connection, name: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Run one statement for many parameter sets (small tables only; bulk goes by copy_rows)."""
    if values:
        connection.execute(text(sql(name)), list(values))
