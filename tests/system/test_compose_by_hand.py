"""Every command of every service of docker-compose.yml, run as the compose file says (tests/support/compose.py):
same order, environment, user, paths, ports and health checks, against real processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from office_server import RECIPIENTS, Server, expected_figures, server
from sqlalchemy import Engine

pytestmark = pytest.mark.system
WEEK = "2021-10-28"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server(tmp_path_factory.mktemp("server")) as made:
        yield made


def test_all_services_start_in_order_and_are_healthy(running: Server) -> None:
    project = running.project
    assert [each.name for each in project.containers] == [
        "postgres", "init", "api-server", "scheduler", "dag-processor", "triggerer", "watchdog",
        "mail-catcher",
    ]  # fmt: skip
    for container in project.containers:
        if container.name != "init":
            answer = project.health(container)
            assert answer.returncode == 0, (container.name, answer.stdout, answer.stderr)
    assert project.container("init").process.returncode == 0


def test_a_health_check_fails_where_nobody_is_well(running: Server) -> None:
    watchdog = running.project.container("watchdog")
    for name in ("api-server", "scheduler"):
        alone = watchdog.exec("python", "-m", "lensan.operations.running.server", "health", name)
        assert alone.returncode == 1 and "refused" in alone.stdout


def test_a_report_is_made_mailed_once_each_and_the_librarys_own(
    running: Server, warehouse_engine: Engine, tmp_path: Path
) -> None:
    run = running.start("weekly_report", {"period": WEEK, "publish": True, "deliver": True})
    assert running.wait(run) == "success", running.tasks(run)
    assert {task["hostname"] for task in running.tasks(run)} == {"scheduler-1", ""}
    folder = running.home / "reports" / "week" / WEEK
    assert running.figures(WEEK) == expected_figures(
        warehouse_engine, running.folder / "landing", WEEK, tmp_path
    )
    assert {path.suffix for path in folder.iterdir()} >= {".xlsx", ".pdf", ".json"}
    assert len(running.mails()) == len(RECIPIENTS)
    status = running.project.run("lensan", "report", "show", "week", WEEK)
    assert "II.3" in status


def test_the_login_page_and_the_token_want_the_administrators_password(running: Server) -> None:
    watchdog = running.project.container("watchdog")
    page = watchdog.exec("curl", "-s", "-c", "/tmp/jar", "http://api-server:8080/auth/login/")
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.stdout)[1]  # type: ignore[index]
    for password, goes_on in (
        ("wrong", False),
        (running.secret("airflow_admin_password"), True),
    ):
        sent = watchdog.exec(
            "curl", "-s", "-b", "/tmp/jar", "-c", "/tmp/jar", "-o", "/dev/null", "-D", "-",
            "--data-urlencode", "username=admin", "--data-urlencode", "password@-",
            "--data-urlencode", f"csrf_token={csrf}", "http://api-server:8080/auth/login/",
            stdin=password,
        )  # fmt: skip
        assert ("_token=" in sent.stdout) == goes_on, sent.stdout
    token, running.token = running.token, ""
    assert running.call("/auth/token", {"username": "admin", "password": "wrong"})[0] == 401
    assert running.call("/api/v2/dags")[0] == 401
    running.token = token


def test_roles_and_audit_are_there_for_the_servers_administrator(running: Server) -> None:
    said = running.project.run("lensan", "roles", "apply")
    assert "lensan_etl" in said and "lensan" in said
    assert "head" in running.project.run("lensan", "audit", "verify")


def test_secrets_are_seen_in_no_log_no_argument_and_no_compose_environment(
    running: Server,
) -> None:
    secrets = {
        path.name: path.read_text().strip()
        for path in (running.folder / "secrets").iterdir()
        if path.read_text().strip()
    }
    logs = [*(running.folder / "compose" / "logs").glob("*"), *running.home.glob("logs/**/*.log")]
    texts = {path.name: path.read_text(errors="replace") for path in logs}
    for container in running.project.containers:
        texts[f"environment of {container.name}"] = "\n".join(container.environment.values())
        if container.is_running():
            inside = container.exec("sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
            texts[f"arguments in {container.name}"] = inside.stdout
    assert len(texts) > 20
    for what, text in texts.items():
        for name, value in secrets.items():
            assert value not in text, f"{name} is seen in {what}"


def test_nobody_is_root_and_the_image_is_not_writable(running: Server) -> None:
    for container in running.project.containers:
        if not container.is_running():
            continue
        who = container.exec("sh", "-c", "id -u; grep CapEff /proc/1/status; cat /proc/1/status")
        uid, capabilities = who.stdout.split("\n")[:2]
        assert uid != "0" and int(capabilities.split()[1], 16) == 0, container.name
        assert "NoNewPrivs:\t1" in who.stdout
        if container.user == "50000:0":
            for path in ("/opt/lensan/plugins/x", "/srv/lensan/landing/x"):
                assert container.exec("touch", path).returncode != 0, path
            assert container.exec("touch", "/srv/lensan/home/x").returncode == 0


def test_containers_reach_one_another_and_nothing_else(running: Server) -> None:
    watchdog = running.project.container("watchdog")
    assert "default" not in watchdog.exec("ip", "route").stdout


def test_preparing_again_changes_nothing_and_all_stop_in_order(running: Server) -> None:
    project = running.project
    project.up("init")
    project.wait_completed("init")
    assert "already exist" in project.container("init").log.read_text()
    assert running.call("/api/v2/dags")[0] == 200
    codes = project.down()
    # Ended by themselves within the time the file gives them: 0, or 143 (told to by SIGTERM).
    assert {code for name, code in codes.items()} <= {0, 143}, codes
    project.up("postgres")
    project.wait_healthy("postgres")
    assert "II.3" in project.run("lensan", "report", "show", "week", WEEK)
