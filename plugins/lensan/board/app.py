"""The board as a FastAPI application: who is let in, what is shown, what is done on request.

Every route asks the visitor's rights, every act is a POST with a token of its own form, and goes
through the functions that the command line calls. See docs/decisions/0015-operations-board.md.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Form, HTTPException, Request
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException as AnyHTTPException

from lensan import warehouse
from lensan.board import facts, pages
from lensan.domain import csv_text, periods, report_forms
from lensan.domain.periods import Period
from lensan.domain.settings import Settings
from lensan.figures import measuring
from lensan.mail import alarms, delivery, notices
from lensan.mail.delivery import DeliveryPendingError, SmtpServer
from lensan.operations import obligations
from lensan.producers import resolution
from lensan.reports import publishing, wording
from lensan.units import answers
from lensan.warehouse import audit

log = logging.getLogger(__name__)
LONGEST_REASON = 500
ALL_ROWS = 10_000_000
REFRESH_S = 60
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'self'; base-uri 'none'"
)
# Great Expectations' pages bring their own style; no script of theirs runs beside Airflow's login.
DOCS_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Visitor:
    """Who asks. ``acts_on``: kinds of report (week, month) they may release, correct, send;
    ``is_steward``: may see personal data and decide on duplicates."""

    user_id: str
    name: str
    may_read: bool
    acts_on: frozenset[str]
    is_steward: bool


@dataclass(frozen=True)
class Outside:
    """What the board needs of its surroundings, asked anew for each request.

    ``secret``: signs the tokens of forms. ``clock``: the moment, aware. ``failed_runs``: ids of DAGs whose last
    finished run failed → when.
    """

    engine: Callable[[], Engine]
    smtp: Callable[[], SmtpServer]
    home: Callable[[], Settings]
    clock: Callable[[], datetime]
    secret: Callable[[], str]
    failed_runs: Callable[[], Mapping[str, datetime | None]]


MESSAGES = {
    "released": "Đã phát hành báo cáo. Thư đang được gửi; trạng thái ở mục “Thư báo cáo”.",
    "already": "Báo cáo đã được phát hành trước đó; không có gì thay đổi.",
    "corrected": "Đã phát hành bản điều chỉnh.",
    "corrected_sent": "Đã phát hành bản điều chỉnh. Thư đang được gửi.",
    "sending": "Thư đang được gửi; trạng thái ở mục “Thư báo cáo”.",
    "queued": "Đã xếp lại vào hàng chờ; lần gửi tới của loại thư này sẽ gửi.",
    "confirmed": "Đã ghi nhận: thư đã đến người nhận.",
    "acknowledged": "Đã ghi nhận bạn xử lý cảnh báo.",
    "decided": "Đã ghi quyết định và xác định lại các nhà sản xuất.",
}

# ---------------------------------------------------------------- who is let in


def _visitor(request: Request) -> Visitor:
    found: Visitor = request.state.visitor
    return found


def _outside(request: Request) -> Outside:
    found: Outside = request.app.state.outside
    return found


def _path(request: Request) -> str:
    """The path below the board's own prefix."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


def officer(request: Request) -> None:
    """403 unless the visitor may act on reports: of the path's kind, where it names one."""
    kind = request.path_params.get("kind")
    acts_on = _visitor(request).acts_on
    if not acts_on or (kind is not None and kind not in acts_on):
        raise HTTPException(403, "Tài khoản của bạn không có quyền thực hiện việc này.")


def steward(request: Request) -> None:
    """403 unless the visitor may see personal data."""
    if not _visitor(request).is_steward:
        raise HTTPException(403, "Dữ liệu cá nhân chỉ dành cho người quản lý dữ liệu.")


def with_token(request: Request, token: Annotated[str, Form()] = "") -> None:
    """403 unless the form was made by this board for this visitor and path."""
    outside = _outside(request)
    user_id = _visitor(request).user_id
    if not pages.is_token(token, outside.secret(), user_id, _path(request), outside.clock()):
        raise HTTPException(
            403, "Biểu mẫu không hợp lệ hoặc đã quá lâu. Hãy quay lại, tải lại trang và thử lại."
        )


