"""A Thursday in a really running Airflow: the draft is shown, the officer releases it, it is mailed."""

from __future__ import annotations

import json
import mailbox
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from lensan import samples, warehouse
from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres

pytestmark = pytest.mark.system
PATIENCE_S = 240.0


class Airflow:
    """The system of `make up`, spoken to by its API as the officer's browser does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        started = self._command("up")
        assert started.returncode == 0, started.stdout + started.stderr
        self.url = re.search(r"Airflow\s+(http\S+)", started.stdout)[1]  # type: ignore[index]
        user, password = re.search(r"login\s+(op) / (\S+)", started.stdout).groups()  # type: ignore[union-attr]
        self.token = ""
        self.token = self.call("/auth/token", {"username": user, "password": password})[
            "access_token"
        ]

    def _command(self, command: str) -> subprocess.CompletedProcess[str]:
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR"))
        }
        return subprocess.run(
            [sys.executable, "-m", "lensan.cli.home", "--home", str(self.home), command],
            cwd=PROJECT, env=clean, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def call(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def wait_for(self, what: str, look: Any) -> Any:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                if found := look():
                    return found
            except urllib.error.HTTPError as error:
                if error.code not in (404, 409):
                    raise
            time.sleep(1)
        raise AssertionError(f"{what} did not come within {PATIENCE_S} s")

    def stop(self) -> None:
        self._command("down")


@pytest.fixture
def airflow(tmp_path: Path):
    airflow = Airflow(tmp_path / "home")
    yield airflow
    airflow.stop()
    embedded_postgres.remove(settings(tmp_path / "home"))


def test_the_officer_releases_the_draft_in_airflow(airflow: Airflow, tmp_path: Path) -> None:
    samples.write(tmp_path / "landing", seed=4, weeks=2, order_lines=100, mess=False)
    # A week that is not due yet, so that the officer still has time.
    week = periods.week_of(datetime.now(ICT).date()).next()
    dag = "/api/v2/dags/weekly_report"
    airflow.wait_for("the DAG", lambda: airflow.call(dag))
    airflow.call(dag, {"is_paused": False}, "PATCH")
    run = airflow.call(
        f"{dag}/dagRuns",
        {
            "logical_date": None,
            "conf": {
                "period": week.name,
                "landing": str(tmp_path / "landing"),
                "wait_for_officer": True,
                "deliver": True,
            },
        },
    )["dag_run_id"]
    at = f"{dag}/dagRuns/{run}"
    task = f"{at}/taskInstances/release/-1/hitlDetails"
    asked = airflow.wait_for("the question to the officer", lambda: airflow.call(task))
    assert asked["subject"] == f"Phát hành báo cáo {week.name}?"
    assert "| II.3. Gian hàng (Hộ) |" in asked["body"]
    assert asked["options"] == ["Phát hành"]
    drafts = tmp_path / "home" / "reports" / "du-thao" / "week" / week.name
    assert (drafts / f"du-thao-bao-cao-tuan-{week.name}.pdf").exists()
    assert not (tmp_path / "home" / "reports" / "week" / week.name).exists()

    def answer_and_look() -> str | None:
        # An officer answers what is asked, also a second time; Airflow may lose an answer that comes
        # right after the task was parked, and the next try is given it
        # (docs/decisions/0009-reminders-answers-second-line.md).
        if not airflow.call(task)["response_received"]:
            airflow.call(task, {"chosen_options": ["Phát hành"], "params_input": {}}, "PATCH")
        state = airflow.call(at)["state"]
        return state if state in ("success", "failed") else None

    state = airflow.wait_for("the end of the run", answer_and_look)
    tasks = {
        t["task_id"]: t["state"] for t in airflow.call(f"{at}/taskInstances")["task_instances"]
    }
    assert state == "success", tasks
    box = mailbox.Maildir(tmp_path / "home" / "mail", create=True)
    assert len(box.keys()) == 1
    engine = warehouse.connect(
        embedded_postgres.start(settings(tmp_path / "home")).url("warehouse")
    )
    with engine.connect() as connection:
        released = connection.execute(
            text("select how, released_by from ops.release where period = :period"),
            {"period": week.name},
        ).one()
    assert released == ("officer", "op")
