"""The warehouse brought up to date: migrations once and in order, views and roles whenever they changed."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from pathlib import Path

from sqlalchemy import Connection, Engine

from lensan.warehouse.roles import RIGHTS, ROLES_REFUSED, apply_roles, may_manage_roles
from lensan.warehouse.session import SQL_ROOT, rows, run, run_script

log = logging.getLogger(__name__)
MIGRATION_LOCK = 202_2021_10_20
MIGRATIONS = SQL_ROOT / "warehouse" / "migrations"
VIEWS = SQL_ROOT / "warehouse" / "views"


def migrate(engine: Engine) -> list[str]:
    """Bring the warehouse up to date, in one transaction; returns what was run.

    ``migrations/NNNN_*.sql`` run once, in order, and may not change afterwards (RuntimeError names
    the file that did). ``views/<schema>/<name>.sql`` are all run again whenever any of them changed.
    ``rights.sql`` is run after either, where the connected user may create roles; else a warning says
    what to do. Of two at once the second waits for the first, and then finds nothing to do.
    """
    with engine.begin() as connection:
        run(connection, "warehouse/session/lock", key=MIGRATION_LOCK)
        run(connection, "warehouse/migrations/create_record")
        known = {
            row["name"]: row["sha256"] for row in rows(connection, "warehouse/migrations/done")
        }
        done = _run_migrations(connection, known)
        views = in_order(VIEWS)
        digest = _digest(sorted(views))
        if known.get("views") != digest or done:
            for path in views:
                run_script(connection, path)
            _record(connection, "views", digest)
            done.append("views")
        digest = _digest([RIGHTS])
        if known.get("roles") != digest or done:
            if may_manage_roles(connection):
                apply_roles(connection)
                _record(connection, "roles", digest)
                done.append("roles")
            else:
                log.warning("%s", ROLES_REFUSED)
                _record(connection, "roles", "")
    return done


def _run_migrations(connection: Connection, known: Mapping[str, str]) -> list[str]:
    done = []
    for path in sorted(MIGRATIONS.glob("*.sql")):
        digest = _digest([path])
        if path.stem not in known:
            run_script(connection, path)
            _record(connection, path.stem, digest)
            done.append(path.stem)
        elif known[path.stem] != digest:
            raise RuntimeError(
                f"migration {path.name} was changed after it had run on this warehouse; "
                "put the change into a new migration file"
            )
    return done


def in_order(folder: Path) -> list[Path]:
    """The files ``<schema>/<name>.sql`` of views and functions, each after those that its statements name.

    Comments and texts in quotes name nothing. Raises graphlib.CycleError when two name each other.
    """
    files = {f"{path.parent.name}.{path.stem}": path for path in sorted(folder.glob("*/*.sql"))}
    named = {
        name: set(_NAME.findall(_WITHOUT_NAMES.sub("", path.read_text(encoding="utf-8"))))
        for name, path in files.items()
    }
    order = TopologicalSorter(
        {name: sorted((named[name] & files.keys()) - {name}) for name in files}
    )
    return [files[name] for name in order.static_order()]


_WITHOUT_NAMES = re.compile(r"--.*$|^comment on .*$|'[^']*'", re.M)
_NAME = re.compile(r"\b\w+\.\w+\b")


def _digest(paths: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _record(connection: Connection, name: str, digest: str) -> None:
    run(connection, "warehouse/migrations/record", name=name, sha256=digest)
