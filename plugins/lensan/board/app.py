"""The board as a FastAPI application: who is let in, which pages and acts it has, what an error says.

Every route asks the visitor's rights, every act is a POST with a token of its own form, and goes
through the functions that the command line calls. See docs/decisions/0015-operations-board.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException as AnyHTTPException

from lensan.board import (
    access,
    acts,
    adhoc_acts,
    api,
    difficulty_pages,
    duty_pages,
    glut_pages,
    mail_acts,
    pages,
    phone_app,
    promise_app,
    release_acts,
    signing_acts,
)
from lensan.board.access import Outside, Visitor
from lensan.board.templates import told as told_page
from lensan.domain import periods, schedule

log = logging.getLogger(__name__)
API_WORDS = {401: "sign in first", 403: "no right to read", 404: "there is no such thing"}
"""What the read API says, to programs."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'none'"
)
ROUTERS = (
    pages.router,
    api.router,
    duty_pages.router,
    difficulty_pages.router,
    glut_pages.router,
    adhoc_acts.router,
    release_acts.router,
    signing_acts.router,
    acts.router,
    mail_acts.router,
)


def make(outside: Outside, visitor: Callable[..., Visitor]) -> FastAPI:
    """The application. ``visitor``: a FastAPI dependency that answers 401 or says who asks."""

    def enter(request: Request, found: Any = Depends(visitor)) -> None:  # noqa: B008
        access.enter(request, found)

    board = FastAPI(
        title="Lên Sàn",
        dependencies=[Depends(enter)],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    board.state.outside = outside
    for router in ROUTERS:
        board.include_router(router)
    # Without a login: whoever has a link is let in by it, to one form and nothing else.
    board.mount(phone_app.PREFIX, phone_app.make(outside))
    board.mount(promise_app.PREFIX, promise_app.make(outside))
    board.add_exception_handler(AnyHTTPException, _refused)
    board.add_exception_handler(RequestValidationError, _no_such_page)
    for kind in (OperationalError, InterfaceError):
        board.add_exception_handler(kind, _no_warehouse)
    board.add_exception_handler(Exception, _broken)
    board.middleware("http")(_guard)
    return board


async def _guard(request: Request, call_next: Any) -> Any:
    response = await call_next(request)
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


async def _refused(request: Request, error: Any) -> Response:
    status = error.status_code
    if access.path(request).startswith(api.PREFIX):
        return JSONResponse({"detail": API_WORDS.get(status, "refused")}, status)
    if status == 401:
        text = "Bạn cần đăng nhập vào Airflow để xem bảng điều hành."
        return told_page(request, "Chưa đăng nhập", text, 401)
    if status == 404:
        return await _no_such_page(request, error)
    titles = {403: "Không có quyền", 405: "Không thực hiện được", 409: "Không thực hiện được"}
    text = error.detail if status in (403, 409) else "Yêu cầu này không được chấp nhận."
    return told_page(request, titles.get(status, "Không thực hiện được"), text, status)


async def _no_such_page(request: Request, error: Any) -> Response:
    if access.path(request).startswith(api.PREFIX):
        if isinstance(error, RequestValidationError):
            told = [{"at": each["loc"][-1], "why": each["msg"]} for each in error.errors()]
            return JSONResponse({"detail": told}, 422)
        return JSONResponse({"detail": API_WORDS[404]}, 404)
    return told_page(request, "Không tìm thấy", "Trang hoặc tệp này không có.", 404)


async def _no_warehouse(request: Request, error: Exception) -> HTMLResponse:
    log.error("the board could not ask the warehouse: %s", error)
    due_at = periods.owed("week", access.outside(request).clock()).due_at
    text = (
        "Kho dữ liệu không trả lời, nên chưa xem hay làm được gì ở đây. Báo kỹ sư trực: chạy "
        "lensan doctor, rồi khởi động PostgreSQL. "
        f"Nếu sắp đến {due_at:%H:%M} {schedule.weekday_name(due_at)}, hãy gọi ngay."
    )
    return told_page(request, "Không kết nối được kho dữ liệu", text, 503)


async def _broken(request: Request, error: Exception) -> HTMLResponse:
    log.error("the board failed", exc_info=error)
    text = "Bảng điều hành gặp lỗi. Báo kỹ sư trực; chi tiết ở nhật ký của máy chủ Airflow."
    return told_page(request, "Có lỗi", text, 500)
