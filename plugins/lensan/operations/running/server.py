"""What the containers of a server run: `python -m lensan.operations.running.server run COMMAND…|prepare|health NAME`.

Secrets are files below SECRETS_DIR (default /run/secrets, where Compose and Kubernetes put them).
They are read when a process starts and stand in no image, no compose file and no `docker inspect`.
What the environment says itself wins, so a secret may also come from there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

# Variable → the secret that is its value.
VALUES = {
    "AIRFLOW__CORE__FERNET_KEY": "fernet_key",
    "AIRFLOW__API__SECRET_KEY": "api_secret_key",  # pragma: allowlist secret
    "AIRFLOW__API_AUTH__JWT_SECRET": "jwt_secret",  # pragma: allowlist secret
    "AIRFLOW_CONN_SMTP_DEFAULT": "smtp_connection",
    "LENSAN_LOGIN_PASSWORD": "login_password",  # pragma: allowlist secret
}
# Variable that holds an address without a password → the secret that is its password.
PASSWORDS = {
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "airflow_db_password",
    "AIRFLOW__CELERY__RESULT_BACKEND": "airflow_db_password",
    "AIRFLOW__CELERY__BROKER_URL": "valkey_password",
    "WAREHOUSE_URL": "warehouse_password",
}
# Who tells of a service's health, and which part of the answer must be healthy: the scheduler itself,
# by its status alone; of the others the API server, to whose database they report.
HEALTH: dict[str, tuple[str, str | None]] = {
    "api-server": ("http://localhost:8080/api/v2/monitor/health", "metadatabase"),
    "scheduler": ("http://localhost:8974/health", None),
    "dag-processor": ("http://api-server:8080/api/v2/monitor/health", "dag_processor"),
    "triggerer": ("http://api-server:8080/api/v2/monitor/health", "triggerer"),
}


class MissingSecret(RuntimeError):
    """The message names the file that should be there."""


def secret(name: str, environment: Mapping[str, str]) -> str | None:
    """The content of a secret without the line's end; null when there is no such file or it is empty."""
    path = Path(environment.get("SECRETS_DIR", "/run/secrets")) / name
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def with_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with all secrets in their places. Raises MissingSecret where an address has no
    password and there is none for it."""
    # Compose gives a variable that nobody set as an empty one, which Airflow would take for a value.
    full = {
        name: value
        for name, value in environment.items()
        if value or not name.startswith(("AIRFLOW", "OTEL", "WAREHOUSE"))
    }
    for variable, name in VALUES.items():
        value = secret(name, environment)
        if value and variable not in full:
            full[variable] = value
    for variable, name in PASSWORDS.items():
        if variable in full:
            full[variable] = _with_password(full[variable], name, environment)
    if "WAREHOUSE_URL" in full:
        full.setdefault("AIRFLOW_CONN_WAREHOUSE", full["WAREHOUSE_URL"])
    return full


def _with_password(url: str, name: str, environment: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    if parts.password:
        return url
    password = secret(name, environment)
    if password is None:
        folder = environment.get("SECRETS_DIR", "/run/secrets")
        raise MissingSecret(f"there is no password for {url}: {folder}/{name} is missing or empty")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(netloc=f"{parts.username or ''}:{quote(password, safe='')}@{host}")
    )


def prepare() -> None:
    """What must be done once before the services start, and may be done again: both databases brought
    to the newest state, the warehouse's reference data and roles, Airflow's first administrator.

    Raises MissingSecret, PostgresError, and CalledProcessError when Airflow's own command fails.
    """
    from lensan.domain.settings import settings
    from lensan.operations.running import preparation

    environment = with_secrets(os.environ)
    print("Airflow's database", flush=True)
    subprocess.run(["airflow", "db", "migrate"], env=environment, check=True)
    print("the warehouse", flush=True)
    for name in preparation.warehouse_at(environment["WAREHOUSE_URL"]):
        print(f"  {name}", flush=True)
    settings().belong()
    password = environment.get("LENSAN_ADMIN_PASSWORD") or secret(
        "airflow_admin_password", environment
    )
    if password is None:
        raise MissingSecret("the secret airflow_admin_password is missing or empty")
    print("Airflow's administrator", flush=True)
    # Asked for on standard input, so that it does not stand in the list of processes.
    subprocess.run(
        [
            "airflow", "users", "create", "--role", "Admin", "--firstname", "Lên Sàn",
            "--lastname", "Admin", "--username", environment.get("LENSAN_ADMIN", "admin"),
            "--email", environment.get("LENSAN_ADMIN_EMAIL", "admin@lensan.example"),
        ],
        env=environment, check=True, text=True, input=f"{password}\n{password}\n",
        start_new_session=True,
    )  # fmt: skip


def is_healthy(service: str) -> bool:
    """Whether a service says it is well, or the API server says so of it."""
    url, part = HEALTH[service]
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=10) as answer:
            found = {} if part is None else json.load(answer)
    except OSError as error:
        print(f"{url}: {error}")
        return False
    print(json.dumps(found))
    return part is None or found.get(part, {}).get("status") == "healthy"


def main(arguments: list[str]) -> int:
    """Do a container's part by its name; the exit code."""
    try:
        match arguments:
            case ["prepare"]:
                prepare()
                return 0
            case ["health", service] if service in HEALTH:
                return 0 if is_healthy(service) else 1
            # Also without "run": Kubernetes' chart gives its own commands to the image's entry point.
            case ["run", program, *rest] | [program, *rest]:
                os.execvpe(program, [program, *rest], with_secrets(os.environ))
    except MissingSecret as error:
        print(error, file=sys.stderr)
        return 2
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
