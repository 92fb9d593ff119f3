"""A local mail server for demo, report and up: every mail goes into a Maildir below the home.

`python -m lensan.operations.running.mail_catcher MAILDIR SMTP_PORT [WEB_PORT [ADDRESS]]`; the page shows the
mails, read-only, on loopback unless another address is given (a container needs 0.0.0.0).
"""

from __future__ import annotations

import html
import http.server
import mailbox
import sys
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlparse

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


def serve(
    maildir: Path, smtp_port: int, web_port: int | None = None, address: str = "127.0.0.1"
) -> None:
    """Serve until the process is stopped."""
    maildir.parent.mkdir(parents=True, exist_ok=True)
    controller = Controller(
        Mailbox(maildir), hostname=address, port=smtp_port, data_size_limit=64 << 20
    )
    controller.start()
    if web_port is None:
        threading.Event().wait()
        return
    handler = type("Handler", (_Page,), {"maildir": maildir})
    http.server.ThreadingHTTPServer((address, web_port), handler).serve_forever()


class _Page(http.server.BaseHTTPRequestHandler):
    maildir: Path

    def do_GET(self) -> None:
        query = parse_qs(urlparse(self.path).query)
        box = mailbox.Maildir(self.maildir, create=True)
        key = (query.get("mail") or [""])[0]
        if key and key in box:
            message: EmailMessage = message_from_bytes(box.get_bytes(key), policy=policy.default)
            part = (query.get("part") or [""])[0]
            if part.isdigit():
                return self._attachment(list(message.walk())[int(part)])
            return self._message(key, message)
        return self._list(box)

    def _list(self, box: mailbox.Maildir) -> None:
        lines = []
        for key in sorted(box.keys(), reverse=True):
            message = message_from_bytes(box.get_bytes(key), policy=policy.default)
            lines.append(
                f"<tr><td>{_text(message['date'])}<td>{_text(message['to'])}"
                f"<td><a href='?mail={quote(key)}'>{_text(message['subject'])}</a>"
            )
        self._send(
            "<h1>Thư đã gửi</h1><table border=1 cellpadding=6>" + "".join(lines) + "</table>"
        )

    def _message(self, key: str, message: EmailMessage) -> None:
        body = message.get_body(("html", "plain"))
        content = body.get_content() if body is not None else ""
        if body is not None and body.get_content_type() == "text/plain":
            content = f"<pre>{html.escape(content)}</pre>"
        links = []
        for number, part in enumerate(message.walk()):
            cid = part.get("content-id")
            if cid:
                content = content.replace(
                    f"cid:{cid.strip('<>')}", f"?mail={quote(key)}&part={number}"
                )
            if part.get_filename():
                links.append(
                    f"<a href='?mail={quote(key)}&part={number}'>{_text(part.get_filename())}</a>"
                )
        self._send(f"<p>{_text(message['subject'])}</p><p>{' · '.join(links)}</p><hr>{content}")

    def _attachment(self, part: Any) -> None:
        content = part.get_payload(decode=True) or b""
        self.send_response(200)
        self.send_header("Content-Type", part.get_content_type())
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _send(self, body: str) -> None:
        content = f"<!doctype html><meta charset=utf-8><title>Thư</title><body>{body}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the mails' subjects do not belong in a log."""


def _text(value: Any) -> str:
    return html.escape(str(value or ""))


if __name__ == "__main__":
    ports = [int(text) for text in sys.argv[2:4]]
    serve(
        Path(sys.argv[1]),
        ports[0],
        ports[1] if len(ports) > 1 else None,
        (*sys.argv[4:], "127.0.0.1")[0],
    )
