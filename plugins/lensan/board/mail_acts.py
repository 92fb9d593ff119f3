"""What is done with mails on request: sent, sent again, confirmed; of reports and of what is none."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from lensan import warehouse
from lensan.board import access, facts
from lensan.board.access import ACTS, READS, Outside
from lensan.board.templates import at, back, confirmation, moment
from lensan.domain import periods
from lensan.domain.periods import Period
from lensan.mail import delivery, ledger
from lensan.mail.delivery import DeliveryPendingError
from lensan.operations import obligations
from lensan.reports import publishing, wording
from lensan.units import phrases, reminders
from lensan.units.reminders import OneUnit

log = logging.getLogger(__name__)
router = APIRouter()


def deliver(outside: Outside, period: Period) -> None:
    """One round of mails, after the answer: what stays pending is shown, and the watchdog tries it
    again before the deadline."""
    try:
        obligations.deliver(
            outside.engine(), period, outside.smtp(), moment=outside.clock(), is_patient=False
        )
    except DeliveryPendingError as error:
        log.warning("%s", error)
    except Exception:
        log.exception("the mails of %s could not be sent; they stay in the ledger", period)


@router.get("/send/{kind}/{name}", dependencies=READS)
def ask_send(request: Request, kind: str, name: str) -> HTMLResponse:
    """The page that says to whom a report's mails go, before they go."""
    period = access.period(kind, name)
    engine = access.outside(request).engine()
    revision = facts.last_revision(engine, period)
    if revision is None:
        raise HTTPException(409, "Báo cáo này chưa được phát hành.")
    fresh = facts.recipients(engine, period, revision)
    with engine.begin() as connection:
        mails = warehouse.rows(
            connection, "board/facts/deliveries", report_kind=period.kind, period=period.name
        )
    waiting = [
        row["recipient"]
        for row in mails
        if row["revision"] == revision and row["state"] == "pending"
    ]
    mark = f", bản điều chỉnh lần {revision}" if revision else ""
    will = []
    if fresh:
        will.append(f"Gửi lần đầu cho {len(fresh)} người: {', '.join(fresh)}.")
    if waiting:
        will.append(f"Thử gửi lại {len(waiting)} thư đang chờ: {', '.join(waiting)}.")
    if not will:
        raise HTTPException(409, "Không có thư nào đang chờ: mọi người nhận đều đã có trong sổ.")
    return confirmation(
        request,
        title=f"Gửi báo cáo {wording.period_label(period)}{mark}?",
        will=[*will, "Người đã nhận không nhận thư lần nữa."],
        button="Gửi thư",
        back=at(period),
    )


@router.post("/send/{kind}/{name}", dependencies=ACTS)
def send(request: Request, kind: str, name: str, later: BackgroundTasks) -> RedirectResponse:
    """Queue and send a report's mails to those who have not got one."""
    period = access.period(kind, name)
    outside = access.outside(request)
    engine = outside.engine()
    revision = facts.last_revision(engine, period)
    if revision is None:
        raise HTTPException(409, "Báo cáo này chưa được phát hành.")
    with engine.begin() as connection:
        access.noted(
            request,
            connection,
            "delivery.send",
            f"{period.kind} {period.name}",
            {"revision": revision},
        )
    later.add_task(deliver, outside, period)
    return back(request, at(period), "sending")


@router.get("/mail/{mail_key}/{what}", dependencies=READS)
def ask_mail(request: Request, mail_key: str, what: str) -> HTMLResponse:
    """The page that says what confirming a mail, or sending it again, means."""
    row, period = _mail(request, mail_key, what)
    label = wording.period_label(period)
    if what == "confirm":
        return confirmation(
            request,
            title="Ghi nhận thư đã đến?",
            will=[
                f"Thư báo cáo {label} gửi {row['recipient']} được ghi là đã gửi; không gửi lại.",
                "Chỉ bấm sau khi người nhận xác nhận đã thấy thư.",
            ],
            button="Ghi nhận đã đến",
            back=at(period),
        )
    warn = {
        "sent": "Thư này đã gửi xong: người nhận sẽ có hai thư giống nhau.",
        "unknown": "Thư này có thể đã đến: hãy hỏi người nhận trước, nếu không họ có thể nhận hai thư.",
    }.get(row["state"])
    return confirmation(
        request,
        title=f"Gửi lại thư báo cáo {label}?",
        will=[f"Gửi lại một thư cho {row['recipient']}, kèm tệp đúng như đã phát hành."],
        warn=[warn] if warn else [],
        button="Gửi lại",
        back=at(period),
    )


@router.post("/mail/{mail_key}/{what}", dependencies=ACTS)
def mail(request: Request, mail_key: str, what: str, later: BackgroundTasks) -> RedirectResponse:
    """Confirm a mail of unknown fate, or send one again."""
    row, period = _mail(request, mail_key, what)
    outside = access.outside(request)
    engine, now, by = outside.engine(), outside.clock(), access.visitor(request).name
    report, _ = publishing.load(engine, period, row["revision"])
    if what == "confirm":
        if not delivery.confirm(engine, report, row["recipient"], moment=now, by=by):
            raise HTTPException(409, "Chỉ thư không rõ đã đến hay chưa mới cần ghi nhận.")
        return back(request, at(period), "confirmed")
    if row["state"] != "pending" and not delivery.resend(
        engine, report, row["recipient"], moment=now, by=by
    ):
        raise HTTPException(409, "Thư này đang được gửi; hãy đợi rồi tải lại trang.")
    later.add_task(_send_pending, outside, period, row["revision"])
    return back(request, at(period), "sending")


