"""An enterprise's form of what it stores and carries, opened by a signed link without a login.

See docs/decisions/0041-promises.md. An application of its own, so that nothing of the board stands behind its address.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from lensan.board import templates
from lensan.board.access import Outside
from lensan.domain import quantities, units_of_measure
from lensan.domain.places import places
from lensan.reports import wording
from lensan.units import glut_alerts, promise_form
from lensan.units.duties import actor_name
from lensan.units.glut_alerts import MOST, Promise
from lensan.units.phone_form import LinkError

PREFIX = "/promise"
LARGEST = 64 << 10
FIELDS = {"storage": "storage_tonnes", "transport": "transport_tonnes"}
"""The numbers of a promise, and what the register calls them."""
BY = "đường dẫn"
"""Who is noted: whoever had the link."""


def make(outside: Outside) -> FastAPI:
    """The application, to be mounted at PREFIX."""
    form = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @form.get("/style.css")
    def style() -> Response:
        return Response(templates.style(), media_type="text/css")

    @form.get("/{link}")
    def show(request: Request, link: str) -> HTMLResponse:
        return _page(request, outside, link)

    @form.post("/{link}")
    async def take(request: Request, link: str) -> HTMLResponse:
        size = request.headers.get("content-length", "")
        if not size.isdigit() or int(size) > LARGEST:
            raise HTTPException(413)
        async with request.form(max_files=0, max_fields=500) as given:
            typed = {name: templates.words(str(value)) for name, value in given.items()}
        return _taken(request, outside, link, typed)

    return form


def _page(
    request: Request,
    outside: Outside,
    link: str,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    said: str = "",
) -> HTMLResponse:
    now = outside.clock()
    values: dict[str, Any] = {"base": request.scope.get("root_path", ""), "link": link}
    status = 400 if errors else 200
    try:
        actor = promise_form.opened(outside.engine(), link, moment=now)
    except LinkError as error:
        status = 410 if error.is_over else 404
        values["refused"] = (
            "Đường dẫn này đã hết hạn." if error.is_over
            else "Đường dẫn này không đúng. Hãy mở đúng đường dẫn trong thư cảnh báo."
        )  # fmt: skip
    else:
        alerts = _alerts(outside, actor)
        values |= {
            "refused": None,
            "said": said,
            "actor": actor_name(actor, now.date()),
            "alerts": alerts,
            "units": {row["code"]: row["name"] for row in places().units},
            "typed": _last(alerts) if typed is None else typed,
            "errors": errors or {},
        }
    answer = HTMLResponse(templates.render("promise_form.html", values), status)
    # The link is a key: it is told to nobody by a click.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _alerts(outside: Outside, actor: str) -> list[dict[str, Any]]:
    """The alerts that stand and ask an enterprise, each with its own last word (``own``, null: none)."""
    found = []
    for row in glut_alerts.listed(outside.engine()):
        if row["closed_at"] is None and actor in row["asked"]:
            own = next((each for each in row["answers"] if each["actor"] == actor), None)
            found.append(row | {"own": own})
    return found


def _last(alerts: list[dict[str, Any]]) -> dict[str, str]:
    found = {}
    for row in alerts:
        for name, column in FIELDS.items():
            value = row["own"] and row["own"][column]
            found[f"{row['alert_id']}.{name}"] = "" if value is None else wording.shortest(value)
        found[f"{row['alert_id']}.said"] = row["own"]["said"] if row["own"] else ""
    return found


def _taken(
    request: Request, outside: Outside, link: str, typed: dict[str, str]
) -> HTMLResponse:  # fmt: skip
    """Note what was typed; what cannot be read is told at its field, and nothing of the form is noted."""
    now, engine = outside.clock(), outside.engine()
    try:
        actor = promise_form.opened(engine, link, moment=now)
    except LinkError:
        return _page(request, outside, link)
    alerts = _alerts(outside, actor)
    before, errors = _last(alerts), {}
    promises: dict[int, tuple[Promise, str]] = {}
    for row in alerts:
        number = row["alert_id"]
        told: dict[str, Decimal | None] = {}
        for name in FIELDS:
            try:
                told[name] = tonnes(typed.get(f"{number}.{name}", ""))
            except ValueError:
                errors[f"{number}.{name}"] = "Ghi số tấn, phần lẻ sau dấu phẩy, ví dụ 12,5."
        said = typed.get(f"{number}.said", "")
        if len(said) > glut_alerts.LONGEST:
            errors[f"{number}.said"] = f"Nhiều nhất {glut_alerts.LONGEST} chữ."
        is_new = any(
            typed.get(key, "") != before[key] for key in before if key.startswith(f"{number}.")
        )
        if is_new and len(told) == len(FIELDS):
            promises[number] = Promise(**told), said
    if errors:
        return _page(request, outside, link, typed, errors)
    for number, (promise, said) in promises.items():
        glut_alerts.acknowledge(engine, number, actor, said, promise, by=BY, moment=now)
    said = "Đã ghi. Cần sửa thì sửa số và gửi lại." if promises else "Không có gì thay đổi."
    return _page(request, outside, link, said=said)


def tonnes(text: str) -> Decimal | None:
    """Tonnes as people type them; None for nothing. Raises ValueError for what is no such number, or may be two."""
    if not text.strip():
        return None
    found = quantities.parse_number(text, unit=units_of_measure.unit("tấn"), minimum=0)
    if found.value is None or found.warning or found.value > MOST:
        raise ValueError(text)
    return Decimal(found.value)
