"""A board over a warehouse without Airflow around it: its clock, its SMTP server, and browsers for those who come."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import FastAPI, HTTPException, Request
from fastapi.testclient import TestClient
from httpx import Response
from office import WEEKS, thursday
from smtp_server import free_port
from sqlalchemy import Engine

from lensan.board import access, app
from lensan.board.access import Visitor
from lensan.domain.settings import Settings
from lensan.mail.transport.smtp import SmtpServer
from lensan.warehouse import audit

PEOPLE = {
    "op": Visitor("op", "op", True, frozenset({"week", "month"}), True),
    "officer": Visitor("officer", "officer", True, frozenset({"week"}), False),
    "viewer": Visitor("viewer", "viewer", True, frozenset(), False),
    "nobody": Visitor("nobody", "nobody", False, frozenset(), False),
}
ENTRANCE = "/lensan-board"


@dataclass
class Desk:
    """A board over a warehouse, its clock, its SMTP server, and browsers for those who come."""

    engine: Engine
    home: Settings
    smtp: SmtpServer = field(default_factory=lambda: SmtpServer("127.0.0.1", free_port()))
    now: datetime = field(default_factory=lambda: thursday(WEEKS[3], 12))
    failed: dict[str, datetime | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outside = access.Outside(
            engine=lambda: self.engine,
            smtp=lambda: self.smtp,
            home=lambda: self.home,
            clock=lambda: self.now,
            secret=lambda: "secret",
            failed_runs=lambda: self.failed,
        )

        def visitor(request: Request) -> Visitor:
            who = request.headers.get("x-who")
            if who is None:
                raise HTTPException(401)
            return PEOPLE[who]

        # Mounted as in Airflow: below a prefix.
        whole = FastAPI()
        whole.mount(ENTRANCE, app.make(outside, visitor))
        self.whole = whole

    def browser(self, who: str | None) -> TestClient:
        headers = {} if who is None else {"x-who": who}
        return TestClient(
            self.whole,
            base_url="http://testserver",
            headers=headers,
            follow_redirects=False,
            raise_server_exceptions=False,
        )

    def get(self, path: str, who: str | None = "op") -> Response:
        return self.browser(who).get(ENTRANCE + path)

    def post(self, path: str, who: str | None = "op", **fields: str) -> Response:
        return self.browser(who).post(ENTRANCE + path, data=fields)

    def press(self, path: str, who: str = "op", **fields: str) -> Response:
        """Open the confirmation and press its button, as a browser does."""
        shown = self.get(path, who)
        assert shown.status_code == 200, shown.text
        action = re.search(r'<form method="post" action="([^"]+)"', shown.text)
        token = re.search(r'name="token" value="([^"]+)"', shown.text)
        assert action and token
        fields["token"] = token[1]
        return self.browser(who).post(html.unescape(action[1]), data=fields)

    def acts(self) -> list[tuple[str, str, str]]:
        return [(act["actor"], act["action"], act["subject"]) for act in audit.acts(self.engine)]
