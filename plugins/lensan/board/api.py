"""The read API below /board/api/v1: what analysts may read, as JSON or CSV, for those who may read the board.

Everything but the duties is asked as the role lensan_analyst in a transaction that cannot write, so no personal value
can come out (docs/decisions/0029-read-api.md). Nothing here changes anything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, WithJsonSchema

from lensan import warehouse
from lensan.board import access
from lensan.domain import csv_text, plans
from lensan.domain.periods import ICT
from lensan.units import duties as standings

PREFIX = "/api/v1"
VERSION = "1.0.0"
MOST, USUAL = 10_000, 1000
router = APIRouter(prefix=PREFIX, tags=["v1"])


def _of_report(kind: str) -> str:
    if kind not in plans.kinds():
        raise ValueError(f"one of {', '.join(plans.kinds())}")
    return kind


ReportKind = Annotated[
    str, AfterValidator(_of_report), WithJsonSchema({"type": "string", "enum": [*plans.kinds()]})
]
Kind = Annotated[ReportKind | None, Query(description="week or month; both where left out.")]
OneKind = Annotated[ReportKind, Query(description="week or month.")]
First = Annotated[date | None, Query(description="Periods that begin on this day or later.")]
Last = Annotated[date | None, Query(description="Periods whose last day is this one or earlier.")]
Unit = Annotated[str | None, Query(description="Code of a unit, as 193; 22 is the province.")]
Indicator = Annotated[str | None, Query(description="Code of an indicator, as II.3.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows of a page.")]
Offset = Annotated[int, Query(ge=0, le=10**9, description="Rows before the page.")]
As = Annotated[Literal["json", "csv"], Query(alias="format", description="json or csv.")]


@dataclass(frozen=True)
class Page:
    """Which rows of an answer are asked for, and as what."""

    limit: int
    offset: int
    format: str


def _page(limit: Limit = USUAL, offset: Offset = 0, as_: As = "json") -> Page:
    return Page(limit, offset, as_)


def _periods(kind: OneKind = "week", first: First = None, last: Last = None) -> dict[str, Any]:
    return {"kind": kind, "first": first, "last": last}


Paged = Annotated[Page, Depends(_page)]
Periods = Annotated[dict[str, Any], Depends(_periods)]
"""What each question is asked with, named once."""


@router.get("/openapi.json", include_in_schema=False)
def openapi(request: Request) -> JSONResponse:
    """What this API has, for programs."""
    found = get_openapi(
        title="Lên Sàn",
        version=VERSION,
        description=__doc__ or "",
        routes=router.routes,
        servers=[{"url": request.scope.get("root_path", "") or "/"}],
    )
    return JSONResponse(found)


@router.get("/periods")
def periods(request: Request, page: Paged, kind: Kind = None) -> Response:
    """Published reports, of each its last revision."""
    return _answer(request, _rows(request, "board/api/periods", kind=kind), page)


@router.get("/figures")
def figures(
    request: Request,
    asked: Periods,
    page: Paged,
    unit: Unit = None,
    indicator: Indicator = None,
) -> Response:
    """The figures as printed: a row for each published period, unit and indicator, of the last revision."""
    rows = _rows(request, "read/tables/figures", **asked, as_known_at=None)
    return _answer(request, _only(rows, unit, indicator), page)


@router.get("/regions")
def regions(
    request: Request,
    asked: Periods,
    page: Paged,
    indicator: Indicator = None,
) -> Response:
    """The figures of regions as printed, of the last revision; empty where the province keeps none."""
    rows = _rows(request, "read/tables/regions", **asked)
    return _answer(request, _only(rows, None, indicator), page)


@router.get("/evidence")
def evidence(
    request: Request,
    asked: Periods,
    page: Paged,
    unit: Unit = None,
    indicator: Indicator = None,
) -> Response:
    """What each channel says of a figure, as computed last."""
    rows = _rows(request, "read/tables/evidence", **asked)
    return _answer(request, _only(rows, unit, indicator), page)


@router.get("/submissions")
def submissions(
    request: Request,
    asked: Periods,
    page: Paged,
    unit: Unit = None,
) -> Response:
    """When each unit's form came, and how complete it is."""
    rows = _rows(request, "read/tables/submissions", **asked)
    return _answer(request, _only(rows, unit, None), page)


@router.get("/duties")
def duties(request: Request, page: Paged) -> Response:
    """Who owes what of the plan now, of the term that is asked for; without what people wrote."""
    outside = access.outside(request)
    now = outside.clock()
    rows = [
        {
            "actor": each.actor,
            "name": standings.actor_name(each.actor, now.astimezone(ICT).date()),
            "duty": each.duty.code,
            "term": each.term.name,
            "due_on": (each.term.due_at.astimezone(ICT) - timedelta(seconds=1)).date(),
            "state": each.state,
            "proved_at": each.proved_at,
            "told_at": each.told_at,
        }
        for each in standings.matrix(outside.engine(), moment=now)
    ]
    return _answer(request, rows, page)


@router.get("/quality")
def quality(request: Request, page: Paged, kind: Kind = None) -> Response:
    """The checks' verdicts when they were asked last, without values."""
    return _answer(request, _rows(request, "board/api/quality", kind=kind), page)


def _rows(request: Request, name: str, **given: Any) -> list[dict[str, Any]]:
    """Rows of a statement, as the analyst reads them."""
    engine = access.outside(request).engine()
    with engine.connect().execution_options(postgresql_readonly=True) as connection:
        warehouse.run(connection, "read/tables/as_analyst")
        return warehouse.rows(connection, name, **given)


def _only(
    rows: Sequence[dict[str, Any]], unit: str | None, indicator: str | None
) -> list[dict[str, Any]]:
    return [
        row
        for row in rows
        if unit in (None, row["unit_code"]) and indicator in (None, row.get("indicator_code"))
    ]


def _answer(request: Request, rows: Sequence[dict[str, Any]], asked: Page) -> Response:
    """A page of rows, its ETag, where the next page is; 304 where the asker has it already."""
    until = asked.offset + asked.limit
    page = rows[asked.offset : until]
    if asked.format == "csv":
        content, kind = csv_text.as_csv(page).encode("utf-8-sig"), "text/csv; charset=utf-8"
    else:
        body = {"total": len(rows), "offset": asked.offset, "rows": page}
        content = json.dumps(body, ensure_ascii=False, default=_plain).encode()
        kind = "application/json"
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": mark, "Cache-Control": "private, no-cache", "X-Total-Count": str(len(rows))}
    if until < len(rows):
        following = request.url.include_query_params(offset=until)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    known = {each.strip() for each in request.headers.get("if-none-match", "").split(",")}
    if mark in known:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def _plain(value: Any) -> Any:
    """Numbers as JSON has them, days and moments as ISO 8601."""
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if value == int(value) else float(value)
