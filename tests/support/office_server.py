"""A server of the compose file as its administrator sees it: secrets made, services up, a report run."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import compose
from sqlalchemy import Engine
from taking_in import take_in

from lensan import samples
from lensan.domain import periods
from lensan.domain.periods import ICT
from lensan.domain.settings import PROJECT
from lensan.reports import publishing

RECIPIENTS = ("lanh-dao@example.vn", "van-phong@example.vn")
# What example.env says of the mail catcher, read from there.
_EXAMPLE = dict(
    line.lstrip("#").split("=", 1)
    for line in (PROJECT / "deploy" / "example.env").read_text(encoding="utf-8").splitlines()
    if "=" in line
)
_CALL = """
import json, sys, urllib.error, urllib.request
url, method, token, body = json.load(sys.stdin)
request = urllib.request.Request(
    url, method=method, data=None if body is None else json.dumps(body).encode(),
    headers={"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})},
)
try:
    with urllib.request.urlopen(request, timeout=60) as answer:
        print(json.dumps([answer.status, answer.read().decode()]))
except urllib.error.HTTPError as error:
    print(json.dumps([error.code, error.read().decode()]))
"""


class Server:
    def __init__(self, project: compose.Compose, folder: Path) -> None:
        self.project = project
        self.folder = folder
        self.token = ""

    @property
    def home(self) -> Path:
        return self.folder / "compose" / "volumes" / "home"

    def secret(self, name: str) -> str:
        return (self.folder / "secrets" / name).read_text().strip()

    def call(self, path: str, body: Any = None, method: str | None = None) -> tuple[int, Any]:
        """One call of Airflow's API, from the watchdog's container: status and answer."""
        question = [
            f"http://api-server:8080{path}",
            method or ("GET" if body is None else "POST"),
            self.token,
            body,
        ]
        answer = self.project.container("watchdog").exec(
            "python", "-c", _CALL, stdin=json.dumps(question)
        )
        assert answer.returncode == 0, answer.stderr
        status, text = json.loads(answer.stdout)
        with contextlib.suppress(json.JSONDecodeError):
            text = json.loads(text)
        return status, text

    def log_in(self) -> None:
        credentials = {"username": "admin", "password": self.secret("airflow_admin_password")}
        status, answer = self.call("/auth/token", credentials)
        assert status == 201, answer
        self.token = answer["access_token"]

    def ok(self, path: str, body: Any = None, method: str | None = None) -> Any:
        status, answer = self.call(path, body, method)
        assert status in (200, 201), (path, status, answer)
        return answer

    def start(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Switch a DAG on, as soon as it is known, and run it; returns the run's path."""
        end = time.monotonic() + 120
        while self.call(f"/api/v2/dags/{dag_id}")[0] != 200:
            assert time.monotonic() < end, f"{dag_id} is not known"
            time.sleep(1)
        self.ok(f"/api/v2/dags/{dag_id}", {"is_paused": False}, "PATCH")
        run = self.ok(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
        return f"/api/v2/dags/{dag_id}/dagRuns/{run['dag_run_id']}"

    def tasks(self, run: str) -> list[dict[str, Any]]:
        return list(self.ok(f"{run}/taskInstances?limit=100")["task_instances"])

    def wait(self, run: str, patience_s: float = 300) -> str:
        end = time.monotonic() + patience_s
        while (state := self.ok(run)["state"]) not in ("success", "failed"):
            assert time.monotonic() < end, [(t["task_id"], t["state"]) for t in self.tasks(run)]
            time.sleep(1)
        return str(state)

    def figures(self, week: str) -> list[dict[str, Any]]:
        path = self.home / "reports" / "week" / week / "figures.json"
        return list(json.loads(path.read_text(encoding="utf-8"))["figures"])

    def mails(self) -> list[Path]:
        return sorted((self.home / "mail" / "new").glob("*"))


def expected_figures(
    engine: Engine, landing: Path, week: str, folder: Path
) -> list[dict[str, Any]]:
    """The same files taken in and published by the library, without Airflow."""
    now = datetime.now(ICT)
    take_in(engine, landing, folder / "raw", moment=now)
    publishing.freeze(engine, periods.parse("week", week), folder / "reports", moment=now)
    path = folder / "reports" / "week" / week / "figures.json"
    return list(json.loads(path.read_text(encoding="utf-8"))["figures"])


@contextlib.contextmanager
def server(folder: Path, *profiles: str, **environment: str) -> Iterator[Server]:
    """All services of the profiles up and healthy, two recipients, two weeks in the landing root."""
    secrets = folder / "secrets"
    subprocess.run(
        [PROJECT / "deploy" / "make-secrets.sh", secrets], check=True, capture_output=True
    )
    # A password as people choose them.
    for name in ("airflow_db_password", "warehouse_password"):
        (secrets / name).unlink()
        (secrets / name).write_text("p@ss/w:%r$d 'q\"\\\n", encoding="utf-8")
    samples.write(folder / "landing", seed=4, weeks=2, order_lines=150, mess=True)
    given = {
        "SECRETS_DIR": str(secrets),
        "LANDING_ROOT": str(folder / "landing"),
        "AIRFLOW_CONN_SMTP_DEFAULT": _EXAMPLE["AIRFLOW_CONN_SMTP_DEFAULT"],
        **environment,
    }
    with compose.project(folder / "compose", given, "dev", *profiles) as project:
        project.up()
        for name, service in project.services.items():
            if "healthcheck" in service:
                project.wait_healthy(name)
        for address in RECIPIENTS:
            project.run("lensan", "recipients", "--add", address, "--kind", "week")
        made = Server(project, folder)
        made.log_in()
        yield made
