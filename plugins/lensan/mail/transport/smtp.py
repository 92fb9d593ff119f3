"""By SMTP: one dialogue for one mail and recipient, over TLS where the server offers it."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage

from lensan.domain.office import OFFICES
from lensan.mail.transport import WIRE, Connection, SendOutcome


@dataclass(frozen=True)
class SmtpServer:
    """Where mails go out. ``use_ssl``: TLS from the start; ``starttls``: upgraded before login.

    ``accept_timeout_s``: how long the server may think once it has the whole mail (RFC 5321 asks for
    ten minutes; giving up early makes outcomes unknown).
    """

    host: str
    port: int
    login: str | None = None
    password: str | None = None
    use_ssl: bool = False
    starttls: bool = False
    sender: str = f"bao-cao@{OFFICES.entries[-1].mail_domain}"
    timeout_s: float = 30.0
    accept_timeout_s: float = 600.0

    def send(self, mail: EmailMessage, recipient: str) -> SendOutcome:
        """One SMTP dialogue. ``unknown`` from the moment the last byte was handed over until an answer
        came."""
        content = re.sub(rb"(?m)^\.", b"..", mail.as_bytes(policy=WIRE))
        handed_over = False
        try:
            with _session(self) as server:
                code, answer = server.mail(self.sender)
                if code >= 400:
                    # The sender is ours, not this recipient's fault: mended settings may still help.
                    return SendOutcome("pending", _text(code, answer))
                code, answer = server.rcpt(recipient)
                if code >= 400:
                    return _refused(code, answer)
                code, answer = server.docmd("DATA")
                if code != 354:
                    return _refused(code, answer)
                # Without the closing dot the server must not take the mail, so a connection that breaks
                # before it leaves no doubt.
                server.send(content)
                if server.sock is not None:
                    server.sock.settimeout(self.accept_timeout_s)
                handed_over = True
                server.send(b".\r\n")
                code, answer = server.getreply()
                return SendOutcome("sent") if code < 400 else _refused(code, answer)
        except (OSError, smtplib.SMTPException) as error:
            text = f"{type(error).__name__}: {error}"[:500]
            return SendOutcome("unknown" if handed_over else "pending", text)

    def probe(self, timeout_s: float) -> tuple[bool, str]:
        """Greet, encrypt, log in, and leave again."""
        place = f"{self.host}:{self.port}"
        try:
            with _session(replace(self, timeout_s=timeout_s)) as server:
                code, _ = server.noop()
        except (OSError, smtplib.SMTPException) as error:
            return False, f"{place}: {type(error).__name__}"
        return code == 250, f"{place} answers {code}"


def transport(connection: Connection) -> SmtpServer:
    """Host, port, login, password; extra ``disable_ssl``, ``disable_tls``, ``from_email`` as Airflow's own
    SMTP provider reads them."""
    extra = connection.extra_dejson
    disable_ssl = bool(extra.get("disable_ssl", False))
    return SmtpServer(
        host=connection.host or "localhost",
        port=connection.port or 25,
        login=connection.login or None,
        password=connection.password or None,
        use_ssl=not disable_ssl,
        starttls=not extra.get("disable_tls", False) and disable_ssl,
        sender=extra.get("from_email") or connection.login or "lensan@localhost",
    )


def _refused(code: int, answer: bytes | str) -> SendOutcome:
    """4xx: to be tried again; 5xx: refused for good."""
    return SendOutcome("pending" if code < 500 else "failed", _text(code, answer))


def _text(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return f"{code} {text}"[:500]


@contextmanager
def _session(smtp: SmtpServer) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted and logged-in session; its end cannot change what was answered before."""
    context = ssl.create_default_context()
    name = smtp.sender.rpartition("@")[2] or "localhost"
    if smtp.use_ssl:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            smtp.host, smtp.port, local_hostname=name, timeout=smtp.timeout_s, context=context
        )
    else:
        server = smtplib.SMTP(smtp.host, smtp.port, local_hostname=name, timeout=smtp.timeout_s)
    try:
        server.ehlo_or_helo_if_needed()
        if smtp.starttls:
            server.starttls(context=context)
            server.ehlo()
        if smtp.login:
            server.login(smtp.login, smtp.password or "")
        yield server
    finally:
        try:
            if server.sock is not None:
                server.sock.settimeout(smtp.timeout_s)
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()
