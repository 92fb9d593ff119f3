"""A session of the warehouse: the connection, and named SQL run with bound parameters.

SQL lives in include/sql; nothing here or elsewhere in the package spells out a statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2
from sqlalchemy import Connection, Engine, TextClause, create_engine, text
from sqlalchemy.engine import Result
from sqlalchemy.pool import NullPool

from lensan.domain.installation import INCLUDE

SQL_ROOT = INCLUDE / "sql"
BATCH_ROWS = 20_000
ONE_LOADER_LOCK = 201_2021_10_18


def connect(url: str) -> Engine:
    """An engine on the warehouse. ``url``: ``postgresql://user:…@host:port/database``.

    No pool: tasks are short processes, and a pool would outlive a fork. The session's time zone is
    Asia/Ho_Chi_Minh, so that a date of a moment in SQL is the date people mean. Many rows of one statement
    (``insert_rows``) go to the server a hundred at a time.
    """
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg2://", url)
    return create_engine(
        url,
        poolclass=NullPool,
        executemany_mode="values_plus_batch",
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
    return connection.execute(_statement(name), parameters)


@cache
def _statement(name: str) -> TextClause:
    """The statement, its parameters found: once, however often it is run."""
    return text(sql(name))


def rows(connection: Connection, name: str, /, **parameters: Any) -> list[dict[str, Any]]:
    """Run a named query; its rows as column → value."""
    return [dict(row) for row in run(connection, name, **parameters).mappings()]


def scalar(connection: Connection, name: str, /, **parameters: Any) -> Any:
    """Run a named query of one value; null and no row are None."""
    return run(connection, name, **parameters).scalar_one_or_none()


def stream(connection: Connection, name: str, /, **parameters: Any) -> Result[Any]:
    """Run a named query whose rows come a batch at a time, however many there are."""
    return connection.execute(
        _statement(name), parameters, execution_options={"yield_per": BATCH_ROWS}
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


def insert_rows(connection: Connection, name: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Run one statement for many parameter sets (small tables only; bulk goes by copy_rows)."""
    if values:
        connection.execute(_statement(name), list(values))


def run_script(connection: Connection, path: Path) -> None:
    """Run a file of several statements without parameters."""
    connection.exec_driver_sql(path.read_text(encoding="utf-8").replace("%", "%%"))


def one_loader(connection: Connection) -> None:
    """Wait until no other process merges into the warehouse; held to the end of the transaction."""
    run(connection, "warehouse/session/lock", key=ONE_LOADER_LOCK)


def is_of_database(error: Exception) -> bool:
    """Whether an error is the database's own: it is gone, full, or busy with others. What it says of values
    that it cannot hold (of class 54, such as a key that no index takes) is not."""
    told = getattr(error, "orig", None) or error
    if isinstance(told, psycopg2.OperationalError):
        return not (told.pgcode or "").startswith("54")
    return isinstance(told, psycopg2.InterfaceError)
