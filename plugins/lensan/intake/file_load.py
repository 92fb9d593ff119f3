"""One file into the warehouse: the transaction around it, and the verdict.

A file is settled in one transaction: its rows, verdicts and load record are there together or not at all.
What it says is found (sections), checked (row_rules, filled_form) and stored (store), in that order, once;
where a column proves how it is to be read, it is checked and stored again by that, and what was stored by
the guess is rolled back. Merges go one at a time.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import checks, problems
from lensan.domain.contracts import Contract
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.domain.problems import Problem, Rejection
from lensan.domain.values import fold
from lensan.intake import filled_form, heading, row_rules, store
from lensan.intake import veil as veils
from lensan.intake.columns import Facts
from lensan.intake.filled_form import FilledForm
from lensan.intake.landing import Arrival
from lensan.intake.readers.handed import BehindError
from lensan.intake.row_rules import CheckedList
from lensan.intake.sections import FormSection, Section, Sections
from lensan.intake.stored import StoredFile
from lensan.intake.understood import understood

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of a file in a sweep. Row counts are null unless it was loaded."""

    file_id: int
    name: str
    status: str
    reason: str | None = None
    rows_read: int | None = None
    rows_quarantined: int | None = None

    @property
    def said(self) -> str:
        """For the log, where mail addresses do not belong."""
        name = re.sub(r"[^/@\s]{1,255}@", "…@", self.name)
        rows = f", {self.rows_read} rows" if self.rows_read is not None else ""
        held = f", {self.rows_quarantined} quarantined" if self.rows_quarantined else ""
        return f"{name}: {self.status}{rows}{held}"


class _Stop(Exception):
    """A check of gate core that the file's merge does not pass."""

    def __init__(self, check: checks.Check, found: Any, expected: Any) -> None:
        super().__init__(check.name)
        self.problem = Problem(check.name, {"label": check.label, "why": check.reason})
        self.detail = f"{found} of {expected}"


def load(
    engine: Engine,
    contract: Contract,
    arrival: Arrival,
    read: Sections | Rejection,
    *,
    moment: datetime,
) -> Outcome | None:
    """Settle one registered file; None when another loader has settled it already. ``read``: what was
    found in it, or why it cannot be opened; ``moment``: aware, of the sweep. Whatever a file does becomes its
    verdict; raises what warehouse.is_of_database tells, which no file is to blame for."""
    try:
        try:
            return _load(engine, contract, arrival, read, moment)
        except BehindError:
            # Its reader is slower than we are: nobody is to wait for both.
            with suppress(Rejection):
                assert isinstance(read, Sections), "what is rejected has been read"
                read.whole()
            return _load(engine, contract, arrival, read, moment)
    except Exception as error:
        if warehouse.is_of_database(error):
            raise  # the next sweep takes the file up
        return _set_aside(engine, contract, arrival, problems.unexpected(error))


def _load(
    engine: Engine,
    contract: Contract,
    arrival: Arrival,
    read: Sections | Rejection,
    moment: datetime,
) -> Outcome | None:
    with engine.begin() as connection:
        warehouse.one_loader(connection)
        claimed = _claimed(connection, contract, arrival, moment)
        if claimed is None:
            return None
        same = _same_bytes(connection, contract, arrival, claimed.file_id)
        if same is not None:
            return same
        try:
            with connection.begin_nested():
                if isinstance(read, Rejection):
                    raise read
                counts = _taken_in_whole(connection, contract, arrival, read, claimed)
                if contract.platform:
                    store.release_waiting(connection, arrival.path.parents[1], moment=moment)
        except BehindError:
            raise
        except _Stop as stop:
            return _settled(connection, "stopped", claimed, arrival, stop.problem, stop.detail)
        except Exception as error:
            if warehouse.is_of_database(error):
                raise
            verdict = error if isinstance(error, Rejection) else problems.unexpected(error)
            return _rejected(connection, contract, claimed, arrival, verdict)
        return Outcome(
            claimed.file_id,
            arrival.name,
            "loaded",
            None,
            counts["rows_read"],
            counts["rows_quarantined"],
        )


def _set_aside(
    engine: Engine, contract: Contract, arrival: Arrival, verdict: Rejection
) -> Outcome | None:
    """The verdict on a file that even a verdict could not be written of, with nothing of the file in it."""
    with engine.begin() as connection:
        row = _register_row(connection, contract, arrival)
        if row["status"] != "received":
            return None
        file = StoredFile(row["file_id"], row["received_at"])
        return _rejected(connection, contract, file, arrival, verdict)


def _rejected(
    connection: Connection,
    contract: Contract,
    file: StoredFile,
    arrival: Arrival,
    verdict: Rejection,
) -> Outcome:
    if verdict.problem.rule == "unexpected":
        log.error(
            "file %d of %s met a fault of ours and is set aside: %s. Next step: mend it there, then "
            "put the same file into the landing root under another name",
            file.file_id, contract.source, verdict.detail,
        )  # fmt: skip
    return _settled(
        connection,
        "rejected",
        file,
        arrival,
        verdict.problem,
        verdict.detail,
        unit_code=verdict.unit_code,
    )


