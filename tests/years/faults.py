"""What breaks, and where: the process, its session of PostgreSQL, the disk; at a statement or a write that a
seed chose."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg2
from boundary import Killed
from sqlalchemy import Engine, event

KINDS = ("kill", "kill", "session", "session", "disk")


class Faults:
    """At most one is planned at a time; ``hit`` says whether it has come. ``url`` is PostgreSQL's own."""

    def __init__(self, administrator_dsn: str) -> None:
        self.administrator_dsn = administrator_dsn
        self.kind: str | None = None
        self.left = 0
        self.hit = False
        self.count = 0
        self.depth = 0

    @contextlib.contextmanager
    def planned(self, draw: random.Random, probability: float) -> Iterator[None]:
        """Within the block something may break, once: soon rather than late."""
        if self.depth:
            yield  # what may break around this is enough
            return
        self.hit = False
        if draw.random() >= probability:
            yield
            return
        self.depth = 1
        self.kind = draw.choice(KINDS)
        self.left = (
            draw.randint(1, 8)
            if self.kind == "disk"
            else draw.choice([draw.randint(1, 10), draw.randint(1, 60), draw.randint(1, 250)])
        )
        try:
            yield
        finally:
            self.kind, self.depth = None, 0

    def _strikes(self, *kinds: str) -> bool:
        if self.kind not in kinds or self.hit:
            return False
        self.left -= 1
        self.hit = self.left == 0
        return self.hit

    def at_statement(self, conn: Any, cursor: Any, *more: Any) -> None:
        self.count += 1
        if self._strikes("kill", "session"):
            if self.kind == "kill":
                raise Killed("at a statement")
            self._end_session(cursor.connection.info.backend_pid)

    def _end_session(self, backend_pid: int) -> None:
        administrator = psycopg2.connect(self.administrator_dsn)
        administrator.autocommit = True
        with administrator.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s, 5000)", (backend_pid,))
        administrator.close()

    def at_write(self, path: Any = None) -> None:
        if self._strikes("disk"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    @contextlib.contextmanager
    def possible(self) -> Iterator[None]:
        """Within the block all of it can break."""
        event.listen(Engine, "before_cursor_execute", self.at_statement)
        writes, temporary, replace = Path.write_bytes, tempfile.NamedTemporaryFile, Path.replace

        def write_bytes(path: Path, content: Any) -> int:
            self.at_write(path)
            return writes(path, content)

        def named(*args: Any, **more: Any) -> Any:
            self.at_write(more.get("dir"))
            return temporary(*args, **more)

        def replaced(path: Path, target: Any) -> Path:
            self.at_write(target)
            return replace(path, target)

        try:
            with (
                mock.patch.object(Path, "write_bytes", write_bytes),
                mock.patch.object(tempfile, "NamedTemporaryFile", named),
                mock.patch.object(Path, "replace", replaced),
            ):
                yield
        finally:
            event.remove(Engine, "before_cursor_execute", self.at_statement)
