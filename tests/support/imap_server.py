"""Dovecot on loopback as an unprivileged user, with one mailbox; its log says what was fetched."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import re
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sftp_server import wait_for
from smtp_server import free_port

DOVECOT = Path("/usr/sbin/dovecot")
LOGIN, PASSWORD = "tiep-nhan@lensan.test", "mật-khẩu-92"


@dataclass
class ImapServer:
    home: Path
    port: int
    tls_port: int
    ca_file: Path

    @property
    def url(self) -> str:
        return f"imaps://127.0.0.1:{self.tls_port}/INBOX"

    def put(self, mail: bytes, sent_at: datetime, mailbox: str = "INBOX") -> None:
        with self.session() as client:
            status, _ = client.append(
                mailbox, "", imaplib.Time2Internaldate(sent_at), mail.replace(b"\n", b"\r\n")
            )
            assert status == "OK"

    @contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.starttls(ssl.create_default_context(cafile=str(self.ca_file)))
        client.authenticate("PLAIN", lambda _: f"\0{LOGIN}\0{PASSWORD}".encode())
        try:
            yield client
        finally:
            client.logout()

    def bodies_read(self) -> int:
        """Mails handed out whole in all ended sessions, as the server counted."""
        log = (self.home / "dovecot.log").read_text(errors="replace")
        return sum(int(count) for count in re.findall(r"body_count=(\d+)", log))


@contextmanager
def serving(ca_file: Path, chain: Path) -> Iterator[ImapServer]:
    """Not below pytest's folder: Dovecot's sockets need a short path that its user may enter."""
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    group = grp.getgrgid(user.pw_gid).gr_name
    home = Path(tempfile.mkdtemp(prefix="imap-"))
    server = ImapServer(home, free_port(), free_port(), ca_file)
    shutil.copy(chain, home / "server.pem")
    (home / "users").write_text(f"{LOGIN}:{{PLAIN}}{PASSWORD}\n")
    (home / "dovecot.conf").write_text(
        f"""
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user.pw_name}
default_internal_group = {group}
default_login_user = {user.pw_name}
first_valid_uid = 1
mail_location = maildir:{home}/mail
ssl = required
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.pem
imap_logout_format = body_count=%{{fetch_body_count}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {server.port}
  }}
  inet_listener imaps {{
    port = {server.tls_port}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = {home}/users
}}
userdb {{
  driver = static
  args = uid={user.pw_uid} gid={user.pw_gid} home={home}
}}
"""
    )
    as_user = {}
    if os.getuid() == 0:
        for path in [home, *home.iterdir()]:
            os.chown(path, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with (home / "out.log").open("ab") as log:
        process = subprocess.Popen(
            [str(DOVECOT), "-F", "-c", str(home / "dovecot.conf")],
            stdout=log,
            stderr=log,
            **as_user,
        )
    try:
        wait_for(server.tls_port, process, home / "out.log")
        yield server
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(home, ignore_errors=True)
