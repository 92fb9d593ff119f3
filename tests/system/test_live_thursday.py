"""A Thursday in a really running Airflow: the draft is shown, the officer releases it, it is mailed."""

from __future__ import annotations

import json
import mailbox
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from lensan import samples, warehouse
from lensan.domain.settings import PROJECT, settings
from lensan.operations.running import embedded_postgres

pytestmark = pytest.mark.system
PATIENCE_S = 240.0


class Airflow:
    """The system of `make up`, spoken to by its API as the officer's browser does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        started = self.make("up")
        assert started.returncode == 0, started.stdout
        self.url = re.search(r"Airflow\s+(http\S+)", started.stdout)[1]  # type: ignore[index]
        user, password = re.search(r"login\s+(op) / (\S+)", started.stdout).groups()  # type: ignore[union-attr]
        self.token = ""
        self.token = self.call("/auth/token", {"username": user, "password": password})[
            "access_token"
        ]

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A target of the Makefile, to its end."""
        started = self.begin(*arguments)
        out, _ = started.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, started.returncode, out, "")

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A target of the Makefile, begun."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR"))
        }
        return subprocess.Popen(
            [sys.executable, "-m", "lensan.cli.home", "--home", str(self.home), *arguments],
            cwd=PROJECT, env=clean, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
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
        self.make("down")


@pytest.fixture
def airflow(tmp_path: Path):
    airflow = Airflow(tmp_path / "home")
    yield airflow
    airflow.stop()
    embedded_postgres.remove(settings(tmp_path / "home"))


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """Two weeks of clean samples: those due on 21 and 28 October 2021."""
    samples.write(tmp_path / "landing", seed=4, weeks=2, order_lines=100, mess=False)
    return tmp_path / "landing"


def asked(engine: Engine, sql: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(sql), values).all()


WEEKLY = "/api/v2/dags/weekly_report"


def answer(airflow: Airflow, task: str, option: str, reason: str = "") -> None:
    """What the buttons of Required Actions send."""
    body = {"chosen_options": [option], "params_input": {"why": reason}}
    airflow.call(task, body, "PATCH")


def refuses_what_is_no_choice(airflow: Airflow) -> None:
    """What scripts wrote before there were words is understood; a word that is none is not."""
    for given in ("maybe", 7):
        with pytest.raises(urllib.error.HTTPError) as refused:
            airflow.call(f"{WEEKLY}/dagRuns", {"logical_date": None, "conf": {"deliver": given}})
        assert refused.value.code in (400, 422)


def test_the_officer_says_not_yet_and_then_releases_a_past_week_while_others_go_on(
    airflow: Airflow, landing: Path, tmp_path: Path
) -> None:
    airflow.wait_for("the DAG", lambda: airflow.call(WEEKLY))
    airflow.call(WEEKLY, {"is_paused": False}, "PATCH")
    refuses_what_is_no_choice(airflow)
    week = "2021-10-28"
    conf = {"period": week, "landing": str(landing), "wait_for_officer": True, "deliver": True}
    run = airflow.call(f"{WEEKLY}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]
    task = f"{WEEKLY}/dagRuns/{run}/taskInstances/release/-1/hitlDetails"
    question = airflow.wait_for("the question to the officer", lambda: airflow.call(task))
    assert question["subject"] == f"Phát hành báo cáo {week}?"
    assert "| II.3. Gian hàng (Hộ) |" in question["body"]
    name = f"du-thao-bao-cao-tuan-{week}"
    assert f"[PDF](/board/draft/week/{week}/{name}.pdf)" in question["body"]
    assert question["options"] == ["Phát hành", "Chưa phát hành"]
    assert (tmp_path / "home" / "reports" / "du-thao" / "week" / week / f"{name}.pdf").exists()

    # The open question holds up nobody: another week is reported meanwhile.
    other = airflow.make("report", "--week", "2021-10-21", "--landing", str(landing))
    assert other.returncode == 0, other.stdout
    assert not (tmp_path / "home" / "reports" / "week" / week).exists()

    engine = warehouse.connect(
        embedded_postgres.start(settings(tmp_path / "home")).url("warehouse")
    )
    time.sleep(3)  # Airflow may lose an answer that comes right after the task was parked
    answer(airflow, task, "Chưa phát hành", "chờ Voso")

    def noted() -> Any:
        return asked(engine, "select said_by, reason from ops.not_yet where period = :p", p=week)

    assert airflow.wait_for("the word of the officer", noted) == [("op", "chờ Voso")]
    airflow.wait_for("the question again", lambda: not airflow.call(task)["response_received"])
    assert airflow.call(f"{WEEKLY}/dagRuns/{run}")["state"] == "running"
    time.sleep(3)

    def answer_and_look() -> str | None:
        # An officer answers what is asked, also a second time (see decision 9).
        if not airflow.call(task)["response_received"]:
            answer(airflow, task, "Phát hành")
        state = airflow.call(f"{WEEKLY}/dagRuns/{run}")["state"]
        return state if state in ("success", "failed") else None

    state = airflow.wait_for("the end of the run", answer_and_look)
    tasks = {
        t["task_id"]: t["state"]
        for t in airflow.call(f"{WEEKLY}/dagRuns/{run}/taskInstances")["task_instances"]
    }
    assert state == "success", tasks
    box = mailbox.Maildir(tmp_path / "home" / "mail", create=True)
    assert len(box.keys()) == 2  # of the week that waited, and of the one reported meanwhile
    released = asked(engine, "select how, released_by from ops.release where period = :p", p=week)
    assert released == [("officer", "op")]
    assert asked(
        engine, "select actor from ops.audit where action = 'report.release' order by audit_id"
    ) == [("admin",), ("op",)]


def test_a_click_on_trigger_un_pauses_and_nothing_goes_out_that_nobody_asked_for(
    airflow: Airflow, landing: Path, tmp_path: Path
) -> None:
    """The form's own values, with the tick that un-pauses the DAG: the scheduled run of the current week
    comes with it, on a warehouse that knows nothing of that week."""
    airflow.wait_for("the DAG", lambda: airflow.call(WEEKLY))
    form = airflow.call(f"{WEEKLY}/details")["params"]
    assert form["publish"]["schema"]["enum"] == ["theo lịch", "có", "không"]
    conf = {name: param["value"] for name, param in form.items()}
    conf |= {"period": "2021-10-21", "landing": str(landing)}
    assert (conf["publish"], conf["deliver"], conf["correct"]) == (
        "theo lịch",
        "theo lịch",
        "không",
    )
    airflow.call(WEEKLY, {"is_paused": False}, "PATCH")
    airflow.call(f"{WEEKLY}/dagRuns", {"logical_date": None, "conf": conf})

    def ended() -> Any:
        runs = airflow.call(f"{WEEKLY}/dagRuns")["dag_runs"]
        kinds = {run["run_type"]: run for run in runs}
        if {"manual", "scheduled"} - set(kinds):
            return None
        done = {"success", "failed"}
        waits = airflow.call(f"{WEEKLY}/dagRuns/~/taskInstances?state=awaiting_input")
        open_ = [run for run in runs if run["state"] not in done]
        return kinds if len(open_) <= waits["total_entries"] else None

    kinds = airflow.wait_for("both runs", ended)
    assert kinds["manual"]["state"] == "success"
    engine = warehouse.connect(
        embedded_postgres.start(settings(tmp_path / "home")).url("warehouse")
    )
    # The week that was asked for is published by the name of who asked; the current one is not.
    assert asked(engine, "select period, how, released_by, wants_mail from ops.release") == [
        ("2021-10-21", "operator", "op", False)
    ]
    assert asked(engine, "select period from ops.report") == [("2021-10-21",)]
    assert asked(engine, "select count(*) from ops.delivery") == [(0,)]


def test_an_interrupted_make_report_cancels_what_it_queued(airflow: Airflow, landing: Path) -> None:
    airflow.wait_for("the DAG", lambda: airflow.call(WEEKLY))
    airflow.call(WEEKLY, {"is_paused": False}, "PATCH")
    started = airflow.begin("report", "--week", "2021-10-21", "--landing", str(landing))

    def manual() -> Any:
        runs = airflow.call(f"{WEEKLY}/dagRuns?run_type=manual")["dag_runs"]
        return runs and runs[0]

    run = airflow.wait_for("the run", manual)
    started.send_signal(signal.SIGINT)
    said, _ = started.communicate(timeout=60)
    assert started.returncode == 130, said
    assert "cancelled the run of weekly_report" in said
    assert airflow.call(f"{WEEKLY}/dagRuns/{run['dag_run_id']}")["state"] == "failed"
