"""Ad-hoc reports on the board: what was made, and the form that makes another."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from lensan import warehouse
from lensan.board import access
from lensan.board.access import ACTS, READS, Outside
from lensan.board.templates import attached, back, page, words
from lensan.domain import periods, report_forms
from lensan.mail import adhoc_mail, recipients
from lensan.reports import adhoc

router = APIRouter()
FIELDS = ("first", "last", "title", "reason", "mail")


@router.get("/adhoc", dependencies=READS)
def all_of_them(request: Request) -> HTMLResponse:
    """The ad-hoc reports with their files, and the form for another."""
    return _page(request)


def _page(
    request: Request, error: str | None = None, given: dict[str, Any] | None = None
) -> HTMLResponse:
    with access.outside(request).engine().begin() as connection:
        made = adhoc.listed(connection)
        files = warehouse.rows(connection, "reports/adhoc/file_names")
        units = warehouse.rows(connection, "board/facts/units")
    for row in made:
        row["last_day"] = row["period_end"] - timedelta(days=1)
        row["files"] = [each for each in files if each["number"] == row["number"]]
    values = {
        "made": made,
        "units": {row["unit_code"]: row["full_name"] for row in units},
        "indicators": [(line.indicator, line.short) for line in report_forms.adhoc().lines],
        "error": error,
        "given": dict.fromkeys(FIELDS, "") | {"units": [], "indicators": []} | (given or {}),
        "today": access.outside(request).clock().date(),
    }
    return page(request, "adhoc.html", values, 400 if error else 200)


@router.post("/adhoc", dependencies=ACTS, response_model=None)
def make(
    request: Request,
    later: BackgroundTasks,
    first: Annotated[str, Form()] = "",
    last: Annotated[str, Form()] = "",
    title: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    mail: Annotated[str, Form()] = "",
    units: Annotated[list[str] | None, Form()] = None,
    indicators: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Make a report of what the form says; mailed to the addresses it names, if any."""
    given = {"first": first, "last": last, "title": words(title), "reason": words(reason)}
    given |= {"mail": words(mail), "units": units or [], "indicators": indicators or []}  # type: ignore[dict-item]
    outside = access.outside(request)
    engine, now = outside.engine(), outside.clock()
    by = access.visitor(request).name
    try:
        addresses = [recipients.normal(each) for each in words(mail).replace(",", " ").split()]
        period = periods.span(
            date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
        )
        asked = adhoc.request(
            period,
            title=given["title"],
            reason=given["reason"],
            units=units or (),
            indicators=indicators or (),
            moment=now,
        )
        made = adhoc.make(engine, asked, outside.home().reports, moment=now, by=by)
    except (ValueError, LookupError, OverflowError):
        return _page(request, _wrong(first, last, now.date()), given)
    if addresses:
        later.add_task(_mail, outside, made.number, addresses, by)
    return back(request, "/adhoc", "adhoc_sent" if addresses else "adhoc")


def _wrong(first: str, last: str, today: date) -> str:
    """What the form lacks, for the officer."""
    if not first or not last or first > last or last >= today.isoformat():
        return (
            "Hãy chọn ngày đầu và ngày cuối; ngày cuối phải trước hôm nay và không trước ngày đầu."
        )
    return (
        "Chưa lập được báo cáo: cần tiêu đề và lý do, địa phương có trong danh mục vào ngày cuối, ngày sau khi "
        "Kế hoạch có hiệu lực, địa chỉ thư viết như ten@example.vn."
    )


def _mail(outside: Outside, number: str, addresses: list[str], by: str) -> None:
    adhoc_mail.send(
        outside.engine(), outside.smtp(), number, addresses, moment=outside.clock(), by=by
    )


@router.get("/adhoc/{number}/{file_name}", dependencies=READS)
def one_file(request: Request, number: str, file_name: str) -> Response:
    """A file of a report as it was frozen, checked against its SHA-256."""
    with access.outside(request).engine().begin() as connection:
        rows = warehouse.rows(connection, "reports/adhoc/files", number=number)
    found = next((row for row in rows if row["name"] == file_name), None)
    if found is None:
        raise HTTPException(404)
    content = bytes(found["content"])
    if not hmac.compare_digest(hashlib.sha256(content).hexdigest(), found["sha256"]):
        raise HTTPException(
            409, "Tệp trong kho không còn đúng như khi phát hành (SHA-256 khác). Báo kỹ sư trực."
        )
    return attached(content, file_name)
