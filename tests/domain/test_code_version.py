"""Which code this is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lensan
from lensan.domain import code_version


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    code_version.code_version.cache_clear()
    yield
    code_version.code_version.cache_clear()


def test_an_image_says_which_commit_it_was_built_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(code_version.COMMIT, "1a2b3c")
    assert code_version.code_version() == f"{lensan.__version__}+1a2b3c"


def test_a_clone_asks_its_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(code_version.COMMIT, raising=False)
    assert re.fullmatch(
        re.escape(lensan.__version__) + r"(\+[0-9a-f]{40}(\.dirty)?)?", code_version.code_version()
    )


def test_without_a_repository_or_without_git_the_version_stands_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(code_version.COMMIT, raising=False)
    monkeypatch.setattr(code_version, "PROJECT", tmp_path)
    assert code_version.code_version() == lensan.__version__
    (tmp_path / ".git").mkdir()
    code_version.code_version.cache_clear()
    monkeypatch.setenv("PATH", "")
    assert code_version.code_version() == lensan.__version__
