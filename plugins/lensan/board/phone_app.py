"""A unit's form on the phone, opened by a signed link without a login (docs/decisions/0037-form-on-the-phone.md).

An application of its own, so that nothing of the board stands behind its address.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from lensan.board import templates
from lensan.board.access import Outside
from lensan.domain.periods import Period
from lensan.reports import wording
from lensan.units import phone_form, phrases
from lensan.units.phone_form import Filled, LinkError

PREFIX = "/form"
LONGEST_DIFFICULTY = 2000


async def _typed(request: Request) -> dict[str, str]:
    """What the form's fields hold, each no longer than a cell should be."""
    given = await request.form()
    return {
        name: " ".join(value.split())[
            : LONGEST_DIFFICULTY if name == "difficulties" else phone_form.LONGEST
        ]
        for name, value in given.items()
        if isinstance(value, str)
    }


Typed = Annotated[dict[str, str], Depends(_typed)]


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
    def take(request: Request, link: str, typed: Typed) -> HTMLResponse:
        return _taken(request, outside, link, typed)

    return form


def _opened(outside: Outside, link: str) -> tuple[str, Period] | HTMLResponse:
    try:
        return phone_form.opened(outside.engine(), link, moment=outside.clock())
    except LinkError as error:
        said = (
            "Đường dẫn này đã hết hạn. Hãy xin Sở đường dẫn mới."
            if error.is_over
            else "Đường dẫn này không đúng. Hãy mở đúng đường dẫn trong thư của Sở."
        )
        return _shown(410 if error.is_over else 404, refused=said)


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
) -> HTMLResponse:
    found = _opened(outside, link)
    if isinstance(found, HTMLResponse):
        return found
    unit_code, period = found
    return _shown(
        400 if errors or doubts else 200,
        lines=phone_form.lines(outside.engine(), unit_code, period),
        typed=typed,
        errors=errors or {},
        doubts=doubts or {},
        unit=phrases.sender_name(unit_code),
        period=wording.period_label(period),
        word="tuần" if period.kind == "week" else "tháng",
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


def _taken(request: Request, outside: Outside, link: str, typed: dict[str, str]) -> HTMLResponse:
    """Check by the rules of any form; what would be held back is told at its field and not sent."""
    found = _opened(outside, link)
    if isinstance(found, HTMLResponse):
        return found
    unit_code, period = found
    filled = _filled(phone_form.lines(outside.engine(), unit_code, period), typed)
    if filled.is_blank:
        return _page(request, outside, link, typed, {"": ["Chưa ghi số nào: hãy ghi ít nhất một chỉ tiêu."]})  # fmt: skip
    content = phone_form.written(unit_code, period, filled)
    held, doubted = phone_form.wrong(unit_code, period, content)
    if held or (doubted and "anyway" not in typed):
        return _page(request, outside, link, typed, held, doubted)
    phone_form.send(
        outside.engine(),
        outside.home().landing,
        unit_code,
        period,
        content,
        moment=outside.clock(),
    )
    return _shown(
        sent=f"Đã nhận báo cáo {wording.period_label(period)} của {phrases.sender_name(unit_code)}. "
        "Cần sửa thì mở lại đường dẫn và gửi lại: bản sau thay bản trước.",
        base=request.scope.get("root_path", ""),
    )