READS = [Depends(officer)]
ACTS = [Depends(officer), Depends(with_token)]
STEWARD_READS = [Depends(steward)]
STEWARD_ACTS = [Depends(steward), Depends(with_token)]
FileId = Annotated[int, InPath(ge=1, le=2**31 - 1)]
PairId = Annotated[int, InPath(ge=1, le=2**63 - 1)]
Revision = Annotated[int, InPath(ge=0, le=2**31 - 1)]


def make(outside: Outside, visitor: Callable[..., Visitor]) -> FastAPI:
    """The application. ``visitor``: a FastAPI dependency that answers 401 or says who asks."""

    def enter(request: Request, found: Any = Depends(visitor)) -> None:  # noqa: B008
        if not found.may_read:
            raise HTTPException(403, "Tài khoản của bạn chưa được cấp quyền xem bảng điều hành.")
        if "\0" in request.scope["path"]:
            raise HTTPException(404)
        request.state.visitor = found

    board = FastAPI(
        title="Lên Sàn",
        dependencies=[Depends(enter)],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    board.state.outside = outside
    board.include_router(router)
    board.add_exception_handler(AnyHTTPException, _refused)
    board.add_exception_handler(RequestValidationError, _no_such_page)
    for kind in (OperationalError, InterfaceError):
        board.add_exception_handler(kind, _no_warehouse)
    board.add_exception_handler(Exception, _broken)

    @board.middleware("http")
    async def guard(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    return board


# ---------------------------------------------------------------- pages


def _page(
    request: Request, template: str, values: Mapping[str, Any] | None = None, status: int = 200
) -> HTMLResponse:
    base = request.scope.get("root_path", "")
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    outside = _outside(request)
    now = outside.clock()
    said = MESSAGES.get(request.query_params.get("done", ""))

    def token(path: str) -> str:
        user_id = visitor.user_id if visitor else ""
        return pages.token(outside.secret(), user_id, path, now)

    page = {
        "base": base,
        "visitor": visitor,
        "now": now,
        "said": said,
        "token": token,
        "here": template,
        "refresh": None,
        "has_docs": visitor is not None and (outside.home().data_docs / "index.html").is_file(),
    }
    return HTMLResponse(pages.render(template, page | dict(values or {})), status)


def _told(request: Request, title: str, text: str, status: int) -> HTMLResponse:
    return _page(request, "message.html", {"title": title, "text": text, "status": status}, status)


async def _refused(request: Request, error: Any) -> HTMLResponse:
    status = error.status_code
    if status == 401:
        text = "Bạn cần đăng nhập vào Airflow để xem bảng điều hành."
        return _told(request, "Chưa đăng nhập", text, 401)
    if status == 404:
        return await _no_such_page(request, error)
    titles = {403: "Không có quyền", 405: "Không thực hiện được", 409: "Không thực hiện được"}
    text = error.detail if status in (403, 409) else "Yêu cầu này không được chấp nhận."
    return _told(request, titles.get(status, "Không thực hiện được"), text, status)


async def _no_such_page(request: Request, error: Any) -> HTMLResponse:
    return _told(request, "Không tìm thấy", "Trang hoặc tệp này không có.", 404)


async def _no_warehouse(request: Request, error: Exception) -> HTMLResponse:
    log.error("the board could not ask the warehouse: %s", error)
    text = (
        "Kho dữ liệu không trả lời, nên chưa xem hay làm được gì ở đây. Báo kỹ sư trực: chạy "
        "lensan doctor, rồi khởi động PostgreSQL. Nếu sắp đến 14:00 thứ Năm, hãy gọi ngay."
    )
    return _told(request, "Không kết nối được kho dữ liệu", text, 503)


async def _broken(request: Request, error: Exception) -> HTMLResponse:
    log.error("the board failed", exc_info=error)
    text = "Bảng điều hành gặp lỗi. Báo kỹ sư trực; chi tiết ở nhật ký của máy chủ Airflow."
    return _told(request, "Có lỗi", text, 500)


def _period(kind: str, name: str) -> Period:
    try:
        return periods.parse(kind, name)
    except ValueError as error:
        raise HTTPException(404) from error


def _back(request: Request, path: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}?done={done}", 303)


def _attached(content: bytes, name: str, media_type: str | None = None) -> Response:
    kind = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})


