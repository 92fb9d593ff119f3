"""Who has done what of the plan's duties: the matrix of duties over all actors.

The register: lensan.domain.duties; mails to those who owe: lensan.units.duty_mails. See
docs/decisions/0028-register-of-duties.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from gettext import gettext as _
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import duties, duty_terms, values
from lensan.domain.duties import UNITS, Duty, Files, Register
from lensan.domain.duty_terms import DutyTerm
from lensan.domain.office import PROVINCE
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.units import phrases
from lensan.warehouse import audit

State = Literal["done", "late", "open", "missing"]
OWED: tuple[State, ...] = ("open", "missing")
MET_PCT = 100


@dataclass(frozen=True)
class DutyStanding:
    """One cell of the matrix: what an actor owes of a term that is asked for. ``proved_at``: when its proof came,
    null: it has not; ``state``: done in time, done late, open: not yet due, missing. ``detail``: what of it is there.
    ``told_at``: when the actor was told."""

    actor: str
    duty: Duty
    term: DutyTerm
    state: State
    proved_at: datetime | None
    detail: str | None
    told_at: datetime | None

    @property
    def is_to_tell(self) -> bool:
        """Whether a mail of ours says it: it is owed, nobody else asks for it, and it was not told."""
        return self.state in OWED and self.told_at is None and not self.duty.is_reminded_elsewhere


def matrix(
    engine: Engine, *, moment: datetime, register: Register | None = None
) -> list[DutyStanding]:
    """What every actor owes at a moment (aware), by duty in the order of the register; none without a register."""
    register = register or duties.register()
    asked = [(duty, duty_terms.asked(duty, moment)) for duty in register.duties]
    terms = [(duty, term) for duty, term in asked if term is not None]
    if not terms:
        return []
    with engine.begin() as connection:
        found = _Found(connection, register, moment, min(term.opens_at for _duty, term in terms))
        told = {
            (row["duty"], row["actor"], row["term"]): row["told_at"]
            for row in warehouse.rows(connection, "units/duties/told")
        }
    return [
        found.standing(duty, term, actor, told.get((duty.code, actor, term.name)))
        for duty, term in terms
        for actor in owing(duty, term, moment)
    ]


def owing(duty: Duty, term: DutyTerm, moment: datetime) -> Iterator[str]:
    """Who owes a duty: keys of actors; units as they are on the last day of a report's period, else that day."""
    on = (term.period.last_day if term.period else moment.astimezone(ICT).date()).isoformat()
    for actor in duty.actors:
        if actor != UNITS:
            yield actor
            continue
        for row in places().units:
            if row["valid_from"] <= on and (not row["valid_to"] or row["valid_to"] >= on):
                yield row["code"]


class _Found:
    """All proofs that had come at a moment."""

    def __init__(
        self, connection: Connection, register: Register, moment: datetime, since: datetime
    ) -> None:
        def rows(name: str, **more: Any) -> list[dict[str, Any]]:
            return warehouse.rows(connection, f"units/duties/{name}", moment=moment, **more)

        self._moment = moment
        self._words = {actor.key: _words((actor.key, *actor.files)) for actor in register.actors}
        self._documents = {(r["duty"], r["actor"], r["term"]): r for r in rows("documents")}
        self._forms = {
            (r["sender"], r["report_kind"], r["period_start"]): r["received_at"]
            for r in rows("forms")
        }
        self._reports = {
            (r["report_kind"], r["period"]): r["published_at"] for r in rows("reports")
        }
        self._files: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows("files", since=since):
            self._files[row["source"]].append(row)
        self._figures: dict[tuple[int, str], dict[str, dict[str, Any]]] = defaultdict(dict)
        for row in rows("figures"):
            self._figures[row["year"], row["unit_code"]][row["indicator_code"]] = row

    def standing(
        self, duty: Duty, term: DutyTerm, actor: str, told_at: datetime | None
    ) -> DutyStanding:
        proved_at, detail = self._proof(duty, term, actor)
        state: State
        if proved_at is not None:
            state = "done" if proved_at < term.due_at else "late"
        else:
            state = "open" if self._moment < term.due_at else "missing"
        return DutyStanding(actor, duty, term, state, proved_at, detail, told_at)

    def _proof(self, duty: Duty, term: DutyTerm, actor: str) -> tuple[datetime | None, str | None]:
        proof = duty.proof
        if proof.file is not None:
            came = [f["received_at"] for f in self._of(proof.file, actor) if _is_within(f, term)]
            return min(came, default=None), None
        if proof.figures is not None:
            return self._met(proof.figures, term, actor)
        if proof.document is not None:
            row = self._documents.get((duty.code, actor, term.name))
            return (_begin(row["dated_on"]), row["reference"]) if row else (None, None)
        period = term.period
        assert period is not None
        if proof.report is not None:
            return self._reports.get((period.kind, period.name)), None
        return self._forms.get((actor, period.kind, period.start)), None

    def _of(self, wanted: Files, actor: str) -> Iterator[dict[str, Any]]:
        for file in self._files[wanted.source]:
            is_theirs = wanted.whoever or file["sender"] == actor
            if not is_theirs and file["sender"] is None and actor in self._words:
                is_theirs = bool(self._words[actor].search(values.fold(file["name"])))
            if is_theirs and (not wanted.holds or set(wanted.holds) & set(file["holds"] or ())):
                yield file

    def _met(
        self, codes: Iterable[str], term: DutyTerm, actor: str
    ) -> tuple[datetime | None, str | None]:
        """Whether all targets of the year are met, of who is no unit those of the province."""
        unit = PROVINCE if actor in self._words else actor
        known = self._figures.get((int(term.name), unit), {})
        rows = [known[code] for code in codes if code in known]
        if not rows:
            return None, None
        met = [row for row in rows if row["completion_pct"] >= MET_PCT]
        detail = f"{len(met)}/{len(rows)} chỉ tiêu"
        is_met = len(met) == len(rows)
        return (max(row["published_at"] for row in rows) if is_met else None), detail


