"""DAG runs and backfills by the Airflow of a home that is up, through its API on loopback.

Whoever waits is told what for; whoever stops waiting is told what goes on.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from gettext import gettext as _
from typing import Any
from urllib.parse import urlencode

from lensan.domain.periods import ICT
from lensan.domain.settings import Settings
from lensan.operations.running import airflow_home
from lensan.operations.running.airflow_home import AirflowError, Say

POLL_S = 1.0
CANCEL_TRIES = 4
PATIENCE_S = 5.0
"""How long a run may be queued before the reason is told."""
DAG_TIMEOUT_S = 120.0
CONFLICT = 409


class RefusedError(AirflowError):
    """The API said no; ``status`` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def ask(
    base: str, method: str, path: str, body: Any = None, token: str | None = None
) -> dict[str, Any]:
    """One call of the server at ``base``. Raises RefusedError with the server's own words, OSError."""
    request = urllib.request.Request(  # noqa: S310
        f"{base}/{path}",
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
        said = error.read().decode(errors="replace")[:500]
        raise RefusedError(error.code, f"{method} {path}: {error.code} {said}") from error


@dataclass(frozen=True)
class Api:
    """The API of one home's Airflow, spoken to as its administrator."""

    base: str
    token: str

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One call below /api/v2. Raises RefusedError, OSError."""
        return ask(self.base, method, f"api/v2/{path}", body, self.token)

    def is_paused(self, dag_id: str) -> bool:
        """Whether a DAG is paused. Raises like ``call``."""
        return bool(self.call("GET", f"dags/{dag_id}")["is_paused"])

    def pause(self, dag_id: str, *, paused: bool) -> None:
        """Pause a DAG, or let it run. Raises like ``call``."""
        self.call("PATCH", f"dags/{dag_id}", {"is_paused": paused})


def entered(settings: Settings, env: dict[str, str]) -> Api:
    """The API of the home's services that are up, entered with its administrator's password."""
    base = env["AIRFLOW__API__BASE_URL"]
    credentials = {"username": "admin", "password": airflow_home.login(settings)["admin"]}
    return Api(base, str(ask(base, "POST", "auth/token", credentials)["access_token"]))


def answer_question(api: Api, dag_id: str, subject: str, option: str) -> int:
    """Answer the open questions of a DAG's runs that have a subject; returns how many. Raises like ``call``."""
    asked = api.call(
        "GET", f"dags/{dag_id}/dagRuns/~/hitlDetails?response_received=false&limit=100"
    )["hitl_details"]
    mine = [each["task_instance"] for each in asked if each["subject"] == subject]
    for task in mine:
        where = f"taskInstances/{task['task_id']}/{task['map_index']}/hitlDetails"
        api.call(
            "PATCH",
            f"dags/{dag_id}/dagRuns/{task['dag_run_id']}/{where}",
            {"chosen_options": [option], "params_input": {}},
        )
    return len(mine)


def wait_for_dag(api: Api, dag_id: str) -> None:
    """Until the DAG processor has read it. Raises AirflowError when it has not within two minutes."""
    deadline = time.monotonic() + DAG_TIMEOUT_S
    while True:
        try:
            api.call("GET", f"dags/{dag_id}")
        except AirflowError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_S)
        else:
            return


# ---------------------------------------------------------------- one run


