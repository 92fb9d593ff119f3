"""The profile celery: ingestion and report spread over two workers, one of them killed in the middle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import compose
import pytest
from office_server import RECIPIENTS, Server, expected_figures, server
from sqlalchemy import Engine

pytestmark = pytest.mark.system
WEEK = "2021-10-28"
SOURCES = ("postmart", "voso", "registry", "wallets")
WORKERS = {"worker-1", "worker-2"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with server(folder, "celery", LENSAN_EXECUTOR="CeleryExecutor") as made:
        yield made


def test_ingestion_is_spread_over_both_workers(running: Server) -> None:
    runs = [running.start(f"ingest_{source}", {}) for source in SOURCES]
    assert {running.wait(run) for run in runs} == {"success"}
    done = {task["hostname"] for run in runs for task in running.tasks(run)}
    assert done == WORKERS


def test_a_worker_killed_in_the_middle_changes_nothing_but_the_time(
    running: Server, warehouse_engine: Engine, tmp_path: Path
) -> None:
    run = running.start("weekly_report", {"period": WEEK, "publish": True, "deliver": True})
    worker = running.project.container("worker", 1)
    caught = kill_while_working(running, run, worker)
    killed_at = time.monotonic()
    assert running.wait(run, patience_s=400) == "success", running.tasks(run)
    print(f"{caught} killed; the report was out {time.monotonic() - killed_at:.0f} s later")

    tasks = {(t["task_id"], t["map_index"]): t for t in running.tasks(run)}
    for key in caught:
        assert tasks[key]["try_number"] == 2 and tasks[key]["hostname"] == "worker-2"
    others = {t["try_number"] for key, t in tasks.items() if key not in caught and t["hostname"]}
    assert others == {1}
    assert running.figures(WEEK) == expected_figures(
        warehouse_engine, running.folder / "landing", WEEK, tmp_path
    )
    names = {path.name for path in (running.home / "reports" / "week" / WEEK).iterdir()}
    assert f"bao-cao-tuan-{WEEK}.xlsx" in names and not any("-dc1" in name for name in names)
    assert len(running.mails()) == len(RECIPIENTS)
    sent = running.project.run("lensan", "deliver", "list", "week", WEEK, "--json")
    assert sent.count('"sent"') == len(RECIPIENTS)


def kill_while_working(
    running: Server, run: str, worker: compose.Container
) -> set[tuple[str, int]]:
    """Kill a worker at a moment when it works on tasks of the run; returns these."""
    host = f"{worker.name}-{worker.number}"
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if not _working(running, run, host):
            continue
        # It must not end meanwhile: held, looked at once more, killed.
        worker.hold()
        time.sleep(0.3)
        if caught := _working(running, run, host):
            worker.kill()
            return caught
        worker.go_on()
    raise AssertionError(f"{host} had nothing to do")


def _working(running: Server, run: str, host: str) -> set[tuple[str, int]]:
    return {
        (task["task_id"], task["map_index"])
        for task in running.tasks(run)
        if task["state"] == "running" and task["hostname"] == host
    }
