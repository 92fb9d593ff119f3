"""Difficulties (khó khăn, vướng mắc) that units and others tell: a register, and answers that go back to who told them.

See docs/rules/reports.md#difficulties. What people write may name people: it is for those who act, and for nobody else.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from gettext import gettext as _
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import difficulty_themes, duties
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.intake import locations
from lensan.mail import ledger, letter, templates
from lensan.mail.transport import Transport
from lensan.units import phrases, post
from lensan.units.duties import actor_name
from lensan.warehouse import audit

KIND = "difficulty"
LONGEST = 2000


def collect(engine: Engine) -> int:
    """Take what the boxes of accepted forms say into the register; returns how many are new. Safe to repeat."""
    with engine.begin() as connection:
        return len(warehouse.rows(connection, "units/difficulties/collect"))


def listed(
    connection: Connection, *, moment: datetime, number: int | None = None
) -> list[dict[str, Any]]:
    """What was told until a moment (aware), open ones first, the oldest first: with the actor's ``name`` and the
    ``days`` that each waits, or waited."""
    rows = warehouse.rows(
        connection, "units/difficulties/listed", difficulty_id=number, moment=moment
    )
    for row in rows:
        until = row["answered_at"] or moment
        row["name"] = actor_name(row["actor"], moment.astimezone(ICT).date())
        row["days"] = max(0, (until - row["told_at"]).days)
    return rows


def add(
    engine: Engine, actor: str, said: str, *, theme: str | None, by: str, moment: datetime
) -> int:
    """Enter what somebody told otherwise than in a form; returns its number. Raises ValueError for an actor, theme or
    text that is none."""
    said = said.strip()
    known = {row["code"] for row in places().units} | {a.key for a in duties.register().actors}
    if actor not in known:
        raise ValueError(_("{actor!r} is no unit and no actor of the plan").format(actor=actor))
    _check_theme(theme)
    if not said or len(said) > LONGEST:
        raise ValueError(_("a text of at most {most} letters is wanted").format(most=LONGEST))
    with engine.begin() as connection:
        number = int(
            warehouse.scalar(
                connection,
                "units/difficulties/add",
                actor=actor,
                said=said,
                entered_by=by,
                theme=theme,
                moment=moment,
            )
        )
        _noted(connection, "difficulty.add", number, by, moment, {"actor": actor})
    return number


def sort(
    engine: Engine,
    number: int,
    *,
    theme: str | None = None,
    owner: str | None = None,
    by: str,
    moment: datetime,
) -> None:
    """Say what a difficulty is about, and who sees to it. Raises ValueError for a theme or owner that is none,
    LookupError for a number that is none."""
    _check_theme(theme)
    if owner is not None and duties.register().actor(owner) is None:
        raise ValueError(_("{actor!r} is no actor of the plan").format(actor=owner))
    with engine.begin() as connection:
        if not warehouse.rows(
            connection, "units/difficulties/sort", difficulty_id=number, theme=theme, owner=owner
        ):
            raise LookupError(_("there is no difficulty {number}").format(number=number))
        _noted(connection, "difficulty.sort", number, by, moment, {"theme": theme, "owner": owner})


def answer(engine: Engine, number: int, text: str, *, by: str, moment: datetime) -> None:
    """Answer a difficulty; answered again, the last word holds. ``send`` mails it. Raises ValueError without a text,
    LookupError for a number that is none."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise ValueError(_("a text of at most {most} letters is wanted").format(most=LONGEST))
    with engine.begin() as connection:
        if not warehouse.rows(
            connection,
            "units/difficulties/answer",
            difficulty_id=number,
            answer=text,
            answered_by=by,
            moment=moment,
        ):
            raise LookupError(_("there is no difficulty {number}").format(number=number))
        _noted(connection, "difficulty.answer", number, by, moment, {})


def send(engine: Engine, smtp: Transport, number: int, *, moment: datetime) -> dict[str, int]:
    """Mail an answer to the addresses of who told the difficulty, each once an answer; returns mails by state, none
    where there is no answer or no address."""
    with engine.begin() as connection:
        rows = listed(connection, moment=moment, number=number)
    if not rows or rows[0]["answered_at"] is None:
        return {}
    row, found = rows[0], dict[str, int]()
    fact = ledger.fact_of(KIND, number, row["answered_at"].astimezone(ICT).isoformat())
    for known in locations.addresses(engine):
        if known["sender"] == row["actor"]:
            state = post.send(engine, smtp, KIND, fact, known["address"], _message(row), moment)
            found[state] = found.get(state, 0) + 1
    return found


def open_counts(connection: Connection, *, moment: datetime) -> list[dict[str, Any]]:
    """How many wait, by theme, and since when the oldest: without what anybody wrote."""
    return warehouse.rows(connection, "units/difficulties/open_counts", moment=moment)


def _message(row: dict[str, Any]) -> EmailMessage:
    """The answer; what was told is not repeated: mails go over wires and into archives."""
    facts = {
        "actor": row["name"],
        "number": row["difficulty_id"],
        "told": phrases.said(row["told_at"]),
        "answer": row["answer"],
        "office": letter.office_at(row["answered_at"]).office,
    }
    mail = EmailMessage()
    mail["Subject"] = f"Trả lời khó khăn, vướng mắc số {row['difficulty_id']} – {row['name']}"
    mail.set_content(templates.render("difficulty_mail.txt", facts))
    return mail


def _check_theme(theme: str | None) -> None:
    known = difficulty_themes.themes()
    if theme not in (None, *known):
        raise ValueError(
            _("there is no theme {theme!r}; there are {themes}").format(
                theme=theme, themes=", ".join(known)
            )
        )


def _noted(
    connection: Connection,
    action: str,
    number: int,
    by: str,
    moment: datetime,
    detail: dict[str, Any],
) -> None:
    audit.record(
        connection, actor=by, action=action, subject=str(number), detail=detail, moment=moment
    )
