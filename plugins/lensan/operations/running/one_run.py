"""One run of a DAG in the foreground, without a scheduler: what `make report` does where nothing is up."""

from __future__ import annotations

import ast
import getpass
import json
import os
import re
import time
from collections.abc import Iterator
from gettext import gettext as _
from pathlib import Path
from typing import Any

from lensan.domain.settings import ONE_SHOT, Settings
from lensan.operations.running import airflow_home, processes
from lensan.operations.running.airflow_home import AirflowError, Say

_TASK_DONE = re.compile(r"Done\. Returned value was: (.*?) \[.*map_index=(-?\d+).* task_id=(\S+)")
_TASK_FAILED = re.compile(
    r"TaskInstance Finished: .*?task_id=(\S+),.*? map_index=(-?\d+),.* state=(failed|up_for_retry),"
)


def run_dag(
    settings: Settings,
    dag_id: str,
    conf: dict[str, Any],
    env: dict[str, str],
    *,
    say: Say = print,
) -> bool:
    """Run a DAG once, its tasks in processes of their own, and wait. Returns whether it succeeded;
    when not, the end of the failed task's log has been said.

    Needs no scheduler: `airflow dags test --use-executor` schedules in one process, and the tasks
    report to an execution API server that lives as long as the run. Waits for another such run of the home:
    two at once write the same rows of Airflow's.
    """

    def told() -> None:
        say(_("another report of this home is being made: waiting until it is done"))

    with processes.locked(settings.home / ".one-run.lock", on_wait=told):
        return _run_dag(settings, dag_id, conf, env, say)


def _run_dag(
    settings: Settings, dag_id: str, conf: dict[str, Any], env: dict[str, str], say: Say
) -> bool:
    env = {**env, ONE_SHOT: os.environ.get("SUDO_USER") or getpass.getuser()}
    say(
        _("starting Airflow, then {dag_id} {conf}").format(
            dag_id=dag_id, conf=json.dumps(conf, ensure_ascii=False)
        )
    )
    started = time.time()
    server = processes.spawn(
        settings, "execution-api", airflow_home.airflow("api-server", "--apps", "execution"), env
    )
    log_path = settings.logs / f"{dag_id}.log"
    log_path.unlink(missing_ok=True)
    command = airflow_home.airflow("dags", "test", dag_id, "--use-executor", "-c", json.dumps(conf))
    run = processes.spawn(settings, dag_id, command, env)
    try:
        code = _follow(run, server, log_path, settings, say)
    finally:
        processes.end(settings, run.key, patience_s=5)
        # It answers the tasks of this run only, and takes two seconds to take its leave.
        processes.end(settings, server.key, patience_s=0)
    if code != 0:
        say(_("{dag_id} failed; all of it: {log_path}").format(dag_id=dag_id, log_path=log_path))
        _say_failures(settings, dag_id, started, say)
    return code == 0


def _follow(
    run: processes.Started,
    server: processes.Started,
    log_path: Path,
    settings: Settings,
    say: Say,
) -> int:
    """Say what a run's log tells until it ends; returns its exit status."""
    label: dict[int, str] = {}
    with log_path.open(encoding="utf-8", errors="replace") as log:
        code = None
        rest = ""
        while code is None:
            code = run.process.poll()
            if code is None and server.process.poll() is not None:
                raise AirflowError(
                    _("the execution API server ended; see {logs}/execution-api.log").format(
                        logs=settings.logs
                    )
                )
            *lines, rest = (rest + log.read()).split("\n")
            for line in lines:
                if match := _TASK_DONE.search(line):
                    value, index, task = match.groups()
                    value = value.strip()
                    if value.startswith("["):
                        # What a task lists, the next one is mapped over.
                        label = dict(enumerate(ast.literal_eval(value)))
                elif match := _TASK_FAILED.search(line):
                    task, index, value = match.groups()
                else:
                    continue
                say(
                    f"  {task}{'' if index == '-1' else ' ' + str(label.get(int(index), index))}: {value}"
                )
            if code is None:
                time.sleep(0.2)
    return code


def _say_failures(settings: Settings, dag_id: str, since: float, say: Say) -> None:
    """The errors in the logs of the tasks of a run, the last lines of each."""
    folder = settings.logs / "airflow" / f"dag_id={dag_id}"
    for path in sorted(folder.glob("run_id=*/**/attempt=*.log")):
        if path.stat().st_mtime < since:
            continue
        lines = list(_errors(path))
        if lines:
            say(
                _("task {task}: {path}").format(
                    task=path.parent.relative_to(folder).as_posix().split("/", 1)[1], path=path
                )
            )
            for line in lines[-12:]:
                say(f"    {line}")


def _errors(path: Path) -> Iterator[str]:
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(text)
        except json.JSONDecodeError:
            continue
        if entry.get("level") not in ("error", "critical"):
            continue
        yield str(entry.get("event", ""))
        for error in entry.get("error_detail") or []:
            for frame in error.get("frames", [])[-4:]:
                yield f"{frame.get('filename')}:{frame.get('lineno')} in {frame.get('name')}"
            yield f"{error.get('exc_type')}: {error.get('exc_value')}"
