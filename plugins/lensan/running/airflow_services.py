"""Airflow of one home: its environment, its processes, and a DAG run in the foreground.

The processes are started one by one, each in its own process group: `airflow standalone` ignores
SIGINT and leaves its children behind.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lensan.running import processes
from lensan.settings import PROJECT, Settings

SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer")
HEALTHY_TIMEOUT_S = 120.0
Say = Callable[[str], None]


class AirflowError(RuntimeError):
    """Airflow did not do what was asked; the message says where to look."""


def environment(
    settings: Settings,
    *,
    metadata_url: str,
    warehouse_url: str,
    smtp_uri: str | None,
    api_port: int,
) -> dict[str, str]:
    """What every Airflow process of this home needs. What the caller's environment sets wins."""
    keys = _secrets(settings)
    url = f"http://127.0.0.1:{api_port}"
    wanted = {
        "AIRFLOW_HOME": str(settings.airflow),
        "HOME_DIR": str(settings.home),
        "LANDING_ROOT": str(settings.landing),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,op:op,viewer:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(
            settings.airflow / "passwords.json"
        ),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": _driver(metadata_url),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(api_port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": keys["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.logs / "airflow"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__API__INSTANCE_NAME": "Lên Sàn",
        "AIRFLOW_CONN_WAREHOUSE": warehouse_url,
        "SCARF_ANALYTICS": "false",
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if smtp_uri is not None:
        wanted["AIRFLOW_CONN_SMTP_DEFAULT"] = smtp_uri
    return {**wanted, **os.environ}


def _driver(url: str) -> str:
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", url)


def _secrets(settings: Settings) -> dict[str, str]:
    """Keys and passwords of this home, made once, readable by its owner only."""
    path = settings.airflow / "secrets.json"
    known = processes.read_json(path)
    if not known:
        known = {
            "fernet": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            "jwt": secrets.token_urlsafe(48),
            "api": secrets.token_urlsafe(48),
        }
        processes.write_json(path, known)
    passwords = settings.airflow / "passwords.json"
    if not passwords.exists():
        processes.write_json(
            passwords, {user: secrets.token_urlsafe(12) for user in ("admin", "op", "viewer")}
        )
    return known


def login(settings: Settings) -> dict[str, str]:
    """User → password of this home's Airflow."""
    return processes.read_json(settings.airflow / "passwords.json")


def airflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *arguments]


def migrate(settings: Settings, env: dict[str, str]) -> None:
    """`airflow db migrate`, unless this home was migrated by this very version."""
    from importlib.metadata import version

    stamp = settings.airflow / "migrated.json"
    now = {
        "version": version("apache-airflow-core"),
        "database": env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].rsplit("@")[-1].split("/")[-1],
    }
    if processes.read_json(stamp) == now:
        return
    done = subprocess.run(
        airflow("db", "migrate"), env=env, capture_output=True, text=True, check=False, cwd=PROJECT
    )
    if done.returncode != 0:
        raise AirflowError(f"airflow db migrate failed:\n{done.stderr[-2000:]}")
    processes.write_json(stamp, now)


def spawn(
    settings: Settings, name: str, arguments: list[str], env: dict[str, str]
) -> dict[str, int]:
    """Start one process in its own group, its output in HOME_DIR/logs/<name>.log."""
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            arguments,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=PROJECT,
        )
    return processes.record_of(process.pid)


def wait_healthy(url: str, record: dict[str, Any], log: Path) -> None:
    """Wait until a service answers. Raises AirflowError when it died or took too long."""
    deadline = time.monotonic() + HEALTHY_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        if not processes.is_running(record):
            raise AirflowError(f"a service ended while starting; see {log}")
        time.sleep(0.2)
    raise AirflowError(f"no answer from {url} within {HEALTHY_TIMEOUT_S:.0f} s; see {log}")


# ---------------------------------------------------------------- one run in the foreground

_TASK_LINE = re.compile(r"task_id=(\S+).*?state=(\S+)")


def run_dag(
    settings: Settings,
    dag_id: str,
    conf: dict[str, Any],
    env: dict[str, str],
    *,
    say: Say = print,
) -> bool:
    """Run a DAG once, its tasks in processes of their own, and wait. Returns whether all succeeded.

    `airflow dags test --use-executor` schedules in our process; the tasks report to an execution
    API server that lives as long as the run.
    """
    url = env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"]
    say("starting Airflow")
    server = spawn(settings, "execution-api", airflow("api-server", "--apps", "execution"), env)
    try:
        wait_healthy(f"{url}health", server, settings.logs / "execution-api.log")
        say(f"running {dag_id} {json.dumps(conf, ensure_ascii=False)}")
        log_path = settings.logs / f"{dag_id}.log"
        with log_path.open("w", encoding="utf-8") as log:
            run = subprocess.Popen(
                airflow("dags", "test", dag_id, "--use-executor", "-c", json.dumps(conf)),
                env={**env, "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                cwd=PROJECT,
                start_new_session=True,
            )
            try:
                assert run.stdout is not None
                for line in run.stdout:
                    log.write(line)
                    if (
                        "Marking run" in line
                        or "TaskInstance Finished" in line
                        or "Task finished" in line
                    ):
                        _progress(line, say)
                code = run.wait()
            except BaseException:
                processes.stop_group(processes.record_of(run.pid), first=signal.SIGINT)
                raise
        if code != 0:
            say(f"{dag_id} failed; see {log_path}")
        return code == 0
    finally:
        processes.stop_group(server)


def _progress(line: str, say: Say) -> None:
    match = _TASK_LINE.search(line)
    if match:
        say(f"  {match[1]}: {match[2].strip(',')}")


# ---------------------------------------------------------------- the whole system


def up(settings: Settings, env: dict[str, str], *, say: Say = print) -> None:
    """Start api-server, scheduler, DAG processor and triggerer, unless they run."""
    state_path = settings.airflow / "services.json"
    state = processes.read_json(state_path)
    for name in SERVICES:
        if processes.is_running(state.get(name)):
            continue
        say(f"starting {name}")
        state[name] = spawn(settings, name, airflow(name), env)
        processes.write_json(state_path, state)
    wait_healthy(
        f"{env['AIRFLOW__API__BASE_URL']}/api/v2/monitor/health",
        state["api-server"],
        settings.logs / "api-server.log",
    )


def down(settings: Settings, *, say: Say = print) -> None:
    """Stop them, the scheduler first, so that it starts no more tasks."""
    state_path = settings.airflow / "services.json"
    state = processes.read_json(state_path)
    for name in ("scheduler", "triggerer", "dag-processor", "api-server"):
        if processes.is_running(state.get(name)):
            say(f"stopping {name}")
            processes.stop_group(state[name])
    processes.write_json(state_path, {})
