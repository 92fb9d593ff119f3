"""The server's files keep their promises, as far as no container need run for it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose
import pytest
from cryptography.fernet import Fernet
from flask_appbuilder import const

from lensan.domain.settings import PROJECT
from lensan.operations.running import server

GIVEN = {"SECRETS_DIR": "/etc/lensan/secrets", "LANDING_ROOT": "/srv/landing"}
CELERY = {**GIVEN, "LENSAN_EXECUTOR": "CeleryExecutor"}
AIRFLOW_SERVICES = {"api-server", "scheduler", "dag-processor", "triggerer"}


@pytest.fixture(scope="module")
def file() -> Any:
    return compose.load(GIVEN)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("server") / "secrets"
    script = PROJECT / "deploy" / "make-secrets.sh"
    subprocess.run([script, folder], check=True, capture_output=True)
    return folder


def ours(file: Any) -> dict[str, Any]:
    return {n: s for n, s in file["services"].items() if s["image"].startswith("lensan:")}


def test_every_service_of_airflow_and_each_profile_is_there(file: Any) -> None:
    services = file["services"]
    assert services.keys() >= AIRFLOW_SERVICES | {
        "postgres",
        "init",
        "watchdog",
        "worker",
        "valkey",
    }
    profiles = {name: service.get("profiles") for name, service in services.items()}
    assert profiles["worker"] == profiles["valkey"] == ["celery"]
    assert profiles["mail-catcher"] == ["dev"]
    assert all(profiles[name] is None for name in AIRFLOW_SERVICES | {"postgres", "watchdog"})


def test_what_runs_for_good_has_a_health_check_a_restart_policy_and_rotated_logs(
    file: Any,
) -> None:
    for name, service in file["services"].items():
        assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}, name
        if name in ("init", "lensan"):
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name


def test_images_are_pinned_and_nothing_of_ours_runs_as_root(file: Any) -> None:
    for name, service in file["services"].items():
        tag = service["image"].rpartition(":")[2]
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-\w+)?", tag), name
    for name, service in ours(file).items():
        assert "user" not in service and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert compose.image().user == "50000:0"


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_nothing_starts_without_secrets_and_a_landing_root(missing: str) -> None:
    with pytest.raises(compose.ComposeError, match=missing):
        compose.load({**GIVEN, missing: ""})


def test_no_password_stands_in_the_compose_file_the_image_or_the_example() -> None:
    for name in ("docker-compose.yml", "Dockerfile", "deploy/example.env"):
        text = (PROJECT / name).read_text(encoding="utf-8")
        assert not re.search(r"://[^@\s/]*:[^@\s/]+@", text), name
        for line in text.splitlines():
            key, _, value = line.partition(":" if name.endswith("yml") else "=")
            if re.search(r"password|secret_key|fernet|jwt", key, re.I):
                assert not value.strip() or "{file:" in line.replace(" ", "") or "/" in value, line


def test_each_secret_that_a_service_reads_is_made_and_mounted_into_it(
    file: Any, secrets: Path
) -> None:
    made = {path.name for path in secrets.iterdir()}
    assert made == set(file["secrets"])
    for name, service in ours(file).items():
        if name == "mail-catcher":
            assert service["environment"] == {} and service["secrets"] == []
            continue
        wanted = set(server.VALUES.values()) | set(server.PASSWORDS.values())
        wanted -= {"smtp_connection"} if name == "init" else set()
        assert wanted <= set(service["secrets"]), name
        assert set(server.PASSWORDS) <= service["environment"].keys() | {"HOME_DIR"}, name


def test_secrets_are_made_once_different_and_out_of_other_peoples_reach(secrets: Path) -> None:
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    left_empty = {"smtp_connection", "login_password"}
    made = [value for name, value in before.items() if name not in left_empty]
    assert len(set(made)) == len(made) == len(before) - 2
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    Fernet(before["fernet_key"])
    assert all(len(value) >= 43 for value in made)
    subprocess.run([PROJECT / "deploy" / "make-secrets.sh", secrets], check=True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


def test_secrets_come_into_addresses_quoted_and_what_is_set_wins(tmp_path: Path) -> None:
    (tmp_path / "airflow_db_password").write_text("p@ss/w:%r$d\n")
    (tmp_path / "fernet_key").write_text("from the file\n")
    environment = {
        "SECRETS_DIR": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://airflow@postgres:5432/airflow",
        "AIRFLOW__CORE__FERNET_KEY": "from the environment",
        "AIRFLOW_CONN_SMTP_DEFAULT": "",
        "WAREHOUSE_URL": "postgresql://lensan:own@elsewhere/warehouse",
    }
    full = server.with_secrets(environment)
    assert full["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == (
        "postgresql+psycopg2://airflow:p%40ss%2Fw%3A%25r%24d@postgres:5432/airflow"
    )
    assert full["AIRFLOW__CORE__FERNET_KEY"] == "from the environment"
    assert "AIRFLOW_CONN_SMTP_DEFAULT" not in full
    assert full["AIRFLOW_CONN_WAREHOUSE"] == full["WAREHOUSE_URL"] == environment["WAREHOUSE_URL"]


def test_an_address_without_its_password_is_refused_by_name(tmp_path: Path) -> None:
    environment = {"SECRETS_DIR": str(tmp_path), "WAREHOUSE_URL": "postgresql://lensan@postgres/w"}
    with pytest.raises(server.MissingSecret, match="warehouse_password is missing"):
        server.with_secrets(environment)


def test_the_image_holds_what_is_copied_and_no_more() -> None:
    allowed = {
        line[1:]
        for line in (PROJECT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert set(compose.image().copied) == allowed
    instructions = compose.dockerfile()
    assert [word for word, _ in instructions].count("FROM") == 1
    assert instructions[0][1] == "apache/airflow:slim-3.3.2-python3.11"
    assert not any(word == "ADD" for word, _ in instructions)
    assert [rest for word, rest in instructions if word == "ARG"] == ["LENSAN_COMMIT="]
    users = [rest for word, rest in instructions if word == "USER"]
    assert users[-1] == "50000:0"
    assert not any(re.search(r"curl|wget|https?://", rest) for _, rest in instructions)


def test_airflow_of_the_image_is_the_locks() -> None:
    version = re.search(r"slim-([\d.]+)-", compose.dockerfile()[0][1])[1]  # type: ignore[index]
    assert f"apache-airflow-core=={version}" in (PROJECT / "requirements-server.txt").read_text()


def test_celery_is_a_profile_and_a_word_in_the_environment() -> None:
    worker = compose.load(CELERY)["services"]["worker"]
    assert worker["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert worker["deploy"]["replicas"] == "2"
    assert worker["depends_on"]["valkey"]["condition"] == "service_healthy"


def test_telemetry_lineage_and_metrics_are_off(file: Any) -> None:
    environment = compose.image().environment
    assert environment["AIRFLOW__USAGE_DATA_COLLECTION__ENABLED"] == "False"
    assert environment["GX_ANALYTICS_ENABLED"] == environment["SCARF_ANALYTICS"] == "false"
    for name in AIRFLOW_SERVICES | {"worker"}:
        # Empty ones are not handed on; the provider without a transport is off.
        full = server.with_secrets(
            {
                k: v
                for k, v in file["services"][name]["environment"].items()
                if re.search("LINEAGE|METRICS|TRACES|OTEL", k)
            }
        )
        assert full == {
            "AIRFLOW__OPENLINEAGE__NAMESPACE": "lensan",
            "AIRFLOW__OPENLINEAGE__DISABLE_SOURCE_CODE": "True",
            "AIRFLOW__METRICS__STATSD_PREFIX": "lensan",
            "AIRFLOW__METRICS__OTEL_PREFIX": "lensan",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_SERVICE_NAME": "lensan",
        }


def test_one_line_each_switches_lineage_metrics_and_traces_on() -> None:
    transport = '{"type": "http", "url": "http://marquez:5000"}'
    given = {**GIVEN, "LENSAN_LINEAGE": transport, "LENSAN_STATSD_HOST": "statsd"}
    environment = compose.load(given)["services"]["scheduler"]["environment"]
    assert environment["AIRFLOW__OPENLINEAGE__TRANSPORT"] == transport
    assert environment["AIRFLOW__METRICS__STATSD_ON"] == "True"
    assert environment["AIRFLOW__METRICS__STATSD_HOST"] == "statsd"
    given = {**GIVEN, "LENSAN_OTEL_ENDPOINT": "http://collector:4318"}
    environment = compose.load(given)["services"]["scheduler"]["environment"]
    assert environment["AIRFLOW__METRICS__OTEL_ON"] == "True"
    assert environment["AIRFLOW__TRACES__OTEL_ON"] == "True"
    assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"


def test_a_directory_says_who_may_log_in_and_its_groups_what(
    file: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (PROJECT / "deploy" / "login.py").read_text(encoding="utf-8")
    for name, service in ours(file).items():
        if name != "mail-catcher":
            config = service["environment"]["AIRFLOW__FAB__CONFIG_FILE"]
            assert f"./deploy/login.py:{config}:ro" in service["volumes"], name
            asked = set(re.findall(r'"(LENSAN_\w+)"', source)) - {"LENSAN_LOGIN_PASSWORD"}
            assert asked <= service["environment"].keys(), name

    def configured(way: str) -> dict[str, Any]:
        given = {
            "LENSAN_LOGIN": way,
            "LENSAN_LOGIN_URL": "https://login.example/so/",
            "LENSAN_LOGIN_CLIENT": "lensan",
            "LENSAN_LOGIN_PASSWORD": "its password",
            "LENSAN_LOGIN_ROLES": '{"lensan-op": ["Op"]}',
            "LENSAN_LDAP_SEARCH": "dc=so,dc=example",
        }
        for key, value in given.items():
            monkeypatch.setenv(key, value)
        found: dict[str, Any] = {}
        exec(source, found)
        return found

    assert configured("")["AUTH_TYPE"] == configured("password")["AUTH_TYPE"] == const.AUTH_DB
    ldap, oidc = configured("ldap"), configured("oidc")
    assert (ldap["AUTH_TYPE"], oidc["AUTH_TYPE"]) == (const.AUTH_LDAP, const.AUTH_OAUTH)
    for each in (ldap, oidc):
        assert each["AUTH_ROLES_MAPPING"] == {"lensan-op": ["Op"]}
        assert each["AUTH_USER_REGISTRATION_ROLE"] == "Public"
    [provider] = oidc["OAUTH_PROVIDERS"]
    metadata = "https://login.example/so/.well-known/openid-configuration"
    assert provider["remote_app"]["server_metadata_url"] == metadata
    with pytest.raises(KeyError, match="kerberos"):
        configured("kerberos")


def test_the_entry_point_becomes_any_command_with_its_exit_status() -> None:
    # A cluster gives its own commands to the image. Other tests leave an Airflow's database behind.
    bare = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
    for words in (["run", "sh", "-c", "exit 7"], ["sh", "-c", "exit 7"]):
        done = subprocess.run(
            [sys.executable, "-m", "lensan.operations.running.server", *words],
            check=False,
            env=bare,
        )
        assert done.returncode == 7