def _mail(request: Request, mail_key: str, what: str) -> tuple[dict[str, Any], Period]:
    if what not in ("resend", "confirm"):
        raise HTTPException(404)
    with access.outside(request).engine().begin() as connection:
        found = warehouse.rows(connection, "board/mail_acts/mail", mail_key=mail_key)
    if not found:
        raise HTTPException(404)
    row = found[0]
    if row["report_kind"] not in access.visitor(request).acts_on:
        raise HTTPException(403, "Tài khoản của bạn không có quyền thực hiện việc này.")
    return row, access.period(row["report_kind"], row["period"])


def _send_pending(outside: Outside, period: Period, revision: int) -> None:
    """One round, after the answer."""
    try:
        obligations.send_pending(
            outside.engine(), period, revision, outside.smtp(), moment=outside.clock()
        )
    except Exception:
        log.exception("a mail of %s could not be sent; it stays in the ledger", period)


@router.get("/remind/{kind}/{name}/{unit_code}", dependencies=READS)
def ask_remind(request: Request, kind: str, name: str, unit_code: str) -> HTMLResponse:
    """The page that says what reminding one unit sends, and to which addresses."""
    one = _to_remind(request, access.period(kind, name), unit_code)
    unit = phrases.sender_name(unit_code)
    before = f" Lần nhắc gần nhất: {moment(one.last_at)}." if one.last_at else ""
    return confirmation(
        request,
        title=f"Nhắc {unit} nộp báo cáo {wording.period_label(one.reminder.period)}?",
        will=[
            f"Thư nhắc kèm biểu mẫu của {unit} gửi đến {', '.join(one.addresses)}.{before}",
            "Chỉ địa phương này nhận thư; trong một giờ không nhắc lại được.",
            f"Ghi vào nhật ký với tên {access.visitor(request).name}.",
        ],
        button="Gửi thư nhắc",
        back=at(one.reminder.period),
    )


@router.post("/remind/{kind}/{name}/{unit_code}", dependencies=ACTS)
def remind(request: Request, kind: str, name: str, unit_code: str) -> RedirectResponse:
    """Mail one unit its reminder; what does not go out at once is shown among the other mails."""
    period = access.period(kind, name)
    one = _to_remind(request, period, unit_code)
    outside = access.outside(request)
    found = reminders.remind_one(
        outside.engine(),
        outside.smtp(),
        one,
        by=access.visitor(request).name,
        moment=outside.clock(),
        board=outside.home().board,
    )
    return back(request, at(period), "reminded" if set(found) == {"sent"} else "not_reminded")


def _to_remind(request: Request, period: Period, unit_code: str) -> OneUnit:
    """409 with the reason where a unit is not to be reminded of a period now, 404 where it is none."""
    outside = access.outside(request)
    now = outside.clock()
    if period != periods.owed(period.kind, now):
        raise HTTPException(409, "Chỉ nhắc được báo cáo sắp đến hạn.")
    with outside.engine().begin() as connection:
        known = {row["unit_code"] for row in warehouse.rows(connection, "board/facts/units")}
    if unit_code not in known:
        raise HTTPException(404)
    one = reminders.of_one_unit(outside.engine(), period.kind, unit_code, moment=now)
    why_not = {
        "submitted": "Địa phương này đã nộp.",
        "early": f"Kỳ này nhắc từ ngày {period.reminders_at()[0]:%d/%m/%Y}.",
        "late": f"Từ {period.automatic_release_at:%H:%M} báo cáo đã phát hành, nhắc không còn kịp.",
        "no_address": "Địa phương này chưa khai địa chỉ thư: lensan addresses add.",
        "just_reminded": f"Đã nhắc lúc {moment(one.last_at)}; sau một giờ mới nhắc lại được.",
    }.get(one.why_not or "")
    if why_not:
        raise HTTPException(409, why_not)
    return one


@router.get("/notice/{mail_key}", dependencies=READS)
def ask_notice(request: Request, mail_key: str) -> HTMLResponse:
    """The page that says what sending a notice again means."""
    row = _notice(request, mail_key)
    warn = "Thư này có thể đã đến: hãy hỏi người nhận trước, nếu không họ có thể nhận hai thư."
    return confirmation(
        request,
        title="Gửi lại thư này?",
        will=[
            f"{facts.NOTICE_KINDS[row['kind']]}: “{row['subject']}”, gửi {row['recipient']}.",
            "Thư được xếp lại vào hàng chờ và đi cùng lần gửi tới của loại thư này.",
        ],
        warn=[warn] if row["state"] == "unknown" else [],
        button="Gửi lại",
        back="/",
    )


@router.post("/notice/{mail_key}", dependencies=ACTS)
def notice(request: Request, mail_key: str) -> RedirectResponse:
    """Queue a notice again that was refused or whose fate nobody knows."""
    row = _notice(request, mail_key)
    outside = access.outside(request)
    engine = outside.engine()
    if not ledger.resend_notice(engine, row["notice_key"], moment=outside.clock()):
        raise HTTPException(409, "Chỉ thư bị từ chối hoặc không rõ đã đến chưa mới gửi lại được.")
    with engine.begin() as connection:
        access.noted(request, connection, "notice.resend", row["notice_key"])
    return back(request, "/", "queued")


def _notice(request: Request, mail_key: str) -> dict[str, Any]:
    with access.outside(request).engine().begin() as connection:
        found = warehouse.rows(connection, "board/facts/notices", mail_key=mail_key)
    if not found:
        raise HTTPException(404)
    return found[0]
