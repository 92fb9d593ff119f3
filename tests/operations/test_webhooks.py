"""Programs are told of published reports by signed calls to a real server, each revision once, again until it is taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import https_server
import pytest
from office import WEEKS, Office, thursday
from smtp_server import free_port

from lensan.mail import alarms
from lensan.mail.transport.smtp import SmtpServer
from lensan.operations import connections, webhooks
from lensan.operations.webhooks import Hook

SECRET = "bi-mat-cua-kho"  # pragma: allowlist secret - of a test
NOW = thursday(WEEKS[2], 12)
SMTP = SmtpServer("127.0.0.1", free_port(), timeout_s=1, accept_timeout_s=1)


class Receiver(ThreadingHTTPServer):
    """A program that listens: ``answers``: the statuses that it gives, the last one for ever."""

    def __init__(self, chain: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Listening)
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers = [204]
        if chain is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(chain)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.scheme = "http" if chain is None else "https"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}/lensan"


class Listening(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.calls.append(({k.lower(): v for k, v in self.headers.items()}, body))
        answers = self.server.answers
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        if status == 302:
            self.send_header("location", self.server.url)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


def is_ours(headers: dict[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """What decision 29 tells a receiver to do."""
    number, at = headers["webhook-id"], headers["webhook-timestamp"]
    key = hmac.new(secret.encode(), f"{number}.{at}.".encode() + body, hashlib.sha256)
    mark = "v1," + base64.b64encode(key.digest()).decode()
    fresh = abs(now.timestamp() - int(at)) < 300
    return fresh and hmac.compare_digest(mark, headers["webhook-signature"])


def told(office: Office, hook: Hook, moment: datetime = NOW) -> dict[str, int]:
    board = "https://lensan.example.vn/board"
    return webhooks.tell(office.engine, hook, SMTP, board=board, moment=moment)


def test_a_published_report_is_told_once_signed_and_without_a_figure(
    office: Office, receiver: Receiver
) -> None:
    hook = Hook("kho", receiver.url, SECRET)
    assert told(office, hook) == {"sent": 1}
    assert told(office, hook, NOW + timedelta(minutes=5)) == {}
    ((headers, body),) = receiver.calls
    assert is_ours(headers, body, SECRET, NOW)
    assert not is_ours(headers, body, "another", NOW)
    assert not is_ours(headers, body.replace(b'"revision": 0', b'"revision": 1'), SECRET, NOW)
    assert not is_ours(headers, body, SECRET, NOW + timedelta(hours=1))
    assert headers["webhook-id"] == f"week-{WEEKS[2].name}-0"
    said = json.loads(body)
    assert said["type"] == "report.published"
    assert set(said["data"]) == {"kind", "period", "revision", "figures_sha256", "figures"}
    assert said["data"]["figures"].endswith(
        f"/board/api/v1/figures?kind=week&period={WEEKS[2].name}"
    )


def test_what_is_not_taken_is_told_again_and_alarmed_until_it_is(
    office: Office, receiver: Receiver
) -> None:
    hook = Hook("kho", receiver.url, SECRET)
    receiver.answers = [500, 302, 404, 500, 503, 500, 200]
    for number in range(6):
        assert told(office, hook, NOW + timedelta(minutes=5 * number)) == {"pending": 1}
    assert [row["alarm_key"] for row in alarms.listed(office.engine)] == ["webhook|kho|"]
    assert told(office, hook, NOW + timedelta(minutes=30)) == {"sent": 1}
    told(office, hook, NOW + timedelta(minutes=35))
    assert alarms.listed(office.engine) == []
    # A redirect is not followed: what is signed goes to the address that was set, and nowhere else.
    assert len(receiver.calls) == 7
    assert len({body for _, body in receiver.calls}) == 1


def test_one_that_is_down_holds_up_no_other_and_is_given_up_after_a_week(
    office: Office, receiver: Receiver
) -> None:
    down = Hook("tat", f"http://127.0.0.1:{free_port()}/", SECRET)
    up = Hook("kho", receiver.url, SECRET)
    hooks = {hook.name: hook for hook in (down, up)}
    found = webhooks.tell_all(
        office.engine, list(hooks), hooks.__getitem__, SMTP, board=None, moment=NOW
    )
    assert found == {"pending": 1, "sent": 1}
    assert told(office, down, NOW + webhooks.TOLD_WITHIN + timedelta(minutes=1)) == {}
    with office.engine.connect() as connection:
        states = connection.exec_driver_sql(
            "select hook, state, answer from ops.webhook_call order by hook"
        ).all()
    assert states == [("kho", "sent", "204"), ("tat", "failed", "ConnectError")]


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (None, "AirflowNotFoundException"),
        ({"host": "http://kho.example.vn/", "password": SECRET}, "not https"),
        ({"host": "https://kho.example.vn/"}, "no secret"),
        ({"host": "https://kho.example.vn/", "password": "whsec_bi mat"}, "not base64"),
        ({"host": "https://kho.example.vn/", "password": SECRET, "extra": '{"ca_file": "/khong/co"}'}, "FileNotFoundError"),
    ],
)  # fmt: skip
def test_one_that_cannot_be_used_is_an_alarm_of_its_own_and_holds_up_no_other(
    office: Office,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    spoiled: dict[str, str] | None,
    why: str,
) -> None:
    """Two connections of Airflow's, the first of which is missing or wrong; mended, it is told what it missed."""

    def connection(url: str) -> str:
        return json.dumps({"conn_type": "http", "host": url, "password": SECRET})

    if spoiled is not None:
        monkeypatch.setenv("AIRFLOW_CONN_HONG", json.dumps({"conn_type": "http", **spoiled}))
    monkeypatch.setenv("AIRFLOW_CONN_KHO", connection(receiver.url))
    monkeypatch.setenv("LENSAN_WEBHOOKS", " hong, kho,,kho")
    names = connections.webhook_names()
    assert names == ["hong", "kho"]

    def round_at(moment: datetime) -> dict[str, int]:
        return webhooks.tell_all(
            office.engine, names, connections.webhook, SMTP, board=None, moment=moment
        )

    assert round_at(NOW) == {"unusable": 1, "sent": 1}
    assert round_at(NOW + timedelta(minutes=5)) == {"unusable": 1}
    (alarm,) = alarms.listed(office.engine)
    assert alarm["alarm_key"] == "webhook unusable|hong|"
    assert why in alarm["detail"] and "Next step" in alarm["detail"]
    assert SECRET not in alarm["detail"] and "bi mat" not in alarm["detail"]
    monkeypatch.setenv("AIRFLOW_CONN_HONG", connection(receiver.url))
    assert round_at(NOW + timedelta(minutes=10)) == {"sent": 1}
    assert alarms.listed(office.engine) == []
    assert len(receiver.calls) == 2


def test_https_with_an_authority_of_its_own_and_nothing_else_unencrypted(
    office: Office, tmp_path: Path
) -> None:
    authority, chain = https_server.make_certificates(tmp_path)
    receiver = Receiver(chain)
    try:
        assert told(office, Hook("la", receiver.url, SECRET)) == {"pending": 1}
        trusting = Hook("kho", receiver.url, SECRET, ca_file=str(authority))
        assert told(office, trusting) == {"sent": 1}
    finally:
        receiver.shutdown()
        receiver.server_close()
    assert len(receiver.calls) == 1
    for url in ("http://kho.example.vn/x", "ftp://127.0.0.1/", ""):
        with pytest.raises(ValueError, match="not https"):
            Hook("kho", url, SECRET)
    with pytest.raises(ValueError, match="no secret"):
        Hook("kho", receiver.url, "")
    assert SECRET not in repr(trusting)


def test_a_secret_of_the_standards_form_is_read_as_it_says() -> None:
    """The example of https://github.com/standard-webhooks/standard-webhooks."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # pragma: allowlist secret - the standard's example
    body = b'{"test": 2432232314}'
    mark = webhooks.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert mark == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
