"""A server that takes the connection and then says nothing: what is known of the mail stays certain, soon."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import pytest

from lensan.mail.transport.smtp import SmtpServer

PHASES = {
    "greeting": "pending", "EHLO": "pending", "MAIL": "pending", "RCPT": "pending", "DATA": "pending",
    "content": "unknown",
}  # fmt: skip


@contextmanager
def hanging(phase: str) -> Iterator[int]:
    """A server that answers as it should up to a phase, and then only keeps the connection."""
    ended = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            if phase == "greeting":
                ended.wait(30)
                return
            stream.write(b"220 x\r\n")
            stream.flush()
            in_content = False
            for line in stream:
                said = (
                    "content"
                    if in_content and line == b".\r\n"
                    else line[:4].decode().strip().upper()
                )
                if in_content and said != "content":
                    continue
                if said == phase:
                    ended.wait(30)
                    return
                in_content = said == "DATA"
                stream.write(b"354 go\r\n" if in_content else b"250 ok\r\n")
                stream.flush()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("phase", PHASES)
def test_a_server_that_hangs_is_left_in_time_and_the_outcome_is_certain_or_unknown(
    phase: str,
) -> None:
    mail = EmailMessage()
    mail["Subject"] = "x"
    mail.set_content("x\n.\n" * 50_000)
    with hanging(phase) as port:
        smtp = SmtpServer("127.0.0.1", port, timeout_s=0.3, accept_timeout_s=0.5)
        started = time.monotonic()
        outcome = smtp.send(mail, "a@example.vn")
    assert outcome.state == PHASES[phase], outcome
    assert time.monotonic() - started < 5


def test_looking_at_a_server_that_hangs_says_so_in_time() -> None:
    with hanging("greeting") as port:
        started = time.monotonic()
        is_well, said = SmtpServer("127.0.0.1", port).probe(0.3)
    assert not is_well
    assert said.endswith(("Disconnected", "TimeoutError"))
    assert time.monotonic() - started < 5
