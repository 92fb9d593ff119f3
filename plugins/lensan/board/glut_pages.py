"""Alerts of a glut on the board: what peaks, where, when, how sure, who must act and who does; then what came of
earlier ones."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from lensan.board import access, drawing, promise_app
from lensan.board.access import ACTS, FileId
from lensan.board.templates import back, page, words
from lensan.domain import duties
from lensan.domain.places import places
from lensan.units import backtests, glut_alerts
from lensan.units.duties import actor_name
from lensan.units.glut_alerts import Promise

router = APIRouter()
MOST_CLOSED = 50
RATED = {
    "forecast": "Dự báo",
    "calendar": "Chỉ theo lịch mùa vụ",
    "last_year": "Theo tuần này năm trước",
    "price": "Chỉ theo giá thị trường",
}
"""The methods of a backtest, by name."""


@router.get("/gluts")
def gluts(request: Request) -> HTMLResponse:
    """The alerts that stand, and the last that are closed: for all readers."""
    today = access.outside(request).clock().date()
    engine = access.outside(request).engine()
    rows = glut_alerts.listed(engine)
    for row in rows:
        row["asked"] = {key: actor_name(key, today) for key in row["asked"]}
        row["silent"] = row["asked"].keys() - {each["actor"] for each in row["answers"]}
    closed = [row for row in rows if row["closed_at"]]
    return page(
        request,
        "gluts.html",
        {
            "standing": [row for row in rows if not row["closed_at"]],
            "ready": glut_alerts.readiness(engine, today),
            "charts": {
                number: drawing.harvest(weeks)
                for number, weeks in glut_alerts.weeks(engine).items()
            },
            "backtest": backtests.last(engine),
            "rated": RATED,
            "closed": closed[:MOST_CLOSED],
            "came": Counter(row["outcome"] for row in closed),
            "units": {row["code"]: row["name"] for row in places().units},
            "who_acts": duties.sentence(duties.register().on_glut),
            "may_act": bool(access.visitor(request).acts_on),
            "longest": glut_alerts.LONGEST,
        },
    )


@router.post("/gluts/{alert_id}", dependencies=ACTS)
def acknowledge(
    request: Request,
    alert_id: FileId,
    actor: Annotated[str, Form()] = "",
    said: Annotated[str, Form()] = "",
    storage: Annotated[str, Form()] = "",
    transport: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Note who has taken an alert in hand, and what is being done."""
    outside = access.outside(request)
    by = access.visitor(request).name
    try:
        promise = Promise(promise_app.tonnes(storage), promise_app.tonnes(transport))
        glut_alerts.acknowledge(
            outside.engine(), alert_id, actor, words(said), promise, by=by, moment=outside.clock()
        )
    except LookupError as error:
        raise HTTPException(404) from error
    except ValueError as error:
        raise HTTPException(
            409,
            f"Cần chọn đơn vị trong danh sách; nội dung nhiều nhất {glut_alerts.LONGEST} chữ; kho, vận chuyển là "
            "số tấn của doanh nghiệp bưu chính, phần lẻ sau dấu phẩy.",
        ) from error
    return back(request, "/gluts", "glut_acknowledged")
