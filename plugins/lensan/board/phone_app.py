"""A unit's form on the phone, opened by a signed link without a login (docs/decisions/0037-form-on-the-phone.md).

An application of its own, so that nothing of the board stands behind its address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import UploadFile

from lensan.board import templates
from lensan.board.access import Outside
from lensan.domain.periods import Period
from lensan.reports import wording
from lensan.units import form_scans, phone_form, phrases
from lensan.units.form_scans import FormScan, NoScanError
from lensan.units.phone_form import Filled, LinkError

PREFIX = "/form"
LONGEST_DIFFICULTY = 2000
LARGEST_SENT = form_scans.LARGEST + (1 << 20)
"""Bytes of all that a form sends: its scan and what was typed."""
LARGEST_READ = 100 << 20
"""Of what is too much, so much is heard out, and nothing of it kept."""
NO_SCAN = {
    "too_large": f"Bản đã ký lớn hơn {form_scans.LARGEST >> 20} MB: hãy chụp hoặc quét lại cỡ nhỏ hơn.",
    "other_kind": "Bản đã ký phải là PDF hoặc ảnh JPEG, PNG. Số liệu thì ghi vào các ô.",
}
SCAN = "scan"
"""The field, and what is told of it."""


@dataclass(frozen=True)
class Posted:
    """What a browser sent: ``typed`` as it stood in the fields, the signed form's ``scan`` if there is one, and why a
    file that was sent as one is none."""

    typed: dict[str, str]
    scan: FormScan | None = None
    no_scan: str | None = None


async def _sent(request: Request) -> Posted:
    """What the form's fields hold, each no longer than a cell should be, and its scan. 413 for what is too much, read
    or not: nothing is stored of it."""
    size = request.headers.get("content-length", "")
    if not size.isdigit() or int(size) > LARGEST_SENT:
        if size.isdigit() and int(size) < LARGEST_READ:
            async for (
                _piece
            ) in request.stream():  # a browser shows the answer only when all has gone
                pass
        raise HTTPException(413)
    typed, scan, no_scan = {}, None, None
    async with request.form(max_files=1, max_fields=200) as given:
        for name, value in given.items():
            if isinstance(value, UploadFile):
                content = await value.read()
                try:
                    scan = form_scans.of(content) if content and name == SCAN else None
                except NoScanError as error:
                    no_scan = NO_SCAN[error.reason]
            else:
                longest = LONGEST_DIFFICULTY if name == "difficulties" else phone_form.LONGEST
                typed[name] = " ".join(value.split())[:longest]
    return Posted(typed, scan, no_scan)


Given = Annotated[Posted, Depends(_sent)]


def make(outside: Outside) -> FastAPI:
    """The application, to be mounted at PREFIX."""
    form = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @form.get("/style.css")
    def style() -> Response:
        return Response(templates.style(), media_type="text/css")

    @form.get("/{link}")
    def show(request: Request, link: str) -> HTMLResponse:
        return _page(request, outside, link, {})

    @form.post("/{link}")
    def take(request: Request, link: str, sent: Given) -> HTMLResponse:
        return _taken(request, outside, link, sent)

    form.add_exception_handler(413, _too_much)
    return form


async def _too_much(request: Request, error: Any) -> HTMLResponse:
    said = (
        f"{NO_SCAN['too_large']} Quay lại trang trước, chọn bản khác hoặc gửi không kèm bản đã ký."
    )
    return _shown(413, refused=said, base=request.scope.get("root_path", ""))


def _opened(request: Request, outside: Outside, link: str) -> tuple[str, Period] | HTMLResponse:
    try:
        return phone_form.opened(outside.engine(), link, moment=outside.clock())
    except LinkError as error:
        said = (
            "Đường dẫn này đã hết hạn. Hãy xin Sở đường dẫn mới."
            if error.is_over
            else "Đường dẫn này không đúng. Hãy mở đúng đường dẫn trong thư của Sở."
        )
        status = 410 if error.is_over else 404
        return _shown(status, refused=said, base=request.scope.get("root_path", ""))


def _shown(status: int = 200, **values: Any) -> HTMLResponse:
    empty: dict[str, Any] = {
        "refused": None,
        "sent": None,
        "lines": [],
        "errors": {},
        "doubts": {},
        "typed": {},
    }
    answer = HTMLResponse(templates.render("phone_form.html", empty | values), status)
    # The link is a key: it is told to nobody by a click.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _page(
    request: Request,
    outside: Outside,
    link: str,
    typed: dict[str, str],
    errors: dict[str, list[str]] | None = None,
    doubts: dict[str, list[str]] | None = None,
    *,
    had_scan: bool = False,
) -> HTMLResponse:
    found = _opened(request, outside, link)
    if isinstance(found, HTMLResponse):
        return found
    unit_code, period = found
    return _shown(
        400 if errors or doubts else 200,
        lines=phone_form.lines(outside.engine(), unit_code, period),
        typed=typed,
        errors=errors or {},
        doubts=doubts or {},
        had_scan=had_scan,
        largest_mb=form_scans.LARGEST >> 20,
        unit=phrases.sender_name(unit_code),
        period=wording.period_label(period),
        word="tuần" if period.cadence == "week" else "tháng",
        due=phrases.said(period.due_at),
        base=request.scope.get("root_path", ""),
        link=link,
    )


def _filled(lines: list[dict[str, Any]], typed: dict[str, str]) -> Filled:
    """What was typed; a cumulative that stands there as it came, beside nothing in the period, is no report."""
    values: dict[tuple[str, str], str] = {}
    for line in lines:
        now, total = (typed.get(f"{line['code']}.{m}", "") for m in ("in_period", "cumulative"))
        if now or total != line["last"]:
            values |= {(line["code"], "in_period"): now, (line["code"], "cumulative"): total}
    return Filled(values, typed.get("difficulties", ""))


def _taken(request: Request, outside: Outside, link: str, sent: Posted) -> HTMLResponse:
    """Check by the rules of any form; what would be held back is told at its field and not sent."""
    found = _opened(request, outside, link)
    if isinstance(found, HTMLResponse):
        return found
    (unit_code, period), typed = found, sent.typed
    filled = _filled(phone_form.lines(outside.engine(), unit_code, period), typed)
    if filled.is_blank:
        return _page(request, outside, link, typed, {"": ["Chưa ghi số nào: hãy ghi ít nhất một chỉ tiêu."]})  # fmt: skip
    content = phone_form.written(unit_code, period, filled)
    held, doubted = phone_form.wrong(unit_code, period, content)
    if sent.no_scan:
        held = {**held, SCAN: [sent.no_scan]}
    if held or (doubted and "anyway" not in typed):
        return _page(request, outside, link, typed, held, doubted, had_scan=sent.scan is not None)
    now = outside.clock()
    if sent.scan is not None:
        form_scans.keep(outside.engine(), sent.scan, unit_code, period, content, moment=now)
    phone_form.send(
        outside.engine(), outside.home().landing, unit_code, period, content, moment=now
    )
    return _shown(
        sent=f"Đã nhận báo cáo {wording.period_label(period)} của {phrases.sender_name(unit_code)}"
        f"{' và bản đã ký' if sent.scan else ''}. "
        "Cần sửa thì mở lại đường dẫn và gửi lại: bản sau thay bản trước.",
        base=request.scope.get("root_path", ""),
    )
