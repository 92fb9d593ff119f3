"""The first `make up`: what is safe runs, analysts read and change nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from lensan import warehouse
from lensan.domain.settings import settings
from lensan.operations.running import airflow_api, first_start
from lensan.operations.running.airflow_api import Api


@pytest.mark.parametrize(("own_mail", "left"), [(False, set()), (True, {"ingest_districts"})])
def test_only_what_publishes_nothing_is_switched_on_and_only_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_mail: bool, left: set[str]
) -> None:
    changed: list[str] = []

    def call(_api: Api, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if method == "PATCH":
            assert body == {"is_paused": False}
            changed.append(path.removeprefix("dags/"))
        return {}

    monkeypatch.setattr(Api, "call", call)
    monkeypatch.setattr(airflow_api, "entered", lambda *_: Api("http://127.0.0.1:1", "token"))
    for _ in range(2):
        first_start.switch_on(settings(tmp_path), {}, writes_to_others=own_mail, say=lambda _: None)
    assert len(changed) == len(set(changed)) > 5
    assert all(dag.startswith("ingest_") or dag == "warehouse_maintenance" for dag in changed)
    assert left.isdisjoint(changed)


def test_analysts_read_mart_and_neither_change_it_nor_see_a_person(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, warehouse_engine: Engine
) -> None:
    monkeypatch.delenv("WAREHOUSE_URL", raising=False)
    monkeypatch.delenv("AIRFLOW_CONN_WAREHOUSE", raising=False)
    url = warehouse_engine.url.render_as_string(hide_password=False)
    address = first_start.reader(settings(tmp_path), url)
    assert address is not None
    assert address == first_start.reader(settings(tmp_path), url), "the same at every start"
    assert (tmp_path / "analysts.json").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "analysts.json").read_text())["password"] in address
    analyst = warehouse.connect(address)
    with analyst.begin() as connection:
        connection.execute(text("select count(*) from mart.indicator_published"))
    for refused in (
        "delete from mart.indicator_published",
        "select * from core.producer_member",
        "select * from raw.source_row",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            analyst.begin() as connection,
        ):
            connection.execute(text(refused))


def test_the_logins_of_somebody_elses_server_are_not_ours(tmp_path: Path) -> None:
    home = settings(tmp_path)
    theirs = type(home)(home.home, home.landing, "postgresql://u:p@127.0.0.1:1/warehouse")
    assert first_start.reader(theirs, "postgresql://u:p@127.0.0.1:1/warehouse") is None
    assert not (tmp_path / "analysts.json").exists()
