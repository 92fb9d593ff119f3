"""The page of the plan's duties: who owes what now, and which sentence of the plan says so; the
units' own pages and the worklist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from lensan.board import access
from lensan.board.access import STEWARD_READS
from lensan.board.templates import attached, page
from lensan.domain import duties
from lensan.domain.duties import UNITS, Duty
from lensan.domain.places import places
from lensan.units import duties as standings
from lensan.units import unit_page, worklist
from lensan.units.duties import DutyStanding

router = APIRouter()
SYMBOLS = {"done": "on_time", "late": "late", "missing": "missing", "open": "awaited"}
STATES = {
    "done": "Đã có, đúng hạn",
    "late": "Đã có, muộn",
    "open": "Chưa có, chưa đến hạn",
    "missing": "Thiếu, quá hạn",
}


@router.get("/unit-page/{kind}/{name}/{unit_code}")
def unit_page_of(request: Request, kind: str, name: str, unit_code: str) -> Response:
    """A unit's own page of a published report, as PDF."""
    period = access.period(kind, name)
    try:
        content = unit_page.build(access.outside(request).engine(), period, unit_code)
    except LookupError as error:
        raise HTTPException(404) from error
    return attached(content, unit_page.file_name(period, unit_code, 0))


@router.get("/worklist")
def worklist_counts(request: Request) -> HTMLResponse:
    """How much is open and was closed in a week, by unit and kind: for all readers."""
    outside = access.outside(request)
    found = worklist.at(outside.engine(), moment=outside.clock())
    names = {row["code"]: row["name"] for row in places().units}
    lines: dict[str | None, dict[str, Any]] = {}
    for row in found.counts():
        line = lines.setdefault(row["unit_code"], {})
        line[row["kind"]] = row
    return page(
        request,
        "worklist.html",
        {
            "kinds": worklist.KINDS,
            "lines": [
                {
                    "unit_code": code,
                    "name": names.get(code or "", "Chưa rõ địa phương"),
                    "cells": cells,
                }
                for code, cells in lines.items()
            ],
            "open": len(found.entries),
            "done": sum(found.done.values()),
            "days": worklist.SINCE.days,
            "is_steward": access.visitor(request).is_steward,
        },
    )


@router.get("/worklist/{unit_code}", dependencies=STEWARD_READS)
def worklist_of(request: Request, unit_code: str) -> Response:
    """A unit's entries with names, as a workbook; fetching it is noted."""
    outside = access.outside(request)
    now = outside.clock()
    found = worklist.at(outside.engine(), moment=now)
    if unit_code not in {row["code"] for row in places().units}:
        raise HTTPException(404)
    entries = worklist.of_unit(found, unit_code)
    title = f"Việc cần làm – {standings.actor_name(unit_code, now.date())}"
    with outside.engine().begin() as connection:
        access.noted(request, connection, "worklist.read", unit_code)
    return attached(
        worklist.to_workbook(entries, title, found.day), f"viec-can-lam-{unit_code}.xlsx"
    )


@router.get("/duties")
def all_duties(request: Request) -> HTMLResponse:
    """The matrix of duties over all actors, and the plan's sentences with what follows from each."""
    outside = access.outside(request)
    moment = outside.clock()
    found = standings.matrix(outside.engine(), moment=moment)
    register = duties.register()
    of_units = [duty for duty in register.duties if UNITS in duty.actors]
    others = [
        {
            "name": actor.name(moment.date()),
            "cells": [_cell(s) for s in found if s.actor == actor.key],
        }
        for actor in register.actors
    ]
    codes = {duty.code: duty.in_short for duty in register.duties}
    return page(
        request,
        "duties.html",
        {
            "heads": [_head(duty, found) for duty in of_units],
            "units": _units(of_units, found),
            "others": [each for each in others if each["cells"]],
            "owed": sum(s.state == "missing" for s in found),
            "actors_owing": len({s.actor for s in found if s.state == "missing"}),
            "states": {SYMBOLS[state]: text for state, text in STATES.items()},
            "plan": [
                {
                    "at": each.at,
                    "begins": each.begins,
                    "duties": [codes[code] for code in each.duties],
                    "why_none": each.why_none,
                }
                for each in register.plan
            ],
        },
    )


def _head(duty: Duty, found: Iterable[DutyStanding]) -> dict[str, Any]:
    term = next((s.term for s in found if s.duty.code == duty.code), None)
    return {
        "in_short": duty.in_short,
        "what": duty.what,
        "term": standings.term_label(term) if term else "",
        "due": standings.due_label(term) if term else "",
        "is_assumed": duty.is_assumed,
    }


def _units(columns: Iterable[Duty], found: Iterable[DutyStanding]) -> list[dict[str, Any]]:
    by_unit: dict[str, dict[str, DutyStanding]] = {}
    for each in found:
        by_unit.setdefault(each.actor, {})[each.duty.code] = each
    lines = []
    for row in places().units:
        theirs = by_unit.get(row["code"])
        if theirs:
            cells = [theirs.get(duty.code) for duty in columns]
            lines.append({"name": row["name"], "cells": [each and _cell(each) for each in cells]})
    return lines


def _cell(each: DutyStanding) -> dict[str, Any]:
    return {
        "what": each.duty.what,
        "in_short": each.duty.in_short,
        "term": standings.term_label(each.term),
        "due": standings.due_label(each.term),
        "is_assumed": each.duty.is_assumed,
        "symbol": SYMBOLS[each.state],
        "state": STATES[each.state],
        "at": each.proved_at,
        "detail": each.detail,
        "told_at": each.told_at,
    }
