"""What `make demo` says when its home is there already."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from lensan.cli import demo, runs
from lensan.domain import settings
from lensan.operations.running import preparation


def test_a_second_run_says_what_it_does_not_do_again(
    sample_warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = settings.settings(tmp_path)
    (tmp_path / "demo" / "world").mkdir(parents=True)
    url = sample_warehouse.url.render_as_string(hide_password=False)
    said: list[str] = []
    monkeypatch.setattr(preparation, "databases", lambda *_, **__: nullcontext((url, "")))
    monkeypatch.setattr(demo, "say", said.append)

    def refused(*_: Any) -> None:
        raise AssertionError("the weeks before are taken in again")

    monkeypatch.setattr(demo, "_weeks_before", refused)
    monkeypatch.setattr(runs, "publish", lambda *_: (True, False))
    assert demo.demo(home) == 1  # nothing is published by the run above
    assert any("not done again: the sample inputs" in line for line in said)
