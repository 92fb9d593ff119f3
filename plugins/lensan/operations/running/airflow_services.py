"""Airflow of one home: its environment, its processes, and DAG runs in the foreground.

The processes are started one by one, each in its own session: `airflow standalone` ignores SIGINT
and leaves its children behind.
"""

from __future__ import annotations

import ast
import base64
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import MetaData, Table, create_engine, func, inspect, select
from sqlalchemy.pool import NullPool

from lensan.domain.periods import ICT
from lensan.domain.settings import ONE_SHOT, PROJECT, Settings
from lensan.operations.running import embedded_postgres, processes

# In the order of starting; stopped the other way round, so that the scheduler starts no more tasks.
SERVICES = ("api-server", "triggerer", "dag-processor", "scheduler")
HEALTHY_TIMEOUT_S = 180.0
POLL_S = 1.0
Say = Callable[[str], None]


class AirflowError(RuntimeError):
    """Airflow did not do what was asked; the message says where to look."""


def environment(
    settings: Settings,
    *,
    metadata_url: str,
    warehouse_url: str,
    smtp: str | None,
    api_port: int,
    dags: Path = PROJECT / "dags",
) -> dict[str, str]:
    """What every Airflow process of this home needs.

    The caller's AIRFLOW__… settings win, save those that make the home a home: two homes never share
    anything. ``smtp``: connection ``smtp_default``; null when the installation has its own.
    """
    keys = _secrets(settings)
    url = f"http://127.0.0.1:{api_port}"
    preferred = {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,op:op,viewer:viewer",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet"],
        "AIRFLOW__API__SECRET_KEY": keys["api"],
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__INSTANCE_NAME": "Lên Sàn",
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "2",
        # Lineage is off until somebody sets a transport, metrics until somebody sets STATSD_ON.
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "lensan",
        "AIRFLOW__OPENLINEAGE__DISABLE_SOURCE_CODE": "True",
        "AIRFLOW__METRICS__STATSD_PREFIX": "lensan",
        # A task waits for the API server, which starts at the same time as the first tasks.
        "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "60",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MIN": "0.5",
        "AIRFLOW__WORKERS__EXECUTION_API_RETRY_WAIT_MAX": "1",
    }
    fixed = {
        "HOME_DIR": str(settings.home),
        "LANDING_ROOT": str(settings.landing),
        "AIRFLOW_HOME": str(settings.airflow),
        "AIRFLOW_CONN_WAREHOUSE": warehouse_url,
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords_path(settings)),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": _with_driver(metadata_url),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(api_port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.logs / "airflow"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    if smtp is not None:
        fixed["AIRFLOW_CONN_SMTP_DEFAULT"] = smtp
    return {**preferred, **os.environ, **fixed}


def _with_driver(url: str) -> str:
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", url)


def _secrets(settings: Settings) -> dict[str, str]:
    """Keys and passwords of this home, made once, readable by its owner only."""
    path = settings.airflow / "secrets.json"
    with processes.locked(settings.airflow / "secrets.lock"):
        known = processes.read_json(path)
        if not known:
            known = {
                "fernet": base64.urlsafe_b64encode(os.urandom(32)).decode(),
                "jwt": secrets.token_urlsafe(48),
                "api": secrets.token_urlsafe(48),
            }
            processes.write_json(path, known)
        if not _passwords_path(settings).exists():
            users = ("admin", "op", "viewer")
            processes.write_json(
                _passwords_path(settings), {user: secrets.token_urlsafe(12) for user in users}
            )
    return known


def _passwords_path(settings: Settings) -> Path:
    return settings.airflow / "passwords.json"


def login(settings: Settings) -> dict[str, str]:
    """User → password of this home's Airflow."""
    return processes.read_json(_passwords_path(settings))


def airflow(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "airflow", *arguments]


# ---------------------------------------------------------------- metadata


