"""Airflow of one home: the environment of its processes, its secrets, its database, its connections."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from gettext import gettext as _
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, create_engine, func, inspect, select
from sqlalchemy.pool import NullPool

from lensan.domain.settings import PROJECT, Settings
from lensan.operations.running import embedded_postgres, processes

Say = Callable[[str], None]


class AirflowError(RuntimeError):
    """Airflow did not do what was asked; the message says where to look."""


# What an installation may set differently by an AIRFLOW__… variable of its own.
PREFERRED = {
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__PARALLELISM": "4",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,op:op,viewer:viewer",
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__API__INSTANCE_NAME": "Lên Sàn",
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
    # So long a task that is over may hold its place: its end is noticed at the next heartbeat.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
}
# Nothing calls home, nothing of a home leaves loopback.
QUIET = {
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "SCARF_ANALYTICS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PYTHONUNBUFFERED": "1",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}


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
        **PREFERRED,
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet"],
        "AIRFLOW__API__SECRET_KEY": keys["api"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
    }
    fixed = {
        **QUIET,
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
    """The command line of Airflow's own command in this environment."""
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
        say(_("preparing Airflow's database"))
        done = subprocess.run(
            airflow("db", "migrate"),
            env=env,
            capture_output=True,
            text=True,
            check=False,
            cwd=PROJECT,
        )
        if done.returncode != 0:
            raise AirflowError(
                _("airflow db migrate failed:\n{said}").format(said=done.stderr[-2000:])
            )
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
    `make up` while it runs. Changes the environment of this process. Raises PostgresError, of a
    home that was never made as NoHomeError.
    """
    os.environ.setdefault("AIRFLOW_HOME", str(settings.airflow))
    wanted = [name for name in names if not os.environ.get(f"AIRFLOW_CONN_{name.upper()}")]
    if not wanted:
        return
    metadata_url = os.environ.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN")
    if not metadata_url:
        if settings.warehouse_url and not embedded_postgres.is_made(settings):
            return  # somebody else's server, and an Airflow that is not ours
        metadata_url = embedded_postgres.reopen(settings).url("airflow")
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
