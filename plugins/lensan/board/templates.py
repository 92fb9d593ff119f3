"""What the board answers with: pages from include/templates/board, every value escaped, and files."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lensan.board import access
from lensan.board.access import Visitor
from lensan.domain import schedule
from lensan.domain.installation import INCLUDE
from lensan.domain.periods import ICT, Period
from lensan.reports import wording

TEMPLATES = INCLUDE / "templates" / "board"

MESSAGES = {
    "released": "Đã phát hành báo cáo. Thư đang được gửi; trạng thái ở mục “Thư báo cáo”.",
    "not_yet": "Đã ghi: chưa phát hành. Nếu chưa quá hạn, đến giờ tự phát hành, báo cáo vẫn đi.",
    "already": "Báo cáo đã được phát hành trước đó; không có gì thay đổi.",
    "corrected": "Đã phát hành bản điều chỉnh.",
    "corrected_sent": "Đã phát hành bản điều chỉnh. Thư đang được gửi.",
    "sending": "Thư đang được gửi; trạng thái ở mục “Thư báo cáo”.",
    "reminded": "Đã gửi thư nhắc.",
    "not_reminded": "Thư nhắc chưa đi hết; trạng thái ở mục “Thư khác chưa gửi xong”.",
    "queued": "Đã xếp lại vào hàng chờ; lần gửi tới của loại thư này sẽ gửi.",
    "confirmed": "Đã ghi nhận: thư đã đến người nhận.",
    "acknowledged": "Đã ghi nhận bạn xử lý cảnh báo.",
    "signed": "Đã nhận tệp đã ký; thư báo cáo gửi từ bây giờ mang tệp này.",
    "adhoc": "Đã lập báo cáo đột xuất; không gửi thư cho ai.",
    "adhoc_sent": "Đã lập báo cáo đột xuất. Thư đang được gửi.",
    "glut_acknowledged": "Đã ghi đơn vị tiếp nhận cảnh báo.",
    "difficulty_added": "Đã ghi vào sổ khó khăn, vướng mắc.",
    "difficulty_sorted": "Đã ghi chủ đề, đơn vị xử lý.",
    "difficulty_answered": "Đã ghi câu trả lời. Thư trả lời đang được gửi tới đơn vị phản ánh, nếu họ có địa chỉ.",
    "decided": "Đã ghi quyết định và xác định lại các nhà sản xuất.",
}

LONGEST_REASON = 500


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "moment": moment,
        "clock": lambda at: f"{at.astimezone(ICT):%H:%M}",
        "day": lambda day: f"{day:%d/%m/%Y}",
        "short_day": lambda day: f"{day:%d/%m}",
        "weekday": schedule.weekday_name,
        "count": lambda value: wording.number(Decimal(value or 0)),
        "percent": percent,
        "tonnes": wording.shortest,
        "size": size,
    }
    environment.filters.update(filters)
    return environment


def render(template: str, values: dict[str, Any]) -> str:
    """A template of include/templates/board, filled in."""
    return _templates().get_template(template).render(values)


def style() -> str:
    """The style sheet of include/templates/board."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def moment(at: datetime | None) -> str:
    """``13:05 18/11/2021`` in Asia/Ho_Chi_Minh."""
    return "" if at is None else f"{at.astimezone(ICT):%H:%M %d/%m/%Y}"


def percent(value: Decimal | None, signed: bool = False) -> str:
    """``104,5%``, signed ``+10,8%`` and ``−3,0%``; nothing for none."""
    if value is None:
        return ""
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}{wording.number(abs(value), 1)}%"


def size(size_bytes: int) -> str:
    """``31 KB``, ``1,2 MB``."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} KB"
    return f"{wording.number(Decimal(size_bytes) / 1_000_000, 1)} MB"


# ---------------------------------------------------------------- answers


def page(
    request: Request, template: str, values: Mapping[str, Any] | None = None, status: int = 200
) -> HTMLResponse:
    """A page for whoever asks, with what all pages show: who they are, the time, what was just done."""
    base = request.scope.get("root_path", "")
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    outside = access.outside(request)
    now = outside.clock()

    def token(path: str) -> str:
        return access.token(outside.secret(), visitor.user_id if visitor else "", path, now)

    shared = {
        "base": base,
        "visitor": visitor,
        "now": now,
        "said": MESSAGES.get(request.query_params.get("done", "")),
        "token": token,
        "here": template,
        "refresh": None,
        "has_docs": visitor is not None and (outside.home().data_docs / "index.html").is_file(),
    }
    return HTMLResponse(render(template, shared | dict(values or {})), status)


def docs_top(request: Request) -> bytes:
    """The board's navigation, as it stands above the verdict pages; those on disk are without it."""
    shown = {"base": request.scope.get("root_path", ""), "here": "data-docs", "has_docs": True}
    return render("docs_top.html", shown).encode()


def told(request: Request, title: str, text: str, status: int) -> HTMLResponse:
    """A page that says one thing."""
    return page(request, "message.html", {"title": title, "text": text, "status": status}, status)


def confirmation(
    request: Request,
    *,
    title: str,
    will: list[str],
    button: str,
    back: str,
    warn: list[str] | None = None,
    fields: tuple[str, ...] = (),
    reason_label: str = "",
    seen: str = "",
    drafts: Mapping[str, str] | None = None,
    sides: Mapping[str, Any] | None = None,
    error: str | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page that says what will happen; its form posts to the same path.

    ``fields``: what it asks, of reason, note, deliver, even_if_same and looked, whose box must be ticked;
    ``seen``: the mark of what it shows (facts.mark). ``drafts``: label → path of files to look at.
    """
    values = {
        "title": title,
        "will": will,
        "warn": warn or [],
        "button": button,
        "back": back,
        "fields": fields,
        "reason_label": reason_label,
        "seen": seen,
        "drafts": drafts or {},
        "sides": sides,
        "error": error,
        "given": given or {},
        "path": access.path(request),
    }
    return page(request, "confirm.html", values, 400 if error else 200)


def words(given: str) -> str:
    """What a person wrote, on one line, without NUL, which no database keeps."""
    return " ".join(given.replace("\0", " ").split())


def at(period: Period) -> str:
    """The path of a period's page below the board's prefix."""
    return f"/period/{period.kind}/{period.name}"


def back(request: Request, path: str, done: str) -> RedirectResponse:
    """To a page that says what was ``done``: a key of MESSAGES."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}{path}?done={done}", 303)


def attached(content: bytes, name: str, media_type: str | None = None) -> Response:
    """A file to keep, under its own name whatever letters it has."""
    kind = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=kind, headers={"Content-Disposition": disposition})
