"""What is done on request: each act first says on a page what will happen, its form posts to the same path."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from lensan import warehouse
from lensan.board import access, facts, lists, mail_acts
from lensan.board.access import ACTS, READS, STEWARD_ACTS, STEWARD_READS, PairId
from lensan.board.templates import LONGEST_REASON, at, back, confirmation, page, words
from lensan.domain import report_forms
from lensan.domain.periods import Period
from lensan.figures import adjusting, measuring
from lensan.figures.adjusting import Change
from lensan.mail import alarms
from lensan.operations import obligations
from lensan.producers import decisions, history
from lensan.reports import publishing, wording

log = logging.getLogger(__name__)
router = APIRouter()
MOST_FILES = 5
"""Named on the page before a correction; computing anew lists every figure."""


@router.get("/correct/{kind}/{name}", dependencies=READS)
def ask_correct(request: Request, kind: str, name: str) -> HTMLResponse:
    """The page that says what a correction does, before it is done."""
    return _ask_correct(request, access.period(kind, name))


def _ask_correct(
    request: Request, period: Period, error: str | None = None, reason: str = ""
) -> HTMLResponse:
    engine = access.outside(request).engine()
    revision = facts.last_revision(engine, period)
    if revision is None:
        raise HTTPException(409, "Báo cáo này chưa được phát hành nên không có gì để điều chỉnh.")
    found = publishing.changes(engine, period, moment=access.outside(request).clock())
    return confirmation(
        request,
        title=f"Phát hành bản điều chỉnh lần {revision + 1} của báo cáo "
        f"{wording.period_label(period)}?",
        will=[
            *_will_change(found, with_files=access.visitor(request).is_steward),
            "Số liệu được tính lại từ dữ liệu có trong kho lúc bấm nút; bản mới mang dòng "
            f"“ĐIỀU CHỈNH LẦN {revision + 1}”. Bản đã phát hành giữ nguyên trong kho.",
            "Nếu không có số liệu nào khác thì không phát hành, trừ khi bạn đánh dấu ô dưới đây.",
            f"Lý do và tên người phát hành ({access.visitor(request).name}) được ghi vào nhật ký.",
            "Việc này có thể mất nửa phút; chỉ bấm một lần.",
        ],
        fields=("reason", "even_if_same", "deliver"),
        reason_label="Lý do điều chỉnh",
        button="Phát hành bản điều chỉnh",
        back=at(period),
        error=error,
        given={"reason": reason},
    )


def _will_change(found: list[Change], *, with_files: bool) -> list[str]:
    """How many figures a correction changes, by which files; names of files for stewards only."""
    if not found:
        return ["Lúc này không có số liệu nào khác bản đã phát hành."]
    extent = adjusting.extent(found)
    said = f"Bản mới đổi {extent.figures} số, trong đó {extent.of_province} số của toàn tỉnh"
    if not extent.files:
        return [f"{said}."]
    shown = f": {', '.join(extent.files[:MOST_FILES])}" if with_files else ""
    more = len(extent.files) - MOST_FILES
    rest = f" và {more} tệp khác" if with_files and more > 0 else ""
    return [f"{said}, do {len(extent.files)} tệp{shown}{rest}."]


@router.post("/correct/{kind}/{name}", dependencies=ACTS, response_model=None)
def correct(
    request: Request,
    kind: str,
    name: str,
    later: BackgroundTasks,
    reason: Annotated[str, Form()] = "",
    even_if_same: Annotated[str, Form()] = "",
    deliver: Annotated[str, Form()] = "",
) -> Response:
    """Publish a corrected revision with its reason; mail it where that was ticked."""
    period, reason = access.period(kind, name), words(reason)
    outside = access.outside(request)
    engine = outside.engine()
    if not 1 <= len(reason) <= LONGEST_REASON:
        error = f"Hãy ghi lý do điều chỉnh, không quá {LONGEST_REASON} ký tự."
        return _ask_correct(request, period, error, reason[:LONGEST_REASON])
    if facts.last_revision(engine, period) is None:
        raise HTTPException(409, "Báo cáo này chưa được phát hành nên không có gì để điều chỉnh.")
    published = publishing.correct(
        engine,
        period,
        outside.home().reports,
        moment=outside.clock(),
        reason=reason,
        by=access.visitor(request).name,
        even_if_same=bool(even_if_same),
    )
    if not published.is_new:
        error = "Không có số liệu nào khác bản đã phát hành, nên không có bản điều chỉnh nào."
        return _ask_correct(request, period, error, reason)
    if deliver:
        later.add_task(mail_acts.deliver, outside, period)
    return back(request, at(period), "corrected_sent" if deliver else "corrected")


@router.get("/compute/{kind}/{name}", dependencies=READS)
def ask_compute(request: Request, kind: str, name: str) -> HTMLResponse:
    """The page that says what computing anew does, before it is done."""
    period = access.period(kind, name)
    if access.outside(request).clock() < period.starts_at or not period.is_of_plan:
        raise HTTPException(409, "Kỳ báo cáo này không có số liệu.")
    return confirmation(
        request,
        title=f"Tính lại số liệu {wording.period_label(period)}?",
        will=[
            "Số liệu được tính lại từ dữ liệu có trong kho; dự thảo đang chờ phát hành được lập lại.",
            "Báo cáo đã phát hành không thay đổi và không có thư nào được gửi. Nếu có số liệu khác "
            "bản đã phát hành, trang sau liệt kê từng số.",
            "Việc này có thể mất nửa phút; chỉ bấm một lần.",
        ],
        button="Tính lại",
        back=at(period),
    )


@router.post("/compute/{kind}/{name}", dependencies=ACTS)
def compute(request: Request, kind: str, name: str) -> HTMLResponse:
    """Compute a period's figures anew and renew its draft; nothing is published."""
    period = access.period(kind, name)
    outside = access.outside(request)
    engine, now = outside.engine(), outside.clock()
    if now < period.starts_at or not period.is_of_plan:
        raise HTTPException(409, "Kỳ báo cáo này không có số liệu.")
    with engine.begin() as connection:
        access.noted(request, connection, "report.compute", f"{period.kind} {period.name}")
        units = {
            r["unit_code"]: r["full_name"] for r in warehouse.rows(connection, "board/facts/units")
        }
        drafts = warehouse.rows(connection, "operations/obligations/drafts")
    revision = facts.last_revision(engine, period)
    changed: list[dict[str, Any]] = []
    if revision is not None:
        changed = lists.changed(publishing.changes(engine, period, moment=now), units)
    elif any((row["report_kind"], row["period"]) == (period.kind, period.name) for row in drafts):
        obligations.draft(engine, period, outside.home().reports, moment=now)
    else:
        codes = report_forms.form(period.kind).indicator_codes
        measuring.compute(engine, period, moment=now, codes=codes)
    values = {
        "period": period,
        "label": wording.period_label(period),
        "revision": revision,
        "changed": changed,
        "back": at(period),
    }
    return page(request, "computed.html", values)


