"""A published report that is mailed to two chiefs, and a process of its own that sends it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import reporting_case
from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain.periods import ICT
from lensan.domain.report_model import Report
from lensan.mail import delivery, ledger, letter
from lensan.mail.transport.smtp import SmtpServer

NOW = datetime(2021, 11, 18, 13, 30, tzinfo=ICT)
CHIEF, DEPUTY, ARCHIVE = "lanh-dao@example.vn", "pho-giam-doc@example.vn", "luu-tru@example.vn"
FILES = {"bao-cao-tuan-2021-11-18.xlsx": b"PK\x03\x04 workbook", "bao-cao.pdf": b"%PDF-1.7"}


def published(engine: Engine, report: Report) -> Report:
    """Enter the report into ops.report: nothing else may be mailed."""
    period = report.period
    with engine.begin() as connection:
        warehouse.run(
            connection,
            "reports/publishing/insert_report",
            report_kind=period.kind,
            period=period.name,
            revision=report.revision,
            period_start=period.start,
            period_end=period.end,
            published_at=NOW,
            known_at=NOW,
            code_version="0",
            figures_sha256="0",
            reason=None,
            frozen="{}",
        )
    return report


def build(report: Report, files: object) -> EmailMessage:
    """A small mail where the real one does not matter."""
    mail = EmailMessage()
    mail["Subject"] = "Báo cáo tuần"
    mail.set_content("Kính gửi Quý cơ quan,\n.một dòng bắt đầu bằng dấu chấm\n")
    return mail


def send(url: str, port: int, die_at: str, kind: str) -> None:
    """A sender of its own: a report, or two reminders. It kills itself before or after the call named by
    ``die_at``, as ``before send``; never without a name."""
    when, _, name = die_at.partition(" ")
    if name:
        owner = next(place for place in (ledger, letter, SmtpServer) if hasattr(place, name))
        setattr(owner, name, {"before": before, "after": after}[when](getattr(owner, name)))
    engine, report = warehouse.connect(url), reporting_case.make()
    smtp = SmtpServer("127.0.0.1", port, timeout_s=5, accept_timeout_s=5)
    if kind == "report":
        delivery.deliver_report(engine, report, FILES, build, smtp, moment=NOW)
        return
    for address in sorted((CHIEF, DEPUTY)):
        ledger.send_once(
            engine, smtp, kind=kind, fact=f"{kind}|x", recipient=address,
            message=build(report, FILES), moment=NOW,
        )  # fmt: skip


def before(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **more: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    return run


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **more: Any) -> None:
        function(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    return run