def _register_row(connection: Connection, contract: Contract, arrival: Arrival) -> Any:
    """The file's row in the register, locked."""
    return warehouse.rows(
        connection,
        "intake/file_load/claim_file",
        source=contract.source,
        name=arrival.name,
        sha256=arrival.sha256,
    )[0]


def _claimed(
    connection: Connection, contract: Contract, arrival: Arrival, moment: datetime
) -> StoredFile | None:
    """The file's row in the register, locked; None where it is settled. A file that was stopped before is
    known from now on, not since it was first seen."""
    row = _register_row(connection, contract, arrival)
    if row["status"] != "received":
        return None
    received_at = row["received_at"]
    if row["rule"] is not None:
        received_at = warehouse.scalar(
            connection, "intake/file_load/file_taken_up", file_id=row["file_id"], moment=moment
        )
    return StoredFile(row["file_id"], received_at)


def _same_bytes(
    connection: Connection, contract: Contract, arrival: Arrival, file_id: int
) -> Outcome | None:
    same = warehouse.rows(
        connection,
        "intake/file_load/same_bytes",
        source=contract.source,
        sha256=arrival.sha256,
        export_date=arrival.export_date,
    )
    if not same:
        return None
    problem = Problem("same_bytes", {"name": same[0]["name"]})
    reason = problems.sentence(problem)
    warehouse.run(
        connection,
        "intake/file_load/file_duplicate",
        file_id=file_id,
        reason=reason,
        parameters=problem.stored,
        duplicate_of=same[0]["file_id"],
        **{k: same[0][k] for k in ("entity", "unit_code", "sender", "period_start", "period_end")},
    )
    return Outcome(file_id, arrival.name, "duplicate", reason)


def _settled(
    connection: Connection,
    how: str,
    file: StoredFile,
    arrival: Arrival,
    problem: Problem,
    detail: str,
    **more: Any,
) -> Outcome:
    """The verdict on a file that is not loaded: ``rejected``, or ``stopped`` until a check passes."""
    reason = problems.sentence(problem)
    warehouse.run(
        connection,
        f"intake/file_load/file_{how}",
        file_id=file.file_id,
        rule=problem.rule,
        reason=reason,
        parameters=problem.stored,
        detail=detail,
        **more,
    )
    status = "rejected" if how == "rejected" else "received"
    return Outcome(file.file_id, arrival.name, status, reason)


# ---------------------------------------------------------------- what the file says


def _taken_in_whole(
    connection: Connection,
    contract: Contract,
    arrival: Arrival,
    read: Sections,
    claimed: StoredFile,
) -> dict[str, Any]:
    """The same as ``_taken_in``, of a file that is read to its end: what its reader says comes before all else."""
    try:
        return _taken_in(connection, contract, arrival, read, claimed)
    except Exception as error:
        if not isinstance(error, BehindError) and not warehouse.is_of_database(error):
            read.whole(in_time=True)
        raise


def _taken_in(
    connection: Connection,
    contract: Contract,
    arrival: Arrival,
    read: Sections,
    claimed: StoredFile,
) -> dict[str, Any]:
    """Check and store all that was found; returns the counts of rows. Raises Rejection, _Stop."""
    told_of = understood(read)
    veil = veils.veil(connection)
    facts = _facts(connection, contract, arrival, read, claimed.file_id, veil)
    if not read.found:
        told = read.unread[0] if read.unread else None
        raise Rejection(
            told or Problem("not_recognised", {"lists": [e.label for e in contract.entities]}),
            f"no header row of {contract.source} was found; see sources/{contract.source}.yml "
            f"of the province's folder for the headers it knows",
            unit_code=facts.unit_code,
        )
    file = StoredFile(claimed.file_id, claimed.received_at, facts.sender, facts.unit_code)
    checked = [_checked(section, facts) for section in read.found]
    if read.forms:
        checked = filled_form.settled(checked)
    forms = [each for each in checked if isinstance(each, FilledForm)]
    _check_forms(connection, arrival, forms, file)
    kept = store.keep(connection, file, checked, arrival.path.parents[1])
    store.keep_doubts(connection, file, kept, _of_file(arrival, read, forms, claimed.received_at))
    if veil is not None:
        store.note_return(connection, veil, arrival.sha256, moment=file.received_at)
    entities = list(dict.fromkeys(store.entity_of(section) for section in read.found))
    read.whole(in_time=True)
    _ask_core(connection, contract, file, set(entities))
    period = forms[0].period if forms else None
    first, last = file.record_ids
    return warehouse.rows(
        connection,
        "intake/file_load/file_loaded",
        file_id=file.file_id,
        first=first,
        last=last,
        entity=", ".join(entities),
        unit_code=file.unit_code,
        sender=file.sender,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        rows_read=read.rows_outside + kept.rows_read,
        rows_not_kept=read.rows_outside + kept.rows_read - kept.rows_kept,
        understood=told_of,
    )[0]