router = APIRouter()


@router.get("/style.css")
def style() -> Response:
    return Response(pages.style(), media_type="text/css")


@router.get("/")
def today(request: Request) -> HTMLResponse:
    """The week whose deadline is next."""
    return _shown(request, facts.owed("week", _outside(request).clock()))


@router.get("/period/{kind}/{name}")
def one_period(request: Request, kind: str, name: str) -> HTMLResponse:
    return _shown(request, _period(kind, name))


def _shown(request: Request, period: Period) -> HTMLResponse:
    outside = _outside(request)
    engine, now = outside.engine(), outside.clock()
    found = facts.period_page(engine, period, moment=now, failed_runs=outside.failed_runs())
    is_now = period == facts.owed(period.kind, now)
    return _page(
        request,
        "period.html",
        {
            **found,
            "is_now": is_now,
            "others": facts.others_owed(
                engine, now, period, [alarm["alarm_key"] for alarm in found["alarms"]]
            ),
            "may_act": period.kind in _visitor(request).acts_on,
            "drafts": _draft_files(outside, period) if found["draft"] else {},
            "refresh": REFRESH_S if is_now else None,
        },
    )


@router.get("/quarantine")
def held_back(request: Request) -> HTMLResponse:
    outside = _outside(request)
    found = facts.held_back(
        outside.engine(), moment=outside.clock(), is_steward=_visitor(request).is_steward
    )
    return _page(request, "held.html", found)


@router.get("/quarantine/{file_id}")
def one_file(request: Request, file_id: FileId) -> HTMLResponse:
    try:
        found = facts.file_page(
            _outside(request).engine(), file_id, is_steward=_visitor(request).is_steward
        )
    except LookupError as error:
        raise HTTPException(404) from error
    return _page(request, "file.html", found)


@router.get("/quarantine/{file_id}/rows.csv", dependencies=STEWARD_READS)
def held_rows(request: Request, file_id: FileId) -> Response:
    """What is held back of a file, with its values, as CSV for Excel."""
    engine = _outside(request).engine()
    with engine.begin() as connection:
        found = warehouse.rows(connection, "board/facts/held_rows", file_id=file_id, most=ALL_ROWS)
        if not found:
            raise HTTPException(404)
        _noted(request, connection, "quarantine.read", f"file {file_id}")
    content = csv_text.as_csv(found).encode("utf-8-sig")
    return _attached(content, f"bi-giu-lai-{file_id}.csv", "text/csv; charset=utf-8")


@router.get("/quarantine/{file_id}/marked", dependencies=STEWARD_READS)
def marked(request: Request, file_id: FileId) -> Response:
    """A district's workbook with the cells in question coloured."""
    outside = _outside(request)
    engine = outside.engine()
    try:
        answer = answers.annotate(engine, file_id, outside.home().raw_store)
    except (KeyError, ValueError, FileNotFoundError) as error:
        raise HTTPException(404) from error
    if answer.attachment is None:
        raise HTTPException(409, "Tệp này không mở được nên không tô màu được ô nào.")
    with engine.begin() as connection:
        _noted(request, connection, "quarantine.read", f"file {file_id}")
    return _attached(answer.attachment, answer.attachment_name or f"can-sua-{file_id}.xlsx")


def _noted(
    request: Request,
    connection: Any,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        connection,
        actor=_visitor(request).name,
        action=action,
        subject=subject,
        detail=detail,
        moment=_outside(request).clock(),
    )


