"""Where the years meet the product: what Airflow would give it, and what stands at the other end of its mails."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from lensan import warehouse
from lensan.domain.contracts import Contract
from lensan.gates import judge
from lensan.intake import file_load
from lensan.intake.locations import Access
from lensan.mail import delivery, ledger
from lensan.mail.transport import SendOutcome
from lensan.operations import connections

NOBODY = "postgresql://nobody@127.0.0.1:1/none"
"""A server that is not there: the port refuses."""


class Killed(BaseException):
    """A process that ends here and now: no handler of errors sees it."""


@dataclass
class Accepted:
    """A mail that the server took."""

    moment: datetime
    message_id: str
    recipient: str
    subject: str


@dataclass
class MailServer:
    """The other end of every mail. ``behave`` says what it does with one; what it took is the truth."""

    clock: Callable[[], datetime]
    behave: Callable[[EmailMessage, str], str] = lambda mail, recipient: "take"
    meanwhile: Callable[[], None] = lambda: None
    accepted: list[Accepted] = field(default_factory=list)
    tried: int = 0
    sender: str = "bao-cao@example.vn"

    def send(self, mail: EmailMessage, recipient: str) -> SendOutcome:
        self.tried += 1
        how = self.behave(mail, recipient)
        if how == "two senders":
            self.meanwhile()
        if how == "die before":
            raise Killed(how)
        if how in ("down", "busy"):
            return SendOutcome("pending", f"451 {how}")
        if how == "refuse":
            return SendOutcome("failed", "550 no such mailbox")
        if how == "break before":
            return SendOutcome("unknown", "the connection broke")
        self.accepted.append(
            Accepted(self.clock(), str(mail["Message-ID"]), recipient, str(mail["Subject"]))
        )
        if how == "die after":
            raise Killed(how)
        if how == "break after":
            return SendOutcome("unknown", "the connection broke")
        return SendOutcome("sent")

    def probe(self, timeout_s: float) -> tuple[bool, str]:
        return True, "the other end"


class Messages:
    """Airflow's XCom of one run, as far as *release* asks it."""

    def __init__(self) -> None:
        self.lost: dict[str, Any] | None = None

    def xcom_pull(self, task_ids: str = "", key: str = "") -> Any:
        return self.lost


@contextlib.contextmanager
def given(
    home: Path,
    engine_of: Callable[[], Engine],
    mails: MailServer,
    sleep: Callable[[float], None],
    stopwatch: Callable[[], float],
) -> Iterator[None]:
    """Within the block the product runs in ``home``, on this engine and these servers, at this clock."""
    environment = {"HOME_DIR": str(home), "LANDING_ROOT": str(home / "landing")}
    hurry = {"sleep": sleep, "stopwatch": stopwatch}
    logging.disable(logging.CRITICAL)
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.object(connections, "warehouse_engine", engine_of),
        mock.patch.object(connections, "smtp_server", lambda: mails),
        mock.patch.object(connections, "access_of", lambda name: Access()),
        mock.patch.object(ledger, "time", SimpleNamespace(sleep=sleep)),
        mock.patch.dict(delivery.deliver_report.__kwdefaults__ or {}, hurry),
    ):
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def kept_connections(url: str) -> Engine:
    """``warehouse.connect`` with a pool whose connections come back as new ones: a year makes ten thousand."""
    plain = warehouse.connect(url)
    engine = create_engine(
        plain.url,
        poolclass=QueuePool,
        executemany_mode="values_plus_batch",
        pool_size=4,
        max_overflow=20,
        pool_reset_on_return=None,
        connect_args={
            "options": "-c timezone=Asia/Ho_Chi_Minh -c jit=off -c datestyle=ISO,YMD",
            "application_name": "lensan",
        },
    )

    @event.listens_for(engine, "reset")
    def as_new(dbapi_connection: Any, record: Any, state: Any) -> None:
        if not dbapi_connection.closed:
            dbapi_connection.rollback()
            dbapi_connection.autocommit = True
            with dbapi_connection.cursor() as cursor:
                cursor.execute("discard all")
            dbapi_connection.autocommit = False

    return engine


def quarter_after(moment: datetime) -> datetime:
    """The next sweep: every quarter of an hour."""
    start = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    return start + timedelta(minutes=15)


@contextlib.contextmanager
def two_loaders(comes: Callable[[], bool], sweep: Callable[[Contract], None]) -> Iterator[None]:
    """Within the block, where ``comes`` says so, another sweep of a source settles a file just before this one
    claims it, and ends before it claims the next."""
    loads = file_load.load
    left = 0

    def load(engine: Engine, contract: Contract, *given: Any, **more: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            if not left:
                raise Killed("the other loader")
        elif comes():
            left = 2
            try:
                with contextlib.suppress(Killed):
                    sweep(contract)
            finally:
                left = 0
        return loads(engine, contract, *given, **more)

    with mock.patch.object(file_load, "load", load):
        yield


@contextlib.contextmanager
def sometimes_judged(now: Callable[[], bool]) -> Iterator[None]:
    """Within the block the gates are asked only while ``now`` says so; else nothing is found."""
    asks, asks_once = judge.judge, judge.judge_figures_once

    def judged(*args: Any, **more: Any) -> Any:
        return asks(*args, **more) if now() else []

    def judged_once(*args: Any, **more: Any) -> Any:
        return asks_once(*args, **more) if now() else None

    with (
        mock.patch.object(judge, "judge", judged),
        mock.patch.object(judge, "judge_figures_once", judged_once),
    ):
        yield
