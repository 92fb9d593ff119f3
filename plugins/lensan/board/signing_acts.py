"""The report's PDF brought back signed: what is to be signed, and the form that takes the signed file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from lensan.board import access
from lensan.board.access import ACTS, READS
from lensan.board.templates import at, attached, back, page
from lensan.domain.periods import Period
from lensan.operations import obligations
from lensan.reports import signature_check, signing, wording
from lensan.reports.signature_check import NotSignedError

router = APIRouter()


@router.get("/sign/{kind}/{name}", dependencies=READS)
def ask_signed(request: Request, kind: str, name: str) -> HTMLResponse:
    """The PDF to be signed, and the form for the signed one."""
    return _page(request, access.period(kind, name))


def _page(request: Request, period: Period, error: str | None = None) -> HTMLResponse:
    outside = access.outside(request)
    waiting = obligations.to_be_signed(outside.engine(), period, outside.home().reports)
    with outside.engine().begin() as connection:
        signed = {name: signing.of(connection, content) for name, content in waiting.items()}
        is_signing = bool(signing.roots(connection))
    shown = {
        "period": period,
        "label": wording.period_label(period),
        "signed": signed,
        "is_signing": is_signing,
        "error": error,
    }
    return page(request, "sign.html", shown, 400 if error else 200)


@router.get("/sign/{kind}/{name}/{file_name}", dependencies=READS)
def to_sign(request: Request, kind: str, name: str, file_name: str) -> Response:
    """A PDF that waits for a signature, or the signed one."""
    outside, period = access.outside(request), access.period(kind, name)
    waiting = obligations.to_be_signed(outside.engine(), period, outside.home().reports)
    with outside.engine().begin() as connection:
        for unsigned, content in waiting.items():
            signed = signing.of(connection, content)
            if unsigned == file_name:
                return attached(content, file_name)
            if signed is not None and signed.name == file_name:
                return attached(signed.content, file_name)
    raise HTTPException(404)


@router.post("/sign/{kind}/{name}", dependencies=ACTS, response_model=None)
def take_signed(
    request: Request, kind: str, name: str, signed: Annotated[bytes, File()] = b""
) -> Response:
    """Check the signed file and keep it: from then on mails bring it."""
    outside, period = access.outside(request), access.period(kind, name)
    waiting = obligations.to_be_signed(outside.engine(), period, outside.home().reports)
    try:
        signing.keep(
            outside.engine(),
            period,
            signed,
            waiting,
            moment=outside.clock(),
            by=access.visitor(request).name,
        )
    except NotSignedError as error:
        return _page(request, period, signature_check.WHY[error.reason])
    return back(request, at(period), "signed")