@router.get("/duplicates")
def duplicates(request: Request, all: str = "") -> HTMLResponse:
    found = facts.pairs(
        _outside(request).engine(),
        with_settled=bool(all),
        is_steward=_visitor(request).is_steward,
    )
    return _page(request, "pairs.html", found | {"with_settled": bool(all)})


@router.get("/reports")
def archive(request: Request) -> HTMLResponse:
    return _page(request, "archive.html", {"reports": facts.archive(_outside(request).engine())})


@router.get("/reports/{kind}/{name}/{revision}/{file_name}")
def report_file(
    request: Request, kind: str, name: str, revision: Revision, file_name: str
) -> Response:
    """A file of a published report as the ledger keeps it, checked against its SHA-256.

    Workbook and PDF name people (season contacts): for those who act; figures.json is for all readers.
    """
    period = _period(kind, name)
    if not file_name.endswith(".json"):
        officer(request)
    with _outside(request).engine().begin() as connection:
        found = warehouse.rows(
            connection,
            "board/app/report_file",
            report_kind=period.kind,
            period=period.name,
            revision=revision,
            name=file_name,
        )
    if not found:
        raise HTTPException(404)
    content = bytes(found[0]["content"])
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), found[0]["sha256"]):
        log.error("%s of %s is not what was published: its SHA-256 differs", file_name, period)
        raise HTTPException(
            409, "Tệp trong kho không còn đúng như khi phát hành (SHA-256 khác). Báo kỹ sư trực."
        )
    return _attached(content, file_name)


@router.get("/draft/{kind}/{name}/{file_name}", dependencies=READS)
def draft_file(request: Request, kind: str, name: str, file_name: str) -> Response:
    """A file of the draft that waits for release."""
    path = _draft_files(_outside(request), _period(kind, name)).get(file_name)
    if path is None:
        raise HTTPException(404)
    return _attached(path.read_bytes(), file_name)


def _draft_files(outside: Outside, period: Period) -> dict[str, Path]:
    """Name → path of what the draft's folder holds; names are looked up, never joined to a path."""
    folder = obligations.draft_folder(outside.home().reports, period)
    if not folder.is_dir():
        return {}
    return {
        path.name: path
        for path in sorted(folder.iterdir())
        if path.name.startswith(obligations.DRAFT_MARK) and path.is_file()
    }


@router.get("/data-docs/{path:path}")
def data_docs(request: Request, path: str = "") -> Response:
    """Great Expectations' pages, behind the same login; nothing outside their folder."""
    root = _outside(request).home().data_docs.resolve()
    try:
        wanted = (root / path).resolve()
        if wanted.is_relative_to(root) and wanted.is_dir():
            wanted = (wanted / "index.html").resolve()
        if not (wanted.is_relative_to(root) and wanted.is_file()):
            raise HTTPException(404)
    except (ValueError, OSError) as error:
        raise HTTPException(404) from error
    kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
    headers = {"Content-Security-Policy": DOCS_POLICY}
    return Response(wanted.read_bytes(), media_type=kind, headers=headers)


# ---------------------------------------------------------------- acts, each with its confirmation


