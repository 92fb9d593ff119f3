"""A real SMTP server on loopback that misbehaves as told; what it took is the judge of every test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

Hook = Callable[[str], str | None]
"""Recipient → an answer instead of the usual one; ``drop`` cuts the connection."""


class Scripted:
    """Behaviours by phase and recipient, used up in order; then the server is good."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.wire: list[bytes] = []
        self.dialogues = 0
        self.script: dict[tuple[str, str], list[str]] = {}
        self.on_mail: Callable[[str], None] = lambda recipient: None
        self._lock = threading.Lock()

    def misbehave(self, phase: str, recipient: str, *answers: str) -> None:
        """``phase``: MAIL, RCPT, DATA (the command), CONTENT (while it comes in), AFTER (taken)."""
        self.script[phase, recipient] = list(answers)

    def answer(self, phase: str, recipient: str) -> str | None:
        answers = self.script.get((phase, recipient)) or self.script.get((phase, "*"))
        return answers.pop(0) if answers else None

    def count(self, recipient: str) -> int:
        return sum(1 for taken, _ in self.taken if taken == recipient)

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.dialogues += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if answer := self.answer("MAIL", "*"):
            return _cut(server) if answer == "drop" else answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if answer := self.answer("RCPT", address):
            return _cut(server) if answer == "drop" else answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipient = envelope.rcpt_tos[0]
        content = envelope.content
        assert isinstance(content, bytes)
        message: Any = message_from_bytes(content, policy=policy.default)
        answer = self.answer("AFTER", recipient)
        if answer is None or answer == "drop":
            with self._lock:
                self.taken.append((recipient, message))
                self.wire.append(content)
            self.on_mail(recipient)
        if answer:
            return _cut(server) if answer == "drop" else answer
        return "250 OK"


def _cut(server: SMTP) -> str:
    assert server.transport is not None
    server.transport.abort()
    return "421 bye"


class _Server(SMTP):
    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        script: Scripted = self.event_handler
        assert self.envelope is not None
        recipient = self.envelope.rcpt_tos[0]
        if answer := script.answer("DATA", recipient):
            if answer == "drop":
                _cut(self)
            else:
                await self.push(answer)
            return
        if script.answer("CONTENT", recipient):
            await self.push("354 go on")
            await self._reader.read(512)
            _cut(self)
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


@contextmanager
def serving(script: Scripted, port: int = 0, **options: Any) -> Iterator[int]:
    """Serve on a loopback port, a free one unless given; gives the port."""
    controller = _Controller(script, hostname="127.0.0.1", port=port or free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