def _is_within(file: Mapping[str, Any], term: DutyTerm) -> bool:
    return bool(term.opens_at <= file["received_at"] < term.closes_at)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), ICT)


def _words(said: Iterable[str]) -> re.Pattern[str]:
    return re.compile(r"\b(" + "|".join(re.escape(values.fold(word)) for word in said) + r")\b")


def actor_name(actor: str, on: date) -> str:
    """An actor or a unit within a sentence, as it is called on a day."""
    known = duties.register().actor(actor)
    return known.name(on) if known else phrases.sender_name(actor)


def term_label(term: DutyTerm) -> str:
    """``tuần 18/11/2021``, ``tháng 11/2021``, ``quý 4/2021``, ``năm 2021``; nothing of what is owed once."""
    if term.period is not None and term.period.cadence == "week":
        return f"tuần {term.period.end:%d/%m/%Y}"
    year, _dash, part = term.name.partition("-")
    if part.startswith("Q"):
        return f"quý {part[1:]}/{year}"
    if part:
        return f"tháng {part}/{year}"
    return "" if year == "once" else f"năm {year}"


def due_label(term: DutyTerm) -> str:
    """The last day, with the hour where it is not the end of the day: ``14:00 ngày 18/11/2021``."""
    due_at = term.due_at.astimezone(ICT)
    if due_at.time() == time():
        return f"{due_at.date() - duty_terms.DAY:%d/%m/%Y}"
    return phrases.said(due_at)


def proof_label(duty: Duty) -> str:
    """What is awaited, as the actor is told."""
    if duty.proof.document is not None:
        return f"gửi {duty.proof.document} để ghi vào sổ"
    if duty.proof.figures is not None:
        return "đạt 100% các chỉ tiêu trong báo cáo của tỉnh"
    return "gửi tệp theo cách vẫn gửi"


# ------------------------------------------------------------ noting


def note(
    engine: Engine,
    code: str,
    actor: str,
    term: str,
    *,
    reference: str,
    dated_on: date,
    by: str,
    moment: datetime,
) -> None:
    """Note the document by which an actor did a duty; noted again, the last word holds. ``moment``: aware.

    Raises ValueError for a duty, actor or term that there is not, and where something else is the proof.
    """
    known = {duty.code: duty for duty in duties.register().duties if duty.proof.document}
    if code not in known:
        raise ValueError(
            _("no document proves {code!r}; documents prove {codes}").format(
                code=code, codes=", ".join(known)
            )
        )
    asked = duty_terms.parse(known[code], term)
    if actor not in set(owing(known[code], asked, moment)):
        raise ValueError(_("{actor!r} does not owe {code}").format(actor=actor, code=code))
    if not reference.strip():
        raise ValueError(_("the number and symbol of the document are missing"))
    with engine.begin() as connection:
        warehouse.run(
            connection,
            "units/duties/note",
            duty=code,
            actor=actor,
            term=term,
            reference=reference.strip(),
            dated_on=dated_on,
            noted_by=by,
            moment=moment,
        )
        audit.record(
            connection,
            actor=by,
            action="duty.note",
            subject=f"{code} {actor} {term}",
            detail={"reference": reference.strip(), "dated_on": dated_on.isoformat()},
            moment=moment,
        )
