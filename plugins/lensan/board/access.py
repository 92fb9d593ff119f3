"""Who is let in: visitors and their rights, the tokens of forms, what the board needs of its surroundings.

See docs/decisions/0015-operations-board.md.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Form, HTTPException, Request
from fastapi import Path as InPath
from sqlalchemy import Connection, Engine

from lensan.domain import periods
from lensan.domain.periods import Period
from lensan.domain.settings import Settings
from lensan.mail.transport import Transport
from lensan.warehouse import audit

TOKEN_LIVES = timedelta(hours=8)


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
    smtp: Callable[[], Transport]
    home: Callable[[], Settings]
    clock: Callable[[], datetime]
    secret: Callable[[], str]
    failed_runs: Callable[[], Mapping[str, datetime | None]]


def visitor(request: Request) -> Visitor:
    """Who asks, as the gate of the app has found."""
    found: Visitor = request.state.visitor
    return found


def outside(request: Request) -> Outside:
    """What the board was given of the world outside: engine, clock, folders."""
    found: Outside = request.app.state.outside
    return found


def path(request: Request) -> str:
    """The path below the board's own prefix."""
    whole: str = request.scope["path"]
    return whole.removeprefix(request.scope.get("root_path", ""))


def enter(request: Request, found: Visitor) -> None:
    """Let a visitor in: 403 for one without a right to read, 404 for a path that no database keeps."""
    if not found.may_read:
        raise HTTPException(403, "Tài khoản của bạn chưa được cấp quyền xem bảng điều hành.")
    if "\0" in request.scope["path"]:
        raise HTTPException(404)
    request.state.visitor = found


def officer(request: Request) -> None:
    """403 unless the visitor may act on reports: of the path's kind, where it names one."""
    kind = request.path_params.get("kind")
    acts_on = visitor(request).acts_on
    if not acts_on or (kind is not None and kind not in acts_on):
        raise HTTPException(403, "Tài khoản của bạn không có quyền thực hiện việc này.")


def steward(request: Request) -> None:
    """403 unless the visitor may see personal data."""
    if not visitor(request).is_steward:
        raise HTTPException(403, "Dữ liệu cá nhân chỉ dành cho người quản lý dữ liệu.")


def with_token(request: Request, token: Annotated[str, Form()] = "") -> None:
    """403 unless the form was made by this board for this visitor and path."""
    around = outside(request)
    user_id = visitor(request).user_id
    if not is_token(token, around.secret(), user_id, path(request), around.clock()):
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

YEARS = range(1900, 3000)
"""Of the periods that may be asked for: at the ends of the calendar there is no week before or after."""


def period(kind: str, name: str) -> Period:
    """The period that a path names; 404 where there is none, and outside YEARS."""
    try:
        found = periods.parse(kind, name)
    except (ValueError, OverflowError) as error:
        raise HTTPException(404) from error
    if found.year not in YEARS:
        raise HTTPException(404)
    return found


def noted(
    request: Request,
    connection: Connection,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write into the audit what the visitor does."""
    audit.record(
        connection,
        actor=visitor(request).name,
        action=action,
        subject=subject,
        detail=detail,
        moment=outside(request).clock(),
    )


# ---------------------------------------------------------------- tokens of forms


def token(secret: str, user_id: str, path: str, at: datetime) -> str:
    """What a form of this user for this path carries: good until TOKEN_LIVES after ``at`` (aware)."""
    until = int((at + TOKEN_LIVES).timestamp())
    return f"{until}.{_mark(secret, user_id, path, until)}"


def is_token(given: str, secret: str, user_id: str, path: str, at: datetime) -> bool:
    """Whether ``given`` is such a token and still good at ``at`` (aware)."""
    until, _, mark = given.partition(".")
    if not (until.isascii() and until.isdigit() and len(until) < 12 and mark.isascii()):
        return False
    wanted = _mark(secret, user_id, path, int(until))
    return hmac.compare_digest(mark, wanted) and int(until) >= at.timestamp()


def _mark(secret: str, user_id: str, path: str, until: int) -> str:
    said = "\0".join(("lensan board", user_id, path, str(until)))
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()