@contextmanager
def _metadata(url: str, table: str) -> Iterator[tuple[Any, Any]]:
    """A connection to Airflow's database and one of its tables; null when it is not there."""
    engine = create_engine(_with_driver(url), poolclass=NullPool)
    with engine.connect() as connection:
        known = inspect(connection).has_table(table)
        yield connection, Table(table, MetaData(), autoload_with=connection) if known else None


def migrate(settings: Settings, env: dict[str, str], *, say: Say = print) -> None:
    """`airflow db migrate`, unless this version of Airflow has migrated this database before."""
    stamp = settings.airflow / "migrated.json"
    url = env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    with processes.locked(settings.airflow / "migrate.lock"):
        known = processes.read_json(stamp)
        now = version("apache-airflow-core")
        if known and known == {"version": now, "revision": _revision(url)}:
            return
        say("preparing Airflow's database")
        done = subprocess.run(
            airflow("db", "migrate"),
            env=env,
            capture_output=True,
            text=True,
            check=False,
            cwd=PROJECT,
        )
        if done.returncode != 0:
            raise AirflowError(f"airflow db migrate failed:\n{done.stderr[-2000:]}")
        processes.write_json(stamp, {"version": now, "revision": _revision(url)})


def _revision(url: str) -> str | None:
    with _metadata(url, "alembic_version") as (connection, table):
        return None if table is None else connection.execute(select(table)).scalar()


def has_connection(url: str, connection_id: str) -> bool:
    """Whether somebody has saved a connection of that name in Airflow's database."""
    with _metadata(url, "connection") as (connection, table):
        if table is None:
            return False
        count = select(func.count()).where(table.c.conn_id == connection_id)
        return bool(connection.execute(count).scalar())


def has_own_mail(metadata_url: str) -> bool:
    """Whether the installation sends its mails itself: connection smtp_default is set."""
    return bool(os.environ.get("AIRFLOW_CONN_SMTP_DEFAULT")) or has_connection(
        metadata_url, "smtp_default"
    )


