"""A Thursday in one really running Airflow: nothing goes out that nobody asked for, what was asked for does.

The tests stand in the order of a new installation's first days: each finds what the ones before it left.
"""

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
from collections.abc import Iterator
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


def without_a_home() -> dict[str, str]:
    """The environment of a shell in which nothing of an installation is set."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "WAREHOUSE", "HOME_DIR"))
    }


class Airflow:
    """The system of `make up`, spoken to by its API as the officer's browser does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        started = self.make("up", "--paused")
        assert started.returncode == 0, started.stdout
        self.url = re.search(r"Airflow\s+(http\S+)", started.stdout)[1]  # type: ignore[index]
        user, password = re.search(r"login\s+(op) / (\S+)", started.stdout).groups()  # type: ignore[union-attr]
        self.token = ""
        self.token = self.call("/auth/token", {"username": user, "password": password})[
            "access_token"
        ]
        self.engine = warehouse.connect(embedded_postgres.start(settings(home)).url("warehouse"))

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A target of the Makefile, to its end."""
        started = self.begin(*arguments)
        out, _ = started.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, started.returncode, out, "")

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """A target of the Makefile, begun."""
        return subprocess.Popen(
            [sys.executable, "-m", "lensan.cli.home", "--home", str(self.home), *arguments],
            cwd=PROJECT, env=without_a_home(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            # As at a terminal: what a shell starts in the background does not hear of Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
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

    def trigger(self, dag: str = "weekly_report", **conf: Any) -> str:
        """Press *Trigger* with these fields filled in; returns the run's id."""
        body = {"logical_date": None, "conf": conf}
        return str(self.call(f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"])

    def answer(self, task: str, option: str, reason: str = "") -> None:
        """What the buttons of Required Actions send."""
        body = {"chosen_options": [option], "params_input": {"why": reason}}
        self.call(task, body, "PATCH")

    def asked(self, sql: str, **values: Any) -> Any:
        """Rows of the warehouse."""
        with self.engine.connect() as connection:
            return connection.execute(text(sql), values).all()

    def told(self, run: str, task: str) -> str:
        """The logs of all tries of a task of a weekly run, for who reads why a test failed."""
        folder = self.home / "logs" / "airflow" / "dag_id=weekly_report" / f"run_id={run}"
        logs = sorted(folder.glob(f"task_id={task}/*.log"))
        return "\n".join(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in logs)

    @property
    def mails(self) -> int:
        """How many mails have been sent so far."""
        return len(mailbox.Maildir(self.home / "mail", create=True).keys())

    def stop(self) -> None:
        self.make("down")


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """Freshly installed: all DAGs are paused, the warehouse is empty."""
    home = tmp_path_factory.mktemp("thursday") / "home"
    airflow = Airflow(home)
    try:
        airflow.wait_for("the DAG", lambda: airflow.call(WEEKLY))
        yield airflow
    finally:
        airflow.stop()
        embedded_postgres.remove(settings(home))


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of clean samples: those due on 21 and 28 October, 4 and 11 November 2021."""
    folder = tmp_path_factory.mktemp("office") / "landing"
    samples.write(folder, seed=4, weeks=4, order_lines=100, mess=False)
    return folder


WEEKLY, MONTHLY = "/api/v2/dags/weekly_report", "/api/v2/dags/monthly_report"
DONE = ("success", "failed")


def test_a_click_on_trigger_un_pauses_and_nothing_goes_out_that_nobody_asked_for(
    airflow: Airflow, landing: Path
) -> None:
    """The form's own values, with the tick that un-pauses the DAG: the scheduled run of the current week
    comes with it, on a warehouse that knows nothing of that week."""
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
    airflow.trigger(**conf)

    def ended() -> Any:
        runs = airflow.call(f"{WEEKLY}/dagRuns")["dag_runs"]
        kinds = {run["run_type"]: run for run in runs}
        if {"manual", "scheduled"} - set(kinds):
            return None
        waits = airflow.call(f"{WEEKLY}/dagRuns/~/taskInstances?state=awaiting_input")
        open_ = [run for run in runs if run["state"] not in DONE]
        return kinds if len(open_) <= waits["total_entries"] else None

    kinds = airflow.wait_for("both runs", ended)
    assert kinds["manual"]["state"] == "success"
    # The week that was asked for is published by the name of who asked; the current one is not.
    assert airflow.asked("select period, how, released_by, wants_mail from ops.release") == [
        ("2021-10-21", "operator", "op", False)
    ]
    assert airflow.asked("select period from ops.report") == [("2021-10-21",)]
    assert airflow.asked("select count(*) from ops.delivery") == [(0,)]
    assert airflow.mails == 0


def test_a_choice_is_one_of_three_words_or_what_scripts_wrote_before(airflow: Airflow) -> None:
    for given in ("maybe", 7):
        with pytest.raises(urllib.error.HTTPError) as refused:
            airflow.trigger(deliver=given)
        assert refused.value.code in (400, 422)


def others_go_on(airflow: Airflow, landing: Path) -> None:
    """An open question holds up nobody: not a week by hand, not the missed ones, not the next period."""
    following = airflow.trigger(period="2021-11-11", landing=str(landing), publish="không")
    for command in (
        ("report", "--week", "2021-10-28", "--landing", str(landing)),
        ("backfill", "--from", "2021-10-21", "--to", "2021-10-28", "--landing", str(landing)),
    ):
        done = airflow.make(*command)
        assert done.returncode == 0, done.stdout
    airflow.wait_for(
        "the next week", lambda: airflow.call(f"{WEEKLY}/dagRuns/{following}")["state"] in DONE
    )


def test_the_officer_says_not_yet_and_then_releases_a_past_week_while_others_go_on(
    airflow: Airflow, landing: Path
) -> None:
    week = "2021-11-04"
    run = airflow.trigger(period=week, landing=str(landing), wait_for_officer=True, deliver=True)
    task = f"{WEEKLY}/dagRuns/{run}/taskInstances/release/-1/hitlDetails"
    question = airflow.wait_for("the question to the officer", lambda: airflow.call(task))
    assert question["subject"] == f"Phát hành báo cáo {week}?"
    assert "| II.3. Gian hàng (Hộ) |" in question["body"]
    name = f"du-thao-bao-cao-tuan-{week}"
    for suffix, label in (("pdf", "PDF"), ("xlsx", "Excel")):
        assert f"[{label}](/board/draft/week/{week}/{name}.{suffix})" in question["body"]
    assert question["options"] == ["Phát hành", "Chưa phát hành"]
    assert (airflow.home / "reports" / "du-thao" / "week" / week / f"{name}.pdf").exists()

    others_go_on(airflow, landing)
    assert not (airflow.home / "reports" / "week" / week).exists()

    airflow.answer(task, "Chưa phát hành", "chờ Voso")

    def noted() -> Any:
        return airflow.asked("select said_by, reason from ops.not_yet where period = :p", p=week)

    assert airflow.wait_for("the word of the officer", noted) == [("op", "chờ Voso")]
    airflow.wait_for("the question again", lambda: not airflow.call(task)["response_received"])
    assert airflow.call(f"{WEEKLY}/dagRuns/{run}")["state"] == "running"
    assert not (airflow.home / "reports" / "week" / week).exists()

    def answer_and_look() -> str | None:
        # An officer answers what is asked, also a second time (see decision 9).
        if not airflow.call(task)["response_received"]:
            airflow.answer(task, "Phát hành")
        state = airflow.call(f"{WEEKLY}/dagRuns/{run}")["state"]
        return state if state in DONE else None

    state = airflow.wait_for("the end of the run", answer_and_look)
    assert state == "success", airflow.told(run, "release")
    assert airflow.mails == 2  # of the week that waited, and of the one reported meanwhile
    assert airflow.asked(
        "select period, how, released_by, wants_mail from ops.release order by period"
    ) == [
        ("2021-10-21", "operator", "op", False),
        ("2021-10-28", "operator", "admin", True),
        (week, "officer", "op", True),
    ]
    assert airflow.asked(
        "select actor from ops.audit where action = 'report.release' order by audit_id"
    ) == [("op",), ("admin",), ("op",)]


def test_a_month_that_has_not_ended_and_has_nothing_in_it_is_not_released_by_a_click(
    airflow: Airflow,
) -> None:
    """What is doubtful stands above the button; the button does not do what may not be."""
    airflow.wait_for("the monthly DAG", lambda: airflow.call(MONTHLY))
    airflow.call(MONTHLY, {"is_paused": False}, "PATCH")
    month = f"{datetime.now(ICT):%Y-%m}"
    run = airflow.trigger("monthly_report", period=month, wait_for_officer=True)
    task = f"{MONTHLY}/dagRuns/{run}/taskInstances/release/-1/hitlDetails"
    question = airflow.wait_for("the question to the officer", lambda: airflow.call(task))
    last_day = periods.parse("month", month).last_day
    assert f"**Kỳ này kết thúc hết ngày {last_day:%d/%m/%Y}**" in question["body"]
    assert "**Không tự phát hành:**" in question["body"]
    asked_by_hand = airflow.trigger("monthly_report", period=month, publish="có")
    airflow.answer(task, "Phát hành")
    airflow.wait_for("the question again", lambda: not airflow.call(task)["response_received"])
    by_hand = f"{MONTHLY}/dagRuns/{asked_by_hand}"
    airflow.wait_for("the other run", lambda: airflow.call(by_hand)["state"] in DONE)
    assert airflow.asked("select * from ops.report where report_kind = 'month'") == []
    assert airflow.asked("select * from ops.release where report_kind = 'month'") == []
    airflow.call(f"{MONTHLY}/dagRuns/{run}", {"state": "failed"}, "PATCH")
    airflow.call(by_hand, {"state": "failed"}, "PATCH")


def test_an_interrupted_make_report_cancels_what_it_queued(airflow: Airflow, landing: Path) -> None:
    def manual() -> Any:
        runs = airflow.call(f"{WEEKLY}/dagRuns?run_type=manual&state=queued&state=running")
        return runs["dag_runs"] and runs["dag_runs"][0]

    assert not manual()
    started = airflow.begin("report", "--week", "2021-11-11", "--landing", str(landing))
    run = airflow.wait_for("the run", manual)
    started.send_signal(signal.SIGINT)
    said, _ = started.communicate(timeout=60)
    assert started.returncode == 130, said
    assert "cancelled the run of weekly_report" in said
    assert airflow.call(f"{WEEKLY}/dagRuns/{run['dag_run_id']}")["state"] == "failed"
    assert airflow.asked("select * from ops.report where period = '2021-11-11'") == []


def test_a_release_by_command_closes_the_question_that_waits_for_it(
    airflow: Airflow, landing: Path
) -> None:
    week = "2021-11-11"
    run = airflow.trigger(period=week, landing=str(landing), wait_for_officer=True)
    task = f"{WEEKLY}/dagRuns/{run}/taskInstances/release/-1/hitlDetails"
    airflow.wait_for("the question to the officer", lambda: airflow.call(task))
    command = ["release", "week", week, "--by", "Nguyễn Văn An", "--no-mail", "--home"]
    done = subprocess.run(
        [sys.executable, "-m", "lensan.cli", *command, str(airflow.home)],
        cwd=PROJECT, env=without_a_home(), text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    state = airflow.wait_for(
        "the end of the run",
        lambda: (s := airflow.call(f"{WEEKLY}/dagRuns/{run}")["state"]) in DONE and s,
    )
    assert state == "success", airflow.told(run, "release")
    found = "select released_by, how from ops.release where period = :p"
    assert airflow.asked(found, p=week) == [("Nguyễn Văn An", "operator")]


def test_a_mistyped_home_makes_no_warehouse_beside_the_one_that_is_up(
    airflow: Airflow, tmp_path: Path
) -> None:
    mistyped = tmp_path / "hmoe"
    for command in (
        ("lensan.cli.home", "backfill", "--from", "2021-10-21", "--to", "2021-10-28"),
        ("lensan.cli", "files"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=PROJECT, text=True, capture_output=True, check=False,
            env=without_a_home() | {"HOME_DIR": str(mistyped)},
        )  # fmt: skip
        assert done.returncode != 0
        assert "there is no home" in " ".join((done.stdout + done.stderr).split())
    assert not mistyped.exists()
