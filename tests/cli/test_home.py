"""A home is made by setting up and by nothing else; whoever waits for a run is told what for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import COMMANDS
from typer.testing import CliRunner

from lensan.cli import app, home, runs
from lensan.domain import settings
from lensan.domain.periods import ICT
from lensan.domain.settings import PROJECT
from lensan.operations import report_runs
from lensan.operations.running import airflow_api, at_work, embedded_postgres, processes
from lensan.operations.running.airflow_api import Api, RefusedError

WEEK = ("week", "2021-12-09")
BY, REASON = ("--by", "A"), ("--reason", "x")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "backup": ("--to", "{}/copies"),
    "dictionary": ("--out", "{}/out"),
    "export": (*WEEK, "--out", "{}/out"),
    "feedback": ("1",),
    "figures": WEEK,
    "units": ("--week", WEEK[1]),
    "form-link": (WEEK[1],),
    "forms": (WEEK[1], "--out", "{}/out"),
    "forget": ("--list",),
    "signature sign": (*WEEK, "--with", "{}/o.p12", "--out", "{}/out", "--password", "x"),
    "signature take": (*WEEK, "{}/signed.pdf"),
    "signature trust": ("{}/ca.pem",),
    "signature distrust": ("x",),
    "trace": (*WEEK, "II.3"),
    "release": (*WEEK, *BY),
    "notices resend": ("key",),
    "duplicates show": ("1",),
    "duplicates same": ("1", *BY),
    "duplicates different": ("1", *BY),
    "duplicates undo": ("1", *BY),
    "quarantine show": ("1",),
    "quarantine export": ("{}/held.csv",),
    "alarms ack": ("key", *BY),
    "addresses add": ("a@example.vn", "ha-long"),
    "addresses remove": ("a@example.vn",),
    "pace": WEEK,
    "difficulties add": ("193", "x"),
    "difficulties sort": ("1", "--theme", "other"),
    "difficulties answer": ("1", "x"),
    "forecast acknowledge": ("1", "so-cong-thuong"),
    "forecast promise-link": ("buu-dien-tinh",),
    "worklist sheet": ("--unit", "193", "--out", "{}/todo.xlsx"),
    "addresses page": ("a@example.vn",),
    "unit-page write": (*WEEK, "--out", "{}/out"),
    "unit-page send": WEEK,
    "duties note": (
        "ke-hoach-dia-phuong",
        "193",
        "once",
        "--reference",
        "12/KH",
        "--on",
        "2021-11-10",
    ),
    "requests add": ("copy", "--reference", "HS-1"),
    "requests acknowledge": ("1",),
    "requests extend": ("1", *REASON),
    "requests answer": ("1", "--outcome", "done", "--answer", "x"),
    "requests copy": ("1", "--to", "{}/copy.xlsx", "--producer", "1"),
    "adhoc new": ("--from", "2021-11-01", "--to", "2021-11-09", "--title", "A", *REASON),
    "adhoc show": ("2021-1",),
    "adhoc trace": ("2021-1", "II.3"),
    "adhoc mail": ("2021-1", "a@example.vn"),
    "quality show": ("figures.jump",),
    "quality trend": ("figures.jump",),
    "quality accept": ("1", *BY, *REASON),
    "quality project": ("{}/gx", "--week", WEEK[1]),
    "report show": WEEK,
    "report proof": (*WEEK, "--to", "{}/proof"),
    "report covering": (*WEEK, "--out", "{}/out"),
    "report diff": WEEK,
    "report publish": WEEK,
    "report correct": (*WEEK, *REASON),
    "deliver list": WEEK,
    "deliver resend": (*WEEK, "a@example.vn"),
    "deliver confirm": (*WEEK, "a@example.vn"),
    "roles grant": ("a", "lensan_analyst"),
    "roles revoke": ("a", "lensan_analyst"),
}
SETTING_UP = {"restore", "samples", "province", "duties plan"}
"""Commands that make a home, or that need none."""


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is not there, in an environment that names no other warehouse."""
    for name in ("WAREHOUSE_URL", "AIRFLOW_CONN_WAREHOUSE", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AIRFLOW_CONN_SMTP_DEFAULT", raising=False)
    return tmp_path / "lensan-du-leiu"


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if not {c[0], " ".join(c)} & SETTING_UP], ids=" ".join
)
def test_a_mistyped_home_is_told_and_not_made(
    nowhere: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    given = [word.format(tmp_path) for word in ARGUMENTS.get(" ".join(command), ())]
    result = CliRunner().invoke(app, [*command, *given, "--home", str(nowhere)])
    assert result.exit_code == 1, result.output
    said = " ".join(result.output.split())
    assert "there is no home" in said and str(nowhere) in said.replace(" ", "")
    assert "make up" in said
    assert not nowhere.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["down"],
        ["stop"],
        ["backfill", "--from", "2021-10-21", "--to", "2021-10-28"],
        ["report", "--week", "2021-11-18", "--landing", "."],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_target_that_does_not_set_up_makes_no_home(
    nowhere: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert home.main(["--home", str(nowhere), *arguments]) == 2
    assert f"there is no home in {nowhere}" in capsys.readouterr().out
    assert not nowhere.exists()


# ---------------------------------------------------------------- who waits is told


class Airflow:
    """An API that answers from a script: one answer per call, the last one for ever."""

    def __init__(self, answers: dict[str, list[Any]]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.calls.append((method, path, body))
        key = next(key for key in self.answers if key in f"{method} {path}")
        answers = self.answers[key]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


def api(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[Any]]) -> tuple[Api, Airflow]:
    airflow = Airflow(answers)
    monkeypatch.setattr(Api, "call", lambda self, *arguments: airflow.call(*arguments))
    monkeypatch.setattr(airflow_api, "POLL_S", 0)
    monkeypatch.setattr(airflow_api, "PATIENCE_S", -1)
    return Api("http://127.0.0.1:1", "token"), airflow


def test_who_waits_for_other_runs_is_told_at_once_for_which(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asking = {"task_instances": [{"state": "awaiting_input", "task_id": "release", "id": "1"}]}
    reached, _ = api(
        monkeypatch,
        {
            "POST": [{"dag_run_id": "mine"}],
            "GET dags/weekly_report/dagRuns/mine/task": [{"task_instances": []}],
            "GET dags/weekly_report/dagRuns/mine": [{"state": "queued"}, {"state": "success"}],
            "GET dags/weekly_report/dagRuns/other/task": [asking],
            "GET dags/weekly_report/dagRuns?": [{"dag_runs": [{"dag_run_id": "other"}]}],
            "GET dags/weekly_report": [{"is_paused": False}],
        },
    )
    said: list[str] = []
    assert airflow_api.trigger(reached, "weekly_report", {}, say=said.append)
    assert [line for line in said if "waiting" in line] == [
        "waiting for 1 other runs of weekly_report: other "
        "(waits for an answer to release: Required Actions)"
    ]


def test_a_report_that_is_interrupted_cancels_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    reached, airflow = api(
        monkeypatch,
        {
            "POST": [{"dag_run_id": "mine"}],
            "GET": [KeyboardInterrupt()],
            "PATCH": [{}],
        },
    )
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        airflow_api.trigger(reached, "weekly_report", {}, say=said.append)
    assert airflow.calls[-1] == ("PATCH", "dags/weekly_report/dagRuns/mine", {"state": "failed"})
    assert "cancelled the run" in said[-1]


def test_a_run_that_cannot_be_cancelled_is_told_with_the_way_to_stop_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, _ = api(
        monkeypatch,
        {
            "POST": [{"dag_run_id": "mine"}],
            "GET": [KeyboardInterrupt()],
            "PATCH": [OSError("gone")],
        },
    )
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        airflow_api.trigger(reached, "weekly_report", {}, say=said.append)
    assert "GOES ON" in said[-1] and "/dags/weekly_report/runs/mine" in said[-1]
    assert "make down" in said[-1]


THURSDAY = {"dag_run_id": "b", "data_interval_end": "2021-11-03T17:00:00Z", "state": "running"}
SPAN = (datetime(2021, 10, 21, tzinfo=ICT), datetime(2021, 10, 28, tzinfo=ICT))


def test_a_backfill_that_is_interrupted_says_which_week_still_publishes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached, airflow = api(
        monkeypatch,
        {
            "POST": [{"id": 7}],
            "state=queued": [{"dag_runs": [THURSDAY], "total_entries": 1}, KeyboardInterrupt()],
            "state=success": [{"dag_runs": []}],
            "state=running": [{"dag_runs": [THURSDAY]}],
            "PUT": [{}],
        },
    )
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        airflow_api.backfill(reached, "weekly_report", *SPAN, {}, say=said.append)
    assert said[0] == "  2021-11-04: begun"
    assert "2021-11-04 still goes on and publishes" in said[1]
    assert ("PUT", "backfills/7/cancel", None) in airflow.calls


def test_a_second_backfill_is_told_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    reached, _ = api(monkeypatch, {"POST": [RefusedError(409, "AlreadyRunningBackfill")]})
    with pytest.raises(airflow_api.AirflowError, match="another backfill of weekly_report goes on"):
        airflow_api.backfill(reached, "weekly_report", *SPAN, {}, say=print)


def test_a_release_by_command_answers_the_question_of_its_own_period_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = [
        {
            "subject": report_runs.QUESTION.format(period=week),
            "task_instance": {"dag_run_id": f"of-{week}", "task_id": "release", "map_index": -1},
        }
        for week in ("2021-11-11", "2021-11-18")
    ]
    reached, airflow = api(monkeypatch, {"GET": [{"hitl_details": asked}], "PATCH": [{}]})
    subject = report_runs.QUESTION.format(period="2021-11-18")
    assert airflow_api.answer_question(reached, "weekly_report", subject, "Phát hành") == 1
    assert airflow.calls[1:] == [
        (
            "PATCH",
            "dags/weekly_report/dagRuns/of-2021-11-18/taskInstances/release/-1/hitlDetails",
            {"chosen_options": ["Phát hành"], "params_input": {}},
        )
    ]


@pytest.mark.parametrize(
    ("command", "held_by"),
    [
        (["demo"], "make report"),
        (["demo"], "make demo"),
        (["report", "--week", "2021-11-18", "--landing", "."], "make demo"),
        (["backfill", "--from", "2021-10-21", "--to", "2021-10-28"], "make demo"),
        (["up"], "make demo"),
    ],
    ids=lambda given: given if isinstance(given, str) else given[0],
)
def test_who_comes_second_is_told_who_is_at_work_and_touches_nothing(
    nowhere: Path, command: list[str], held_by: str
) -> None:
    ours = settings.settings(nowhere)
    embedded_postgres._state_path(ours).parent.mkdir(parents=True)
    embedded_postgres._state_path(ours).write_text('{"password": "x"}', encoding="utf-8")
    words = [sys.executable, "-m", "lensan.cli.home", "--home", str(nowhere), *command]
    since = datetime(2021, 11, 18, 9, 30, tzinfo=ICT)
    environment = {**os.environ, "LANGUAGE": "en"}
    with (
        at_work.holding(ours, held_by, alone=held_by == "make demo", say=print, since=since),
        subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            # A run in the background hands on that it ignores Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        ) as second,
    ):
        assert second.stdout is not None
        said = next(line for line in second.stdout if "is at work" in line)
        assert f"{held_by} is at work in {nowhere} since 09:30:00 (process {os.getpid()})" in said
        second.send_signal(signal.SIGINT)
        assert "interrupted" in second.stdout.read()
    assert second.returncode == 130
    assert not (nowhere / "landing").exists()
    assert not (nowhere / "province").exists()


def test_reports_are_made_side_by_side_and_a_killed_command_keeps_nobody_out(
    nowhere: Path,
) -> None:
    ours = settings.settings(nowhere)
    held: dict[str, Any] = {"say": pytest.fail, "since": datetime(2021, 11, 18, tzinfo=ICT)}
    processes.write_json(
        ours.run / "at-work" / "1.json", {"pid": 1, "started_at": -1, "command": "make demo"}
    )
    with at_work.holding(ours, "make report", **held), at_work.holding(ours, "make up", **held):
        pass
    with at_work.holding(ours, "make demo", alone=True, **held):
        assert [one["command"] for one in at_work._others(ours)] == ["make demo"]
    assert at_work._others(ours) == []


def test_a_report_makes_a_home_only_where_no_path_is_mistyped(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "bao-cao.xlsx").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    assert runs._is_meant(tmp_path / "empty")
    assert runs._is_meant(PROJECT / ".lensan")
    assert not runs._is_meant(tmp_path / "files")
    assert not runs._is_meant(tmp_path / "nowhere")