def trigger(api: Api, dag_id: str, conf: dict[str, Any], *, say: Say = print) -> bool:
    """Run a DAG once by the services that are up, and wait; returns whether it succeeded.

    Stopped by the user, it cancels the run it queued, and says what it could not.
    """
    say(
        _("running {dag_id} {conf} in the Airflow that is up").format(
            dag_id=dag_id, conf=json.dumps(conf, ensure_ascii=False)
        )
    )
    run = api.call("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
    path = f"dags/{dag_id}/dagRuns/{run['dag_run_id']}"
    with _cancelled(api, dag_id, path, say):
        state = _followed(api, dag_id, path, say)
    if state == "failed":
        say(
            _("{dag_id} failed; see {base}/{path}").format(
                dag_id=dag_id, base=api.base, path=path.replace("dagRuns", "runs")
            )
        )
    return state == "success"


def _followed(api: Api, dag_id: str, path: str, say: Say) -> str:
    """Say what a run does until it ends; returns its last state."""
    said: set[str] = set()
    patient_until = time.monotonic() + PATIENCE_S
    while True:
        state = str(api.call("GET", path)["state"])
        for task in api.call("GET", f"{path}/taskInstances?limit=100")["task_instances"]:
            if task["state"] in ("success", "failed", "upstream_failed") and task["id"] not in said:
                said.add(task["id"])
                label = task["rendered_map_index"] or ""
                say(f"  {task['task_id']} {label}: {task['state']}".replace(" :", ":"))
        if state in ("success", "failed"):
            return state
        if state == "queued" and "queued" not in said and time.monotonic() > patient_until:
            said.add("queued")
            say(why_queued(api, dag_id))
        time.sleep(POLL_S)


@contextmanager
def _cancelled(api: Api, dag_id: str, path: str, say: Say) -> Iterator[None]:
    """End the run at ``path`` where the block is interrupted: nothing goes on that nobody waits for."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        try:
            _cancel(api, path)
            say(
                _(
                    "cancelled the run of {dag_id}; what it had published or mailed by then stays"
                ).format(dag_id=dag_id)
            )
        except (AirflowError, OSError) as error:
            say(_('the run of {dag_id} GOES ON and may publish and mail ({error}); stop it at {base}/{path}, or stop everything: make down').format(dag_id=dag_id, error=error, base=api.base, path=path.replace('dagRuns', 'runs')))  # fmt: skip
        raise


def _cancel(api: Api, path: str) -> None:
    """Mark a run as failed. Airflow refuses a change that meets its scheduler's of the same run: asked
    again, it takes it. Raises RefusedError, OSError when it does not."""
    for _try in range(CANCEL_TRIES - 1):
        try:
            api.call("PATCH", path, {"state": "failed"})
        except (AirflowError, OSError):
            time.sleep(POLL_S)
        else:
            return
    api.call("PATCH", path, {"state": "failed"})


def why_queued(api: Api, dag_id: str) -> str:
    """Why a run of a DAG has not begun, in words."""
    dag = api.call("GET", f"dags/{dag_id}")
    if dag["is_paused"]:
        return _(
            "waiting: {dag_id} is paused; switch it on in Airflow, or make down and try again"
        ).format(dag_id=dag_id)
    runs = api.call("GET", f"dags/{dag_id}/dagRuns?state=running&limit=100")["dag_runs"]
    if not runs:
        return _("waiting: the scheduler has not taken the run yet; is it alive? (lensan doctor)")
    others = ", ".join(f"{run['dag_run_id']} ({_doing(api, dag_id, run)})" for run in runs)
    return _("waiting for {number} other runs of {dag_id}: {others}").format(
        number=len(runs), dag_id=dag_id, others=others
    )


def _doing(api: Api, dag_id: str, run: dict[str, Any]) -> str:
    """What a run does now: the task it is at, and whether that waits for an answer."""
    path = f"dags/{dag_id}/dagRuns/{run['dag_run_id']}/taskInstances?limit=100"
    for task in api.call("GET", path)["task_instances"]:
        if task["state"] in ("awaiting_input", "deferred"):
            return _("waits for an answer to {task}: Required Actions").format(task=task["task_id"])
        if task["state"] == "running":
            return _("at {task}").format(task=task["task_id"])
    return _("running")


# ---------------------------------------------------------------- backfill


def backfill(
    api: Api,
    dag_id: str,
    first: datetime,
    last: datetime,
    conf: dict[str, Any],
    *,
    say: Say = print,
) -> bool:
    """Airflow's own backfill of the runs whose interval begins from ``first`` to ``last`` (aware), one
    after the other, oldest first; runs that succeeded before are left alone. Waits, and returns
    whether all are there. Needs the services to be up and the DAG not to be paused.

    Stopped by the user, it begins no further run and says which one still goes on. Raises AirflowError
    where another backfill of the DAG goes on.
    """
    body = {
        "dag_id": dag_id,
        "from_date": first.isoformat(),
        "to_date": last.isoformat(),
        "dag_run_conf": conf,
        "reprocess_behavior": "failed",
        "max_active_runs": 1,
    }
    try:
        number = api.call("POST", "backfills", body)["id"]
    except RefusedError as error:
        if error.status != CONFLICT:
            raise
        raise AirflowError(
            _(
                "another backfill of {dag_id} goes on, and there is one at a time: wait for its end, or end it at {base}/dags/{dag_id}/backfills"
            ).format(dag_id=dag_id, base=api.base)
        ) from error
    span = urlencode({"logical_date_gte": first.isoformat(), "logical_date_lte": last.isoformat()})
    runs = f"dags/{dag_id}/dagRuns?{span}&limit=100"
    try:
        return _backfilled(api, runs, say)
    except (KeyboardInterrupt, SystemExit):
        _end_backfill(api, number)
        for name in _periods(api.call("GET", f"{runs}&state=running")["dag_runs"]):
            say(
                _(
                    "{name} still goes on and publishes; stop it at {base}/dags/{dag_id}/runs"
                ).format(name=name, base=api.base, dag_id=dag_id)
            )
        say(_("no further week is begun; those that were published stay"))
        raise
    finally:
        # Marked as over: a DAG has one backfill at a time, and Airflow notices the end late.
        _end_backfill(api, number)


def _backfilled(api: Api, runs: str, say: Say) -> bool:
    """Say which run goes on and which ended until none is open; whether none failed."""
    said: set[str] = set()
    failed = 0
    while True:
        open_ = api.call("GET", f"{runs}&state=queued&state=running")
        done = api.call("GET", f"{runs}&state=success&state=failed&order_by=end_date")["dag_runs"]
        for run in done:
            if run["dag_run_id"] not in said:
                said.add(run["dag_run_id"])
                failed += run["state"] == "failed"
                [name] = _periods([run])
                say(
                    _("  {name}: {state}; {total_entries} to go").format(
                        name=name, state=run["state"], total_entries=open_["total_entries"]
                    )
                )
        for name in _periods([run for run in open_["dag_runs"] if run["state"] == "running"]):
            if name not in said:
                said.add(name)
                say(_("  {name}: begun").format(name=name))
        if not open_["total_entries"]:
            return not failed
        time.sleep(POLL_S)


def _periods(runs: Sequence[dict[str, Any]]) -> list[str]:
    """The due days (Asia/Ho_Chi_Minh) of runs, as 2021-11-18."""
    ends = [datetime.fromisoformat(run["data_interval_end"]).astimezone(ICT) for run in runs]
    return [f"{end:%Y-%m-%d}" for end in ends]


def _end_backfill(api: Api, number: int) -> None:
    with suppress(AirflowError, OSError):
        api.call("PUT", f"backfills/{number}/cancel")


def cancel_backfills(api: Api, dag_id: str) -> None:
    """End the backfills that a killed command left open."""
    for found in api.call("GET", f"backfills?dag_id={dag_id}")["backfills"]:
        if found["completed_at"] is None:
            api.call("PUT", f"backfills/{found['id']}/cancel")