def _checked(section: Section, facts: Facts) -> CheckedList | FilledForm:
    if isinstance(section, FormSection):
        return filled_form.check(section, facts)
    return row_rules.check(section, facts)


def _check_forms(
    connection: Connection,
    arrival: Arrival,
    forms: Sequence[FilledForm],
    file: StoredFile,
) -> None:
    """Raises Rejection for a blank form of a period that has a filled one, and for one whose heading may be
    last week's: it would replace that week's figures by this week's."""
    filled = {form.period for form in forms if not form.is_blank}
    is_correction = any(word in fold(arrival.name) for word in _CORRECTIONS)
    for form in forms:
        day = None if is_correction else _day_beyond(arrival, form, file.received_at)
        if day is None and form.period in filled:
            continue
        others = warehouse.rows(
            connection,
            "intake/file_load/form_of_period",
            sender=file.sender,
            report_kind=form.period.kind,
            period_start=form.period.start,
            file_id=file.file_id,
        )
        if others:
            told = Problem("blank_form") if day is None else _stale("replaces", form, day)
            raise Rejection(
                told,
                f"{form.period.start} has {others[0]['name']} already",
                unit_code=file.unit_code,
            )


_CORRECTIONS = (
    "dieu chinh",
    "dinh chinh",
    "sua",
    "bo sung",
    "thay the",
    "hieu chinh",
    "cap nhat",
    "lan 2",
    "gui lai",
)
_LATE = timedelta(days=7)


def _day_beyond(arrival: Arrival, form: FilledForm, received_at: datetime) -> date | None:
    """The day in the file's name, where it is so late that another week has ended by then."""
    on = received_at.astimezone(ICT).date()
    days = [day for day in arrival.days if day <= on]
    if form.period.cadence != "week" or not days or max(days) - form.period.end < _LATE:
        return None
    return max(days)


def _stale(case: str, form: FilledForm, day: date) -> Problem:
    told = {"first": form.period.start.isoformat(), "last": form.period.last_day.isoformat()}
    return Problem("stale_heading", {"case": case, "day": f"{day:%d/%m/%Y}", **told})


def _of_file(
    arrival: Arrival,
    read: Sections,
    forms: Sequence[FilledForm],
    received_at: datetime,
) -> list[Problem]:
    """Doubts about a file as a whole."""
    told = list(read.unread)
    arrived_on = received_at.astimezone(ICT).date()
    # A form may be named by the day it is due, and be early.
    early = _LATE if forms else timedelta(0)
    late = [day for day in arrival.days if day - early > arrived_on]
    if late:
        told.append(Problem("future_name", {"day": f"{max(late):%d/%m/%Y}"}))
    for form in forms:
        day = _day_beyond(arrival, form, received_at)
        if day is not None:
            told.append(_stale("late", form, day))
    return told


def _facts(
    connection: Connection,
    contract: Contract,
    arrival: Arrival,
    read: Sections,
    file_id: int,
    veil: veils.Veil | None,
) -> Facts:
    """What the checks must know; of a submission whose it is. Raises Rejection where that is unclear."""
    known = places()
    if contract.kind != "submission":
        return Facts(contract, known, arrival.export_date, veil=veil)
    mailed = warehouse.rows(connection, "intake/file_load/address_of_file", file_id=file_id)
    # The folders of a mailed file are its sender and date, and who has an address is told by
    # ops.sender_address alone: tien.yen@… may be a person's name.
    path = arrival.name.rsplit("/", 1)[-1] if mailed else arrival.name
    # An address may also be a department's, which declares nothing for a unit.
    reports = {*contract.enterprises, *(sender["code"] for sender in known.senders)}
    mailboxes = [row["sender"] for row in mailed if row["sender"] in reports]
    sender = heading.sender_of(read.forms, path, mailboxes, contract, known, arrival.export_date)
    unit_code = sender if sender not in contract.enterprises else None
    return Facts(contract, known, arrival.export_date, sender, unit_code, veil)


def _ask_core(
    connection: Connection, contract: Contract, file: StoredFile, entities: set[str]
) -> None:
    """The checks that stop a merge, asked of what the merge made of core. Raises _Stop."""
    asked = checks.stopping(contract, entities)
    if not asked:
        return
    waived = {
        row["check_name"]
        for row in warehouse.rows(connection, "intake/file_load/waived", file_id=file.file_id)
    }
    for check in asked:
        if check.name not in waived:
            name = f"gates/checks/{check.expect['no_rows']}"
            for row in warehouse.rows(connection, name, file_id=file.file_id):
                raise _Stop(check, row["found"], row["expected"])
