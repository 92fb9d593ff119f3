"""The register of what persons ask about their data, with the law's terms (docs/rules/privacy.md#requests-of-persons).

No name and no number stands in it: who asked is in the office's file, by its reference.
"""

from __future__ import annotations

from datetime import date, datetime
from gettext import gettext as _
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import identifiers, request_terms, working_days
from lensan.domain.periods import ICT
from lensan.warehouse import audit

NEAR = 2
"""Working days before a term at which it is told."""


class RequestError(ValueError):
    """What cannot be entered; the text says why and what to do."""


def add(
    engine: Engine, kind: str, *, reference: str, received_on: date, by: str, moment: datetime
) -> int:
    """Enter a request; returns its number. ``reference``: the file in the office; ``moment`` (aware) is now. Raises
    RequestError."""
    _refuse_numbers(reference)
    if received_on > moment.astimezone(ICT).date():
        raise RequestError(_("{day} is not yet").format(day=received_on))
    try:
        terms = request_terms.of(received_on)
    except ValueError as error:
        raise RequestError(str(error)) from None
    if kind not in terms.kinds:
        raise RequestError(
            _("no kind of request: {kind}; there are {kinds}").format(
                kind=kind, kinds=", ".join(terms.kinds)
            )
        )
    with engine.begin() as connection:
        request_id = warehouse.scalar(
            connection,
            "privacy/requests/add",
            kind=kind,
            reference=reference.strip(),
            received_on=received_on,
            acknowledge_by=terms.acknowledge_by(received_on),
            due_on=terms.due_on(kind, received_on),
            legal_basis=terms.legal_basis,
            moment=moment,
        )
        if request_id is None:
            raise RequestError(
                _("the register has {reference} already").format(reference=reference)
            )
        _record(connection, "add", request_id, by, moment, kind=kind, reference=reference.strip())
    return int(request_id)


def acknowledge(engine: Engine, request_id: int, *, by: str, moment: datetime) -> None:
    """The person was told that the request has come and how it goes on. Raises RequestError."""
    with engine.begin() as connection:
        _one(connection, "acknowledge", request_id, moment=moment)
        _record(connection, "acknowledge", request_id, by, moment)


def extend(engine: Engine, request_id: int, *, reason: str, by: str, moment: datetime) -> date:
    """Extend the term, once, before it is over; returns the new one. ``reason``: as told to the person. Raises
    RequestError."""
    _refuse_numbers(reason)
    with engine.begin() as connection:
        request = _known(connection, request_id)
        if moment.astimezone(ICT).date() > request["due_on"]:
            raise RequestError(_("the term is over; it can be extended before that only"))
        due_on = request_terms.of(request["received_on"]).due_on(
            request["kind"], request["received_on"], is_extended=True
        )
        _one(connection, "extend", request_id, reason=reason, due_on=due_on, moment=moment)
        _record(connection, "extend", request_id, by, moment, reason=reason)
    return due_on


def answer(
    engine: Engine, request_id: int, *, outcome: str, text: str, by: str, moment: datetime
) -> None:
    """It was done (``done``), or refused for a reason of the law (``refused``), and the person was told. Raises
    RequestError."""
    if outcome not in ("done", "refused"):
        raise RequestError(_("the outcome is done or refused, not {given}").format(given=outcome))
    _refuse_numbers(text)
    with engine.begin() as connection:
        _one(connection, "answer", request_id, outcome=outcome, answer=text, moment=moment)
        _record(connection, "answer", request_id, by, moment, outcome=outcome)


def listed(
    engine: Engine, *, with_answered: bool = False, moment: datetime
) -> list[dict[str, Any]]:
    """The register, what is due first at the top: the columns of ops.person_request, the kind's Vietnamese ``label``,
    ``next_on`` (until when something is to be done, null where nothing is) and ``days_left`` until then, below 0 where
    it is over."""
    today = moment.astimezone(ICT).date()
    with engine.begin() as connection:
        found = warehouse.rows(connection, "privacy/requests/listed", with_answered=with_answered)
    for row in found:
        row["label"] = request_terms.of(row["received_on"]).kinds[row["kind"]].label
        open_terms = [] if row["answered_at"] else [row["due_on"]]
        if not row["answered_at"] and not row["acknowledged_at"]:
            open_terms.append(row["acknowledge_by"])
        row["next_on"] = min(open_terms, default=None)
        row["days_left"] = (row["next_on"] - today).days if open_terms else None
    return found


def near(engine: Engine, *, moment: datetime) -> list[dict[str, Any]]:
    """Of ``listed`` those whose next term is over or at most NEAR working days away."""
    until = working_days.after(moment.astimezone(ICT).date(), NEAR)
    return [row for row in listed(engine, moment=moment) if row["next_on"] <= until]


def copied(engine: Engine, request_id: int, *, rows: int, by: str, moment: datetime) -> None:
    """Note that a copy of what is stored was made for a request. Raises RequestError."""
    with engine.begin() as connection:
        _known(connection, request_id)
        _record(connection, "copy", request_id, by, moment, rows=rows)


def _known(connection: Connection, request_id: int) -> dict[str, Any]:
    found = warehouse.rows(connection, "privacy/requests/one", request_id=request_id)
    if not found:
        raise RequestError(_("the register has no request {number}").format(number=request_id))
    return found[0]


def _one(connection: Connection, act: str, request_id: int, **parameters: Any) -> None:
    _known(connection, request_id)
    if not warehouse.rows(
        connection, f"privacy/requests/{act}", request_id=request_id, **parameters
    ):
        raise RequestError(
            _("request {number}: that is done already, or it is answered").format(number=request_id)
        )


def _record(
    connection: Connection, act: str, request_id: int, by: str, moment: datetime, **detail: Any
) -> None:
    audit.record(
        connection, actor=by, action=f"request.{act}", subject=str(request_id), detail=detail, moment=moment
    )  # fmt: skip


def _refuse_numbers(text: str) -> None:
    """The register is kept for ever, and so is the audit."""
    if not text.strip():
        raise RequestError(_("say it in words; it is kept in the register"))
    said = identifiers.parse_phone(text).value, identifiers.parse_paper_number(text).value
    if any(each is not None for each in said):
        raise RequestError(
            _("that is a phone or a paper number: write the file's reference, without the person")
        )


def alarm_of(row: dict[str, Any]) -> tuple[str, str, str]:
    """Key, title and detail of the alarm of a request whose term is near, another one when it is over."""
    is_over = row["days_left"] < 0
    what = "thực hiện" if row["acknowledged_at"] else "báo đã nhận"
    title = (
        f"Yêu cầu về dữ liệu cá nhân {'đã quá hạn' if is_over else 'sắp đến hạn'} {what}: "
        f"{row['label']} ({row['reference']}), hạn {row['next_on']:%d/%m/%Y}"
    )
    number = row["request_id"]
    step = (
        f"`lensan requests answer {number} --outcome done --answer …`"
        if row["acknowledged_at"]
        else f"`lensan requests acknowledge {number}`"
    )
    return (
        f"request|{number}|{row['next_on']}{'|over' if is_over else ''}",
        title,
        f"Luật 91/2025/QH15. Next step: {step}; all of them: `lensan requests list`.",
    )
