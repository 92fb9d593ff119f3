"""What the board shows: every page and file that changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import logging
import mimetypes

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from lensan import warehouse
from lensan.board import access, facts, lists, templates
from lensan.board.access import READS, STEWARD_READS, FileId, Revision
from lensan.board.templates import attached, page
from lensan.domain import csv_text, periods, plans
from lensan.domain.periods import Period
from lensan.reports import covering, publishing
from lensan.units import answers, form_scans

log = logging.getLogger(__name__)
ALL_ROWS = 10_000_000
REFRESH_S = 60
SENDING_REFRESH_S = 5
SENDS = ("released", "corrected_sent", "sending")
"""Acts after which mails leave: keys of templates.MESSAGES."""
# Great Expectations' pages bring their own style; no script of theirs runs beside Airflow's login.
DOCS_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
router = APIRouter()


@router.get("/style.css")
def style() -> Response:
    """The board's style sheet."""
    return Response(templates.style(), media_type="text/css")


@router.get("/")
def today(request: Request) -> HTMLResponse:
    """The week whose deadline is next, of the first plan that still reports."""
    now = access.outside(request).clock()
    owed = [periods.owed(each.kinds[0], now) for each in plans.plans()]
    return _shown(request, next((period for period in owed if period.is_of_plan), owed[0]))


@router.get("/period/{kind}/{name}")
def one_period(request: Request, kind: str, name: str) -> HTMLResponse:
    """The page of a week or a month."""
    return _shown(request, access.period(kind, name))


def _shown(request: Request, period: Period) -> HTMLResponse:
    outside = access.outside(request)
    engine, now = outside.engine(), outside.clock()
    found = facts.period_page(engine, period, moment=now, failed_runs=outside.failed_runs())
    is_now = period == periods.owed(period.kind, now)
    is_sending = facts.is_sending(
        found, now, has_just_begun=request.query_params.get("done") in SENDS
    )
    return page(
        request,
        "period.html",
        {
            **found,
            "is_now": is_now,
            "is_sending": is_sending,
            "others": facts.others_owed(
                engine, now, period, [alarm["alarm_key"] for alarm in found["alarms"]]
            ),
            "may_act": period.kind in access.visitor(request).acts_on,
            "drafts": facts.draft_links(outside.home().reports, period) if found["draft"] else {},
            "refresh": SENDING_REFRESH_S if is_sending else REFRESH_S if is_now else None,
        },
    )


@router.get("/pace/{kind}/{name}")
def one_pace(request: Request, kind: str, name: str) -> HTMLResponse:
    """Who will meet the year's targets at the pace of late."""
    engine = access.outside(request).engine()
    return page(request, "pace.html", facts.pace_page(engine, access.period(kind, name)))


@router.get("/checks")
def checks(request: Request) -> HTMLResponse:
    """The checks that did not pass when they were asked last."""
    return page(request, "checks.html", {"checks": facts.checks(access.outside(request).engine())})


@router.get("/quarantine")
def held_back(request: Request) -> HTMLResponse:
    """All files with rows that are held back."""
    outside = access.outside(request)
    found = lists.held_back(
        outside.engine(), moment=outside.clock(), is_steward=access.visitor(request).is_steward
    )
    return page(request, "held.html", found)


@router.get("/quarantine/{file_id}")
def one_file(request: Request, file_id: FileId) -> HTMLResponse:
    """One file with its rows that are held back."""
    try:
        found = lists.file_page(
            access.outside(request).engine(), file_id, is_steward=access.visitor(request).is_steward
        )
    except LookupError as error:
        raise HTTPException(404) from error
    return page(request, "file.html", found)


@router.get("/quarantine/{file_id}/rows.csv", dependencies=STEWARD_READS)
def held_rows(request: Request, file_id: FileId) -> Response:
    """What is held back of a file, with its values, as CSV for Excel."""
    engine = access.outside(request).engine()
    with engine.begin() as connection:
        found = warehouse.rows(connection, "board/lists/held_rows", file_id=file_id, most=ALL_ROWS)
        if not found:
            raise HTTPException(404)
        access.noted(request, connection, "quarantine.read", f"file {file_id}")
    content = csv_text.as_csv(found).encode("utf-8-sig")
    return attached(content, f"bi-giu-lai-{file_id}.csv", "text/csv; charset=utf-8")


