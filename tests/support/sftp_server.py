"""OpenSSH's sshd on loopback, for the user who runs the tests; the log of sftp-server is the judge."""

from __future__ import annotations

import getpass
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smtp_server import free_port

SSHD = Path("/usr/sbin/sshd")
SFTP_SERVER = Path("/usr/lib/openssh/sftp-server")


@dataclass
class SftpServer:
    """``home``: the folder of keys and files; ``files`` is what the location names."""

    home: Path
    port: int
    login: str

    @property
    def files(self) -> Path:
        return self.home / "files"

    @property
    def key_file(self) -> Path:
        return self.home / "client"

    @property
    def host_key(self) -> str:
        return " ".join((self.home / "host.pub").read_text("ascii").split()[:2])

    @property
    def url(self) -> str:
        return f"sftp://127.0.0.1:{self.port}{self.files}"

    def read(self) -> list[tuple[str, int]]:
        """Files whose bytes were asked for: name and number of bytes, as the server counted."""
        log = self.home / "sftp.log"
        found = re.findall(
            r'close "([^"]+)" bytes read (\d+)', log.read_text() if log.exists() else ""
        )
        return [(Path(name).name, int(count)) for name, count in found]


def make_key(path: Path, *, passphrase: str = "") -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)], check=True
    )
    return path


@contextmanager
def serving(home: Path) -> Iterator[SftpServer]:
    home.mkdir(exist_ok=True)
    (home / "files").mkdir(exist_ok=True)
    server = SftpServer(home, free_port(), getpass.getuser())
    if not (home / "host").exists():
        make_key(home / "host")
        make_key(home / "client")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's own demand when root runs it
    (home / "sshd_config").write_text(
        f"""
Port {server.port}
ListenAddress 127.0.0.1
HostKey {home}/host
PidFile none
AuthorizedKeysFile {home}/client.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
Subsystem sftp {SFTP_SERVER} -e -l INFO 2>>{home}/sftp.log
"""
    )
    with (home / "sshd.log").open("ab") as log:
        process = subprocess.Popen(
            [str(SSHD), "-D", "-e", "-f", str(home / "sshd_config")], stdout=log, stderr=log
        )
    try:
        wait_for(server.port, process, home / "sshd.log")
        yield server
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the port answers. Raises RuntimeError with the log when the server died."""
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the server does not answer: {log.read_text(errors='replace')[-2000:]}")
