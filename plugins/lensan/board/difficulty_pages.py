"""Difficulties on the board: how many wait, for all readers; what they say and the answers, for those who act."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from lensan.board import access
from lensan.board.access import ACTS, FileId, Outside
from lensan.board.templates import back, page, words
from lensan.domain import difficulty_themes, duties
from lensan.domain.places import places
from lensan.units import difficulties

log = logging.getLogger(__name__)
router = APIRouter()


@router.get("/difficulties")
def register(request: Request) -> HTMLResponse:
    """The register; to whoever may not act only how many wait, by theme."""
    outside = access.outside(request)
    now, may_act = outside.clock(), bool(access.visitor(request).acts_on)
    with outside.engine().begin() as connection:
        counts = difficulties.open_counts(connection, moment=now)
        rows = difficulties.listed(connection, moment=now) if may_act else []
    actors = {row["code"]: row["name"] for row in places().units}
    actors |= {actor.key: actor.name(now.date()) for actor in duties.register().actors}
    owners = {actor.key: actor.name(now.date()) for actor in duties.register().actors}
    return page(
        request,
        "difficulties.html",
        {
            "rows": rows,
            "counts": counts,
            "waiting": sum(row["open"] for row in counts),
            "themes": difficulty_themes.themes(),
            "actors": actors,
            "owners": owners,
            "may_act": may_act,
            "longest": difficulties.LONGEST,
        },
    )


@router.post("/difficulties", dependencies=ACTS)
def add(
    request: Request,
    actor: Annotated[str, Form()] = "",
    said: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Enter what somebody told by telephone, mail or letter."""
    outside = access.outside(request)
    by, now = access.visitor(request).name, outside.clock()
    _try(difficulties.add, outside.engine(), actor, words(said), theme=theme or None, by=by, moment=now)  # fmt: skip
    return back(request, "/difficulties", "difficulty_added")


@router.post("/difficulties/{difficulty_id}", dependencies=ACTS)
def answer(
    request: Request,
    difficulty_id: FileId,
    later: BackgroundTasks,
    text: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    owner: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Sort a difficulty, and answer it where there is a text; the answer is mailed to who told it."""
    outside = access.outside(request)
    by, now, engine = access.visitor(request).name, outside.clock(), outside.engine()
    _try(difficulties.sort, engine, difficulty_id, theme=theme or None, owner=owner or None, by=by, moment=now)  # fmt: skip
    if not text.strip():
        return back(request, "/difficulties", "difficulty_sorted")
    _try(difficulties.answer, engine, difficulty_id, text, by=by, moment=now)
    later.add_task(_mail, outside, difficulty_id)
    return back(request, "/difficulties", "difficulty_answered")


def _try(act: Any, *given: Any, **more: Any) -> None:
    """409 with a sentence for what is wrong in a form, 404 for a number that is none."""
    try:
        act(*given, **more)
    except LookupError as error:
        raise HTTPException(404) from error
    except ValueError as error:
        raise HTTPException(
            409, f"Cần chọn đơn vị, chủ đề có trong danh sách và ghi nội dung, nhiều nhất {difficulties.LONGEST} chữ."
        ) from error  # fmt: skip


def _mail(outside: Outside, number: int) -> None:
    """One round, after the answer of the page; what does not go out is shown among the other mails."""
    try:
        difficulties.send(outside.engine(), outside.smtp(), number, moment=outside.clock())
    except Exception:
        log.exception("the answer to difficulty %s could not be mailed", number)