@router.get("/quarantine/{file_id}/marked", dependencies=STEWARD_READS)
def marked(request: Request, file_id: FileId) -> Response:
    """A district's workbook with the cells in question coloured."""
    outside = access.outside(request)
    engine = outside.engine()
    try:
        answer = answers.annotate(engine, file_id, outside.home().raw_store)
    except (KeyError, ValueError, FileNotFoundError) as error:
        raise HTTPException(404) from error
    if answer.attachment is None:
        raise HTTPException(409, "Tệp này không mở được nên không tô màu được ô nào.")
    with engine.begin() as connection:
        access.noted(request, connection, "quarantine.read", f"file {file_id}")
    return attached(answer.attachment, answer.attachment_name or f"can-sua-{file_id}.xlsx")


@router.get("/quarantine/{file_id}/scan/{scan_id}", dependencies=STEWARD_READS)
def form_scan(request: Request, file_id: FileId, scan_id: FileId) -> Response:
    """The signed form that came with a form on the phone: it names people, so it is for stewards and noted."""
    with access.outside(request).engine().begin() as connection:
        try:
            name, media_type, content = form_scans.content(connection, file_id, scan_id)
        except LookupError as error:
            raise HTTPException(404) from error
        access.noted(request, connection, "scan.read", f"file {file_id}")
    return attached(content, name, media_type)


@router.get("/duplicates")
def duplicates(request: Request, all: str = "") -> HTMLResponse:
    """The pairs of producers that nobody is sure of."""
    found = lists.pairs(
        access.outside(request).engine(),
        with_settled=bool(all),
        is_steward=access.visitor(request).is_steward,
    )
    return page(request, "pairs.html", found | {"with_settled": bool(all)})


@router.get("/reports")
def archive(request: Request) -> HTMLResponse:
    """All published reports."""
    return page(
        request, "archive.html", {"reports": lists.archive(access.outside(request).engine())}
    )


@router.get("/reports/{kind}/{name}/{revision}/{file_name}")
def report_file(
    request: Request, kind: str, name: str, revision: Revision, file_name: str
) -> Response:
    """A file of a published report as the ledger keeps it, checked against its SHA-256.

    Workbook and PDF name people (season contacts): for those who act; figures.json is for all readers.
    """
    period = access.period(kind, name)
    if not file_name.endswith(".json"):
        access.officer(request)
    with access.outside(request).engine().begin() as connection:
        found = warehouse.rows(
            connection,
            "board/pages/report_file",
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
    return attached(content, file_name)


@router.get("/covering/{kind}/{name}/{revision}")
def covering_report(request: Request, kind: str, name: str, revision: Revision) -> Response:
    """The covering report of a published report, as Word file; it may say what units wrote, so it is for those who
    act."""
    period = access.period(kind, name)
    access.officer(request)
    try:
        report, _files = publishing.load(access.outside(request).engine(), period, revision)
    except LookupError as error:
        raise HTTPException(404) from error
    return attached(covering.build(report), covering.file_name(report))


@router.get("/draft/{kind}/{name}/{file_name}", dependencies=READS)
def draft_file(request: Request, kind: str, name: str, file_name: str) -> Response:
    """A file of the draft that waits for release."""
    path = facts.draft_files(access.outside(request).home().reports, access.period(kind, name)).get(
        file_name
    )
    if path is None:
        raise HTTPException(404)
    return attached(path.read_bytes(), file_name)


@router.get("/data-docs/{path:path}")
def data_docs(request: Request, path: str = "") -> Response:
    """Great Expectations' pages, behind the same login, below the board's own navigation; nothing
    outside their folder."""
    root = access.outside(request).home().data_docs.resolve()
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
    content = wanted.read_bytes()
    if kind == "text/html":
        content = content.replace(b"<body>", b"<body>\n" + templates.docs_top(request), 1)
    return Response(content, media_type=kind, headers=headers)
