"""A report released by the officer, after a second look at what is doubtful; or not yet, with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lensan.board import access, facts, mail_acts
from lensan.board.access import ACTS, READS
from lensan.board.templates import LONGEST_REASON, at, back, confirmation, words
from lensan.domain.periods import Period
from lensan.operations import obligations
from lensan.reports import wording

router = APIRouter()


@router.get("/release/{kind}/{name}", dependencies=READS)
def ask_release(request: Request, kind: str, name: str) -> HTMLResponse:
    """What a release would send to whom, and what is doubtful; 409 before the period's end."""
    period = access.period(kind, name)
    _releasable(period, access.outside(request).clock())
    return _ask_release(request, period)


def _ask_release(request: Request, period: Period, error: str | None = None) -> HTMLResponse:
    outside = access.outside(request)
    engine, now = outside.engine(), outside.clock()
    found = facts.before_release(engine, period, moment=now)
    recipients = facts.recipients(engine, period, 0)
    warn = [*found["doubts"]]
    if found["absent"]:
        warn.append(f"Chưa gửi số liệu: {', '.join(found['absent'])}.")
    if found["refused"]:
        warn.append(f"Tệp bị từ chối, chưa gửi lại: {', '.join(found['refused'])}.")
    warn += [f"{title} chưa có dữ liệu mới của kỳ này." for title in found["stale"]]
    if found["late"]:
        warn.append(f"Báo cáo đã quá hạn {found['late']}.")
    if not recipients:
        warn.append("Chưa có người nhận nào: báo cáo được phát hành nhưng không gửi cho ai.")
    return confirmation(
        request,
        title=f"Phát hành báo cáo {found['label']}?",
        will=[
            "Báo cáo được lập từ dữ liệu có trong kho lúc bấm nút và được đóng băng: sau đó chỉ có "
            "thể phát hành bản điều chỉnh.",
            f"Thư được gửi ngay cho {len(recipients)} người nhận: {', '.join(recipients)}."
            if recipients
            else "Không có thư nào được gửi.",
            f"Ghi vào nhật ký: người phát hành là {access.visitor(request).name}.",
        ],
        warn=warn,
        drafts=facts.draft_links(outside.home().reports, period),
        fields=("looked",) if found["doubts"] else (),
        seen=facts.mark(found["doubts"]),
        button="Phát hành và gửi thư",
        back=at(period),
        error=error,
    )


def _releasable(period: Period, now: datetime) -> None:
    if now < period.ends_at:
        raise HTTPException(409, "Kỳ báo cáo này chưa kết thúc nên chưa phát hành được.")
    plan = wording.plan_of(period).number
    if period.is_before_plan:
        raise HTTPException(409, f"Kỳ báo cáo này trước khi Kế hoạch {plan} có hiệu lực.")
    if period.is_after_plan:
        raise HTTPException(409, f"Kỳ báo cáo này sau khi Kế hoạch {plan} kết thúc.")


@router.post("/release/{kind}/{name}", dependencies=ACTS, response_model=None)
def release(
    request: Request,
    kind: str,
    name: str,
    later: BackgroundTasks,
    looked: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Publish and mail; what is doubtful is judged once more, and shown before it goes out unseen."""
    period = access.period(kind, name)
    outside = access.outside(request)
    engine, now = outside.engine(), outside.clock()
    _releasable(period, now)
    if not obligations.standing(engine, period).is_published:
        obligations.judge_figures(engine, period, moment=now)
        doubts = facts.doubts(engine, period)
        if doubts and seen != facts.mark(doubts):
            error = "Có điểm đáng ngờ mới so với lúc bạn mở trang này. Hãy xem lại rồi bấm lần nữa."
            return _ask_release(request, period, error)
        if doubts and not looked:
            error = "Hãy xem các điểm đáng ngờ dưới đây và đánh dấu là đã xem."
            return _ask_release(request, period, error)
    published = obligations.publish(
        engine,
        period,
        outside.home().reports,
        how="officer",
        by=access.visitor(request).name,
        moment=now,
    )
    if not published.is_new:
        return back(request, at(period), "already")
    later.add_task(mail_acts.deliver, outside, period)
    return back(request, at(period), "released")


@router.get("/not-yet/{kind}/{name}", dependencies=READS)
def ask_not_yet(request: Request, kind: str, name: str) -> HTMLResponse:
    """What *not yet* means, and the field for the reason; 409 once it is published."""
    return _ask_not_yet(request, access.period(kind, name))


def _ask_not_yet(request: Request, period: Period, error: str | None = None) -> HTMLResponse:
    outside = access.outside(request)
    engine = outside.engine()
    _unpublished(request, period)
    at_clock = f"{obligations.released_by_itself_at(engine, period):%H:%M %d/%m/%Y}"
    is_due = outside.clock() >= period.due_at
    return confirmation(
        request,
        title=f"Chưa phát hành báo cáo {wording.period_label(period)}?",
        will=[
            "Lý do và tên bạn được ghi vào nhật ký, hiện trên bảng điều hành cho mọi người.",
            "Đã quá hạn nộp nên báo cáo không tự phát hành nữa: chỉ đi khi có người phát hành."
            if is_due
            else f"Báo cáo vẫn tự phát hành lúc {at_clock} nếu đến lúc đó chưa ai phát hành: hạn nộp "
            "quan trọng hơn. Sau hạn thì không tự phát hành nữa.",
        ],
        fields=("reason",),
        reason_label="Lý do chưa phát hành",
        button="Chưa phát hành",
        back=at(period),
        error=error,
    )


@router.post("/not-yet/{kind}/{name}", dependencies=ACTS, response_model=None)
def not_yet(
    request: Request, kind: str, name: str, reason: Annotated[str, Form()] = ""
) -> HTMLResponse | RedirectResponse:
    """Note who does not want it released yet, and why; the page again without a reason."""
    period, reason = access.period(kind, name), words(reason)
    outside = access.outside(request)
    _unpublished(request, period)
    if not 1 <= len(reason) <= LONGEST_REASON:
        return _ask_not_yet(request, period, f"Hãy ghi lý do, không quá {LONGEST_REASON} ký tự.")
    obligations.not_yet(
        outside.engine(),
        period,
        by=access.visitor(request).name,
        reason=reason,
        moment=outside.clock(),
    )
    return back(request, at(period), "not_yet")


def _unpublished(request: Request, period: Period) -> None:
    if obligations.standing(access.outside(request).engine(), period).is_published:
        raise HTTPException(409, "Báo cáo này đã được phát hành.")