def _confirmation(
    request: Request,
    *,
    title: str,
    will: list[str],
    button: str,
    back: str,
    warn: list[str] | None = None,
    fields: tuple[str, ...] = (),
    sides: Mapping[str, Any] | None = None,
    error: str | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page that says what will happen; its form posts to the same path."""
    values = {
        "title": title,
        "will": will,
        "warn": warn or [],
        "button": button,
        "back": back,
        "fields": fields,
        "sides": sides,
        "error": error,
        "given": given or {},
        "path": _path(request),
    }
    return _page(request, "confirm.html", values, 400 if error else 200)


def _words(given: str) -> str:
    """What a person wrote, on one line, without NUL, which no database keeps."""
    return " ".join(given.replace("\0", " ").split())


def _at(period: Period) -> str:
    return f"/period/{period.kind}/{period.name}"


def _recipients(engine: Engine, period: Period, revision: int) -> list[str]:
    with engine.begin() as connection:
        found = warehouse.rows(
            connection,
            "board/facts/recipients",
            report_kind=period.kind,
            period=period.name,
            revision=revision,
        )
    return [row["address"] for row in found]


def _last_revision(engine: Engine, period: Period) -> int | None:
    with engine.begin() as connection:
        found: int | None = warehouse.scalar(
            connection, "board/facts/last_revision", report_kind=period.kind, period=period.name
        )
    return found


@router.get("/release/{kind}/{name}", dependencies=READS)
def ask_release(request: Request, kind: str, name: str) -> HTMLResponse:
    period = _period(kind, name)
    outside = _outside(request)
    engine, now = outside.engine(), outside.clock()
    _releasable(engine, period, now)
    found = facts.period_page(engine, period, moment=now, failed_runs={})
    recipients = _recipients(engine, period, 0)
    warn = [f"Số liệu bất thường: {label}." for label in found["odd"]]
    if found["absent"]:
        warn.append(f"Chưa gửi số liệu: {', '.join(found['absent'])}.")
    if found["refused"]:
        units = ", ".join(cell["unit"] for cell in found["refused"])
        warn.append(f"Tệp bị từ chối, chưa gửi lại: {units}.")
    warn += [f"{row['title']} chưa có dữ liệu mới của kỳ này." for row in found["stale"]]
    if not recipients:
        warn.append("Chưa có người nhận nào: báo cáo được phát hành nhưng không gửi cho ai.")
    return _confirmation(
        request,
        title=f"Phát hành báo cáo {found['label']}?",
        will=[
            "Báo cáo được lập từ dữ liệu có trong kho lúc bấm nút và được đóng băng: sau đó chỉ có "
            "thể phát hành bản điều chỉnh.",
            f"Thư được gửi ngay cho {len(recipients)} người nhận: {', '.join(recipients)}."
            if recipients
            else "Không có thư nào được gửi.",
            f"Ghi vào nhật ký: người phát hành là {_visitor(request).name}.",
        ],
        warn=warn,
        button="Phát hành và gửi thư",
        back=_at(period),
    )


def _releasable(engine: Engine, period: Period, now: datetime) -> None:
    if now < period.ends_at:
        raise HTTPException(409, "Kỳ báo cáo này chưa kết thúc nên chưa phát hành được.")
    if period.is_before_plan:
        raise HTTPException(409, "Kỳ báo cáo này trước khi Kế hoạch 201/KH-UBND có hiệu lực.")


@router.post("/release/{kind}/{name}", dependencies=ACTS)
def release(request: Request, kind: str, name: str, later: BackgroundTasks) -> RedirectResponse:
    period = _period(kind, name)
    outside = _outside(request)
    engine, now = outside.engine(), outside.clock()
    _releasable(engine, period, now)
    published = obligations.publish(
        engine,
        period,
        outside.home().reports,
        how="officer",
        by=_visitor(request).name,
        moment=now,
    )
    if not published.is_new:
        return _back(request, _at(period), "already")
    later.add_task(_deliver, outside, period)
    return _back(request, _at(period), "released")


def _deliver(outside: Outside, period: Period) -> None:
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
    period = _period(kind, name)
    engine = _outside(request).engine()
    revision = _last_revision(engine, period)
    if revision is None:
        raise HTTPException(409, "Báo cáo này chưa được phát hành.")
    fresh = _recipients(engine, period, revision)
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
    return _confirmation(
        request,
        title=f"Gửi báo cáo {wording.period_label(period)}{mark}?",
        will=[*will, "Người đã nhận không nhận thư lần nữa."],
        button="Gửi thư",
        back=_at(period),
    )


@router.post("/send/{kind}/{name}", dependencies=ACTS)
def send(request: Request, kind: str, name: str, later: BackgroundTasks) -> RedirectResponse:
    period = _period(kind, name)
    outside = _outside(request)
    engine = outside.engine()
    revision = _last_revision(engine, period)
    if revision is None:
        raise HTTPException(409, "Báo cáo này chưa được phát hành.")
    with engine.begin() as connection:
        _noted(
            request,
            connection,
            "delivery.send",
            f"{period.kind} {period.name}",
            {"revision": revision},
        )
    later.add_task(_deliver, outside, period)
    return _back(request, _at(period), "sending")


@router.get("/mail/{mail_key}/{what}", dependencies=READS)
def ask_mail(request: Request, mail_key: str, what: str) -> HTMLResponse:
    row, period = _mail(request, mail_key, what)
    label = wording.period_label(period)
    if what == "confirm":
        return _confirmation(
            request,
            title="Ghi nhận thư đã đến?",
            will=[
                f"Thư báo cáo {label} gửi {row['recipient']} được ghi là đã gửi; không gửi lại.",
                "Chỉ bấm sau khi người nhận xác nhận đã thấy thư.",
            ],
            button="Ghi nhận đã đến",
            back=_at(period),
        )
    warn = {
        "sent": "Thư này đã gửi xong: người nhận sẽ có hai thư giống nhau.",
        "unknown": "Thư này có thể đã đến: hãy hỏi người nhận trước, nếu không họ có thể nhận hai thư.",
    }.get(row["state"])
    return _confirmation(
        request,
        title=f"Gửi lại thư báo cáo {label}?",
        will=[f"Gửi lại một thư cho {row['recipient']}, kèm tệp đúng như đã phát hành."],
        warn=[warn] if warn else [],
        button="Gửi lại",
        back=_at(period),
    )


@router.post("/mail/{mail_key}/{what}", dependencies=ACTS)
def mail(request: Request, mail_key: str, what: str, later: BackgroundTasks) -> RedirectResponse:
    row, period = _mail(request, mail_key, what)
    outside = _outside(request)
    engine, now, by = outside.engine(), outside.clock(), _visitor(request).name
    report, _ = publishing.load(engine, period, row["revision"])
    if what == "confirm":
        if not delivery.confirm(engine, report, row["recipient"], moment=now, by=by):
            raise HTTPException(409, "Chỉ thư không rõ đã đến hay chưa mới cần ghi nhận.")
        return _back(request, _at(period), "confirmed")
    if row["state"] != "pending" and not delivery.resend(
        engine, report, row["recipient"], moment=now, by=by
    ):
        raise HTTPException(409, "Thư này đang được gửi; hãy đợi rồi tải lại trang.")
    later.add_task(_send_pending, outside, period, row["revision"])
    return _back(request, _at(period), "sending")


def _mail(request: Request, mail_key: str, what: str) -> tuple[dict[str, Any], Period]:
    if what not in ("resend", "confirm"):
        raise HTTPException(404)
    with _outside(request).engine().begin() as connection:
        found = warehouse.rows(connection, "board/app/mail", mail_key=mail_key)
    if not found:
        raise HTTPException(404)
    row = found[0]
    if row["report_kind"] not in _visitor(request).acts_on:
        raise HTTPException(403, "Tài khoản của bạn không có quyền thực hiện việc này.")
    return row, _period(row["report_kind"], row["period"])


def _send_pending(outside: Outside, period: Period, revision: int) -> None:
    """One round, after the answer."""
    try:
        obligations.send_pending(
            outside.engine(), period, revision, outside.smtp(), moment=outside.clock()
        )
    except Exception:
        log.exception("a mail of %s could not be sent; it stays in the ledger", period)


@router.get("/notice/{mail_key}", dependencies=READS)
def ask_notice(request: Request, mail_key: str) -> HTMLResponse:
    row = _notice(request, mail_key)
    warn = "Thư này có thể đã đến: hãy hỏi người nhận trước, nếu không họ có thể nhận hai thư."
    return _confirmation(
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
    row = _notice(request, mail_key)
    outside = _outside(request)
    engine = outside.engine()
    if not notices.resend(engine, row["notice_key"], moment=outside.clock()):
        raise HTTPException(409, "Chỉ thư bị từ chối hoặc không rõ đã đến chưa mới gửi lại được.")
    with engine.begin() as connection:
        _noted(request, connection, "notice.resend", row["notice_key"])
    return _back(request, "/", "queued")


def _notice(request: Request, mail_key: str) -> dict[str, Any]:
    with _outside(request).engine().begin() as connection:
        found = warehouse.rows(connection, "board/facts/notices", mail_key=mail_key)
    if not found:
        raise HTTPException(404)
    return found[0]


@router.get("/correct/{kind}/{name}", dependencies=READS)
def ask_correct(request: Request, kind: str, name: str) -> HTMLResponse:
    return _ask_correct(request, _period(kind, name))


def _ask_correct(
    request: Request, period: Period, error: str | None = None, reason: str = ""
) -> HTMLResponse:
    engine = _outside(request).engine()
    revision = _last_revision(engine, period)
    if revision is None:
        raise HTTPException(409, "Báo cáo này chưa được phát hành nên không có gì để điều chỉnh.")
    return _confirmation(
        request,
        title=f"Phát hành bản điều chỉnh lần {revision + 1} của báo cáo "
        f"{wording.period_label(period)}?",
        will=[
            "Số liệu được tính lại từ dữ liệu có trong kho lúc bấm nút; bản mới mang dòng "
            f"“ĐIỀU CHỈNH LẦN {revision + 1}”. Bản đã phát hành giữ nguyên trong kho.",
            "Nếu không có số liệu nào khác thì không phát hành, trừ khi bạn đánh dấu ô dưới đây.",
            f"Lý do và tên người phát hành ({_visitor(request).name}) được ghi vào nhật ký.",
            "Việc này có thể mất nửa phút; chỉ bấm một lần.",
        ],
        fields=("reason", "even_if_same", "deliver"),
        button="Phát hành bản điều chỉnh",
        back=_at(period),
        error=error,
        given={"reason": reason},
    )


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
    period, reason = _period(kind, name), _words(reason)
    outside = _outside(request)
    engine = outside.engine()
    if not 1 <= len(reason) <= LONGEST_REASON:
        error = f"Hãy ghi lý do điều chỉnh, không quá {LONGEST_REASON} ký tự."
        return _ask_correct(request, period, error, reason[:LONGEST_REASON])
    if _last_revision(engine, period) is None:
        raise HTTPException(409, "Báo cáo này chưa được phát hành nên không có gì để điều chỉnh.")
    published = publishing.publish(
        engine,
        period,
        outside.home().reports,
        moment=outside.clock(),
        correct=True,
        even_if_same=bool(even_if_same),
        reason=reason,
        by=_visitor(request).name,
    )
    if not published.is_new:
        error = "Không có số liệu nào khác bản đã phát hành, nên không có bản điều chỉnh nào."
        return _ask_correct(request, period, error, reason)
    if deliver:
        later.add_task(_deliver, outside, period)
    return _back(request, _at(period), "corrected_sent" if deliver else "corrected")


@router.get("/compute/{kind}/{name}", dependencies=READS)
def ask_compute(request: Request, kind: str, name: str) -> HTMLResponse:
    period = _period(kind, name)
    if _outside(request).clock() < period.starts_at or period.is_before_plan:
        raise HTTPException(409, "Kỳ báo cáo này không có số liệu.")
    return _confirmation(
        request,
        title=f"Tính lại số liệu {wording.period_label(period)}?",
        will=[
            "Số liệu được tính lại từ dữ liệu có trong kho; dự thảo đang chờ phát hành được lập lại.",
            "Báo cáo đã phát hành không thay đổi và không có thư nào được gửi. Nếu có số liệu khác "
            "bản đã phát hành, trang sau liệt kê từng số.",
            "Việc này có thể mất nửa phút; chỉ bấm một lần.",
        ],
        button="Tính lại",
        back=_at(period),
    )


@router.post("/compute/{kind}/{name}", dependencies=ACTS)
def compute(request: Request, kind: str, name: str) -> HTMLResponse:
    period = _period(kind, name)
    outside = _outside(request)
    engine, now = outside.engine(), outside.clock()
    if now < period.starts_at or period.is_before_plan:
        raise HTTPException(409, "Kỳ báo cáo này không có số liệu.")
    with engine.begin() as connection:
        _noted(request, connection, "report.compute", f"{period.kind} {period.name}")
        units = {
            r["unit_code"]: r["full_name"] for r in warehouse.rows(connection, "board/app/units")
        }
        drafts = warehouse.rows(connection, "operations/obligations/drafts")
    revision = _last_revision(engine, period)
    changed: list[dict[str, Any]] = []
    if revision is not None:
        changed = facts.changed(publishing.changes(engine, period, moment=now), units)
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
        "back": _at(period),
    }
    return _page(request, "computed.html", values)


@router.post("/alarms/acknowledge", dependencies=ACTS)
def acknowledge(request: Request, key: Annotated[str, Form()] = "") -> RedirectResponse:
    outside = _outside(request)
    engine, by, key = outside.engine(), _visitor(request).name, key.replace("\0", "")
    if alarms.acknowledge(engine, key, by, moment=outside.clock()):
        with engine.begin() as connection:
            _noted(request, connection, "alarm.acknowledge", key)
    return _back(request, "/", "acknowledged")


DECISIONS = {
    "same": ("Hai dòng này là một nhà sản xuất?", "Là một nhà sản xuất"),
    "different": ("Hai dòng này là hai nhà sản xuất khác nhau?", "Là hai nhà sản xuất"),
    "undo": ("Rút lại quyết định về cặp này?", "Rút lại quyết định"),
}


@router.get("/duplicates/{pair_id}/{decision}", dependencies=STEWARD_READS)
def ask_decide(request: Request, pair_id: PairId, decision: str) -> HTMLResponse:
    return _ask_decide(request, pair_id, decision)


def _ask_decide(
    request: Request, pair_id: int, decision: str, error: str | None = None, note: str = ""
) -> HTMLResponse:
    if decision not in DECISIONS:
        raise HTTPException(404)
    try:
        pair = facts.pair(_outside(request).engine(), pair_id)
    except LookupError as missing:
        raise HTTPException(404) from missing
    title, button = DECISIONS[decision]
    will = {
        "same": "Từ nay hai dòng được tính là một nhà sản xuất, ở mọi số liệu tính sau.",
        "different": "Từ nay hai dòng được tính là hai nhà sản xuất, và cặp này không hỏi lại.",
        "undo": "Cặp này lại theo quy tắc chung, và có thể được hỏi lại.",
    }[decision]
    return _confirmation(
        request,
        title=title,
        will=[
            will,
            "Báo cáo đã phát hành không thay đổi; số khác đi sẽ hiện ở trang Điều chỉnh của kỳ sau.",
            f"Quyết định được ghi vào nhật ký với tên {_visitor(request).name}.",
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
    if decision not in DECISIONS:
        raise HTTPException(404)
    outside = _outside(request)
    engine, now, by = outside.engine(), outside.clock(), _visitor(request).name
    said = _words(note)[:LONGEST_REASON] or None
    try:
        if decision == "undo":
            resolution.undo_decision(engine, pair_id, by=by, note=said, moment=now)
        else:
            resolution.decide(engine, pair_id, decision, by=by, note=said, moment=now)
    except resolution.DecisionError as error:
        if error.pairs:
            numbers = ", ".join(str(number) for number in error.pairs)
            why = f"Quyết định này mâu thuẫn với quyết định về cặp {numbers}; hãy rút lại cặp sai trước."
        else:
            why = "Cặp này đã có quyết định, hoặc không có quyết định nào để rút lại."
        return _ask_decide(request, pair_id, decision, why, said or "")
    resolution.resolve(engine, moment=now)
    return _back(request, "/duplicates", "decided")