@router.post("/alarms/acknowledge", dependencies=ACTS)
def acknowledge(request: Request, key: Annotated[str, Form()] = "") -> RedirectResponse:
    """Note that somebody has seen an alarm; it is not sent again."""
    outside = access.outside(request)
    engine, by, key = outside.engine(), access.visitor(request).name, key.replace("\0", "")
    if alarms.acknowledge(engine, key, by, moment=outside.clock()):
        with engine.begin() as connection:
            access.noted(request, connection, "alarm.acknowledge", key)
    return back(request, "/", "acknowledged")


DECISIONS = {
    "same": ("Hai dòng này là một nhà sản xuất?", "Là một nhà sản xuất"),
    "different": ("Hai dòng này là hai nhà sản xuất khác nhau?", "Là hai nhà sản xuất"),
    "undo": ("Rút lại quyết định về cặp này?", "Rút lại quyết định"),
}


@router.get("/duplicates/{pair_id}/{decision}", dependencies=STEWARD_READS)
def ask_decide(request: Request, pair_id: PairId, decision: str) -> HTMLResponse:
    """The page with both producers of a doubtful pair, before it is decided."""
    return _ask_decide(request, pair_id, decision)


def _ask_decide(
    request: Request, pair_id: int, decision: str, error: str | None = None, note: str = ""
) -> HTMLResponse:
    if decision not in DECISIONS:
        raise HTTPException(404)
    try:
        pair = lists.pair(access.outside(request).engine(), pair_id)
    except LookupError as missing:
        raise HTTPException(404) from missing
    title, button = DECISIONS[decision]
    will = {
        "same": "Từ nay hai dòng được tính là một nhà sản xuất, ở mọi số liệu tính sau.",
        "different": "Từ nay hai dòng được tính là hai nhà sản xuất, và cặp này không hỏi lại.",
        "undo": "Cặp này lại theo quy tắc chung, và có thể được hỏi lại.",
    }[decision]
    return confirmation(
        request,
        title=title,
        will=[
            will,
            "Báo cáo đã phát hành không thay đổi; số khác đi sẽ hiện ở trang Điều chỉnh của kỳ sau.",
            f"Quyết định được ghi vào nhật ký với tên {access.visitor(request).name}.",
        ],
        fields=("note",),
        sides=pair,
        button=button,
        back="/duplicates",
        error=error,
        given={"note": note},
    )


@router.post("/duplicates/{pair_id}/{decision}", dependencies=STEWARD_ACTS, response_model=None)
def decide(
    request: Request, pair_id: PairId, decision: str, note: Annotated[str, Form()] = ""
) -> Response:
    """Say that a doubtful pair is one producer or two, or take that back."""
    if decision not in DECISIONS:
        raise HTTPException(404)
    outside = access.outside(request)
    engine, now, by = outside.engine(), outside.clock(), access.visitor(request).name
    said = words(note)[:LONGEST_REASON] or None
    try:
        if decision == "undo":
            decisions.undo_decision(engine, pair_id, by=by, note=said, moment=now)
        else:
            decisions.decide(engine, pair_id, decision, by=by, note=said, moment=now)
    except decisions.DecisionError as error:
        if error.pairs:
            numbers = ", ".join(str(number) for number in error.pairs)
            why = f"Quyết định này mâu thuẫn với quyết định về cặp {numbers}; hãy rút lại cặp sai trước."
        else:
            why = "Cặp này đã có quyết định, hoặc không có quyết định nào để rút lại."
        return _ask_decide(request, pair_id, decision, why, said or "")
    history.resolve(engine, moment=now)
    return back(request, "/duplicates", "decided")