def smtp_connection(port: int) -> str:
    """The local mail catcher as Airflow's connection."""
    extra = {"disable_ssl": True, "disable_tls": True, "from_email": "bao-cao@lensan.example"}
    return json.dumps({"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra})


def see_connections(settings: Settings, names: Iterable[str] = ("smtp_default",)) -> None:
    """Let this process, which is no task, see the connections ``names`` as the home's tasks see them.

    Those of the environment; else those saved in Airflow's database; else, for mails, the catcher of
    `make up` while it runs. Changes the environment of this process. Raises PostgresError.
    """
    os.environ.setdefault("AIRFLOW_HOME", str(settings.airflow))
    wanted = [name for name in names if not os.environ.get(f"AIRFLOW_CONN_{name.upper()}")]
    if not wanted:
        return
    metadata_url = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    metadata_url = metadata_url or embedded_postgres.start(settings).url("airflow")
    port = processes.read_json(settings.run / "ports" / "up.json").get("smtp")
    saved = [name for name in wanted if has_connection(metadata_url, name)]
    if saved:
        os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = _with_driver(metadata_url)
        if "AIRFLOW__CORE__FERNET_KEY" not in os.environ:
            os.environ["AIRFLOW__CORE__FERNET_KEY"] = _secrets(settings)["fernet"]
        # Only what Airflow takes for a server looks into its database.
        os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    is_without_mail = "smtp_default" in wanted and "smtp_default" not in saved
    if is_without_mail and port and processes.is_running(processes.kept(settings, "mail-catcher")):
        os.environ["AIRFLOW_CONN_SMTP_DEFAULT"] = smtp_connection(port)


# ---------------------------------------------------------------- one run in the foreground

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
    report to an execution API server that lives as long as the run.
    """
    env = {**env, ONE_SHOT: "1"}
    say(f"starting Airflow, then {dag_id} {json.dumps(conf, ensure_ascii=False)}")
    started = time.time()
    server = processes.spawn(
        settings, "execution-api", airflow("api-server", "--apps", "execution"), env
    )
    log_path = settings.logs / f"{dag_id}.log"
    log_path.unlink(missing_ok=True)
    command = airflow("dags", "test", dag_id, "--use-executor", "-c", json.dumps(conf))
    run = processes.spawn(settings, dag_id, command, env)
    try:
        code = _follow(run, server, log_path, settings, say)
    finally:
        processes.end(settings, run.key, patience_s=5)
        processes.end(settings, server.key, patience_s=5)
    if code != 0:
        say(f"{dag_id} failed; all of it: {log_path}")
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
                    f"the execution API server ended; see {settings.logs}/execution-api.log"
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
            say(f"task {path.parent.relative_to(folder).as_posix().split('/', 1)[1]}: {path}")
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


# ---------------------------------------------------------------- the whole system


def up(
    settings: Settings, env: dict[str, str], *, outlives_us: bool = True, say: Say = print
) -> None:
    """Start what of the services does not run and wait until all are healthy.

    Raises AirflowError when one ends while starting, naming its log; the others go on.
    """
    with processes.locked(settings.run / "up.lock"):
        for name in SERVICES:
            if not processes.is_running(processes.kept(settings, name)):
                processes.end(settings, name)
                say(f"starting {name}")
                processes.spawn(
                    settings, name, airflow(name), env, key=name, outlives_us=outlives_us
                )
        deadline = time.monotonic() + HEALTHY_TIMEOUT_S
        while not _is_healthy(env):
            dead = [name for name, alive in status(settings).items() if not alive]
            if dead:
                raise AirflowError(
                    f"{dead[0]} ended while starting; see {settings.logs}/{dead[0]}.log"
                )
            if time.monotonic() > deadline:
                raise AirflowError(
                    f"Airflow is not healthy after {HEALTHY_TIMEOUT_S:.0f} s; see {settings.logs}"
                )
            time.sleep(0.5)


def _is_healthy(env: dict[str, str]) -> bool:
    try:
        health = _call(env, "GET", "monitor/health")
    except (AirflowError, OSError):
        return False
    return all(
        health.get(part, {}).get("status") == "healthy"
        for part in ("metadatabase", "scheduler", "triggerer", "dag_processor")
    )


def status(settings: Settings) -> dict[str, bool]:
    """Which services run, by name."""
    return {name: processes.is_running(processes.kept(settings, name)) for name in SERVICES}


def down(settings: Settings, *, say: Say = print) -> None:
    """Stop them, the scheduler first; also what remains of one that was killed."""
    with processes.locked(settings.run / "up.lock"):
        for name in reversed(SERVICES):
            if processes.kept(settings, name):
                say(f"stopping {name}")
                processes.end(settings, name)


def _call(
    env: dict[str, str], method: str, path: str, body: Any = None, token: str | None = None
) -> dict[str, Any]:
    """One call of Airflow's API on loopback. Raises AirflowError with the server's own words."""
    base = env["AIRFLOW__API__BASE_URL"]
    request = urllib.request.Request(  # noqa: S310
        f"{base}/{path}" if path.startswith("auth/") else f"{base}/api/v2/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        raise AirflowError(
            f"{method} {path}: {error.code} {error.read().decode(errors='replace')[:500]}"
        ) from error


def _token(settings: Settings, env: dict[str, str]) -> str:
    credentials = {"username": "admin", "password": login(settings)["admin"]}
    return str(_call(env, "POST", "auth/token", credentials)["access_token"])


def trigger(
    settings: Settings, dag_id: str, conf: dict[str, Any], env: dict[str, str], *, say: Say = print
) -> bool:
    """Like ``run_dag``, by the services that are up: two schedulers must not work on one run."""
    token = _token(settings, env)
    say(f"running {dag_id} {json.dumps(conf, ensure_ascii=False)} in the Airflow that is up")
    run = _call(env, "POST", f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf}, token)
    path = f"dags/{dag_id}/dagRuns/{run['dag_run_id']}"
    said: set[str] = set()
    while True:
        state = _call(env, "GET", path, token=token)["state"]
        for task in _call(env, "GET", f"{path}/taskInstances?limit=100", token=token)[
            "task_instances"
        ]:
            if task["state"] in ("success", "failed", "upstream_failed") and task["id"] not in said:
                said.add(task["id"])
                label = task["rendered_map_index"] or ""
                say(f"  {task['task_id']} {label}: {task['state']}".replace(" :", ":"))
        if state in ("success", "failed"):
            if state == "failed":
                say(f"{dag_id} failed; see {env['AIRFLOW__API__BASE_URL']}/dags/{dag_id}")
            return bool(state == "success")
        time.sleep(POLL_S)


def is_paused(settings: Settings, dag_id: str, env: dict[str, str]) -> bool:
    return bool(_call(env, "GET", f"dags/{dag_id}", token=_token(settings, env))["is_paused"])


def backfill(
    settings: Settings,
    dag_id: str,
    first: datetime,
    last: datetime,
    conf: dict[str, Any],
    env: dict[str, str],
    *,
    say: Say = print,
) -> bool:
    """Airflow's own backfill of the runs whose interval begins from ``first`` to ``last`` (aware), one
    after the other, oldest first; runs that succeeded before are left alone. Waits, and returns
    whether all are there. Needs the services to be up and the DAG not to be paused.
    """
    token = _token(settings, env)
    body = {
        "dag_id": dag_id,
        "from_date": first.isoformat(),
        "to_date": last.isoformat(),
        "dag_run_conf": conf,
        "reprocess_behavior": "failed",
        "max_active_runs": 1,
    }
    number = _call(env, "POST", "backfills", body, token)["id"]
    span = urlencode({"logical_date_gte": first.isoformat(), "logical_date_lte": last.isoformat()})
    runs = f"dags/{dag_id}/dagRuns?{span}&limit=100"
    said: set[str] = set()
    failed = 0
    try:
        while True:
            open_ = _call(env, "GET", f"{runs}&state=queued&state=running", token=token)
            done = _call(
                env, "GET", f"{runs}&state=success&state=failed&order_by=end_date", token=token
            )["dag_runs"]
            for run in done:
                if run["dag_run_id"] not in said:
                    said.add(run["dag_run_id"])
                    end = datetime.fromisoformat(run["data_interval_end"]).astimezone(ICT)
                    failed += run["state"] == "failed"
                    say(f"  {end:%Y-%m-%d}: {run['state']}; {open_['total_entries']} to go")
            if not open_["total_entries"]:
                return not failed
            time.sleep(POLL_S)
    finally:
        # Marked as over: a DAG has one backfill at a time, and Airflow notices the end late.
        with suppress(AirflowError, OSError):
            _call(env, "PUT", f"backfills/{number}/cancel", token=token)


def cancel_backfills(settings: Settings, dag_id: str, env: dict[str, str]) -> None:
    """End the backfills that a killed command left open."""
    token = _token(settings, env)
    for found in _call(env, "GET", f"backfills?dag_id={dag_id}", token=token)["backfills"]:
        if found["completed_at"] is None:
            _call(env, "PUT", f"backfills/{found['id']}/cancel", token=token)


def pause(settings: Settings, dag_id: str, env: dict[str, str], *, paused: bool) -> None:
    _call(env, "PATCH", f"dags/{dag_id}", {"is_paused": paused}, _token(settings, env))


def wait_for_dag(settings: Settings, dag_id: str, env: dict[str, str]) -> None:
    """Until the DAG processor has read it. Raises AirflowError when it has not within two minutes."""
    token = _token(settings, env)
    deadline = time.monotonic() + 120
    while True:
        try:
            _call(env, "GET", f"dags/{dag_id}", token=token)
        except AirflowError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
        else:
            return
