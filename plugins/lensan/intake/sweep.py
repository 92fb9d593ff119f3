"""All new files of a source: found, registered, put in order, loaded one by one.

See docs/rules/sources.md#what-becomes-of-every-file. Files are opened only behind the gate
(lensan.intake.readers), and before any lock is taken; the end of a delimited file may be read while it is loaded, for
some seconds at most (lensan.intake.readers.handed).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import checks, problems
from lensan.domain.contracts import Contract
from lensan.domain.problems import Problem, Rejection
from lensan.intake import file_load, landing, locations, sections
from lensan.intake.file_load import Outcome
from lensan.intake.landing import Arrival
from lensan.intake.readers import asking
from lensan.intake.sections import Sections

log = logging.getLogger(__name__)


def sweep(
    engine: Engine,
    contract: Contract,
    folders: Path | Sequence[Path],
    raw_store: Path,
    *,
    moment: datetime,
    remote: locations.Remote | None = None,
    wants_answer: bool = False,
    progress: Callable[[str], None] = log.info,
    unread: list[str] | None = None,
) -> list[Outcome]:
    """Take in everything new below ``folders`` and of ``remote``. ``moment`` (aware) is the arrival of
    what is new; ``unread`` takes what lies there and cannot be read; ``wants_answer``: its senders are to be answered (lensan.units.reminders).

    Safe to repeat and to run twice at once: a file that is settled is not touched again. A file that
    cannot be read is rejected and stops nothing else. A source that gate core found broken is held: its
    files are received and not merged until the check passes. Raises locations.LocationError at the end when
    something could not be fetched, and landing.UnreadFilesError when something could not be read or is spoiled
    in the raw store; all the rest is loaded by then.
    """
    landed: list[Arrival] = []
    left: list[str] = []
    for folder in [folders] if isinstance(folders, Path) else folders:
        landed += landing.receive(folder, raw_store, moment, unread=left, on_new=asking.expect)
    with engine.begin() as connection:
        fetched = remote.fetch(connection) if remote is not None else []
        sent = [each.arrival for each in fetched if each.arrival is not None]
        there = {(arrival.name, arrival.sha256) for arrival in landed}
        unsettled = locations.unsettled(connection, contract.source, raw_store)
        waiting = [each for each in unsettled if (each.name, each.sha256) not in there]
        new = _new(connection, contract, landed, [*waiting, *sent])
        _register(connection, contract, new, moment=moment, wants_answer=wants_answer)
        locations.remember(connection, contract.source, fetched, moment=moment)
        held = held_by(connection, contract)
        if held and new:
            _hold(connection, contract, held)
    if held and new:
        progress(f"{contract.source} is held by {', '.join(held)}: {len(new)} files wait")
    outcomes = [] if held else _load_all(engine, contract, new, moment, progress, left)
    if remote is not None:
        remote.check()
    if unread is not None:
        unread += left
    elif left:
        raise landing.UnreadFilesError(left)
    return outcomes


def held_by(connection: Connection, contract: Contract) -> list[str]:
    """The checks of core that hold a source back (docs/decisions/0014-quality-gates.md)."""
    stopping = [
        c.name for c in checks.stopping(contract, {e.merges_into for e in contract.entities})
    ]
    rows = warehouse.rows(
        connection, "intake/sweep/held", source=contract.source, stopping=stopping
    )
    return [row["check_name"] for row in rows]


def _new(
    connection: Connection,
    contract: Contract,
    landed: Sequence[Arrival],
    fetched: Sequence[Arrival],
) -> list[Arrival]:
    """Arrivals that are not settled, or were sent again after others of their name: bytes A, B, A mean A.
    Files that were written again without a forgotten person are not taken in: their old bytes go."""
    known: dict[tuple[str, str], bool] = {}
    newest: dict[tuple[bool, str], str] = {}
    for row in warehouse.rows(connection, "intake/sweep/known_files", source=contract.source):
        known[row["name"], row["sha256"]] = row["is_settled"]
        newest[row["is_fetched"], row["name"]] = row["sha256"]
    erased = {row["old_sha256"] for row in warehouse.rows(connection, "intake/sweep/erased_files")}
    found: dict[tuple[str, str], Arrival] = {}
    for is_fetched, arrivals in ((False, landed), (True, fetched)):
        last = {arrival.name: arrival.sha256 for arrival in arrivals}
        # Of one name in two folders neither replaces the other.
        several = (
            {a.name for a in arrivals if a.sha256 != last[a.name]} if not is_fetched else set()
        )
        for arrival in arrivals:
            key = arrival.name, arrival.sha256
            is_again = (
                last[arrival.name] == arrival.sha256
                and arrival.name not in several
                and newest.get((is_fetched, arrival.name), arrival.sha256) != arrival.sha256
            )
            if arrival.sha256 in erased:
                arrival.path.unlink(missing_ok=True)
            elif not known.get(key, False) or is_again:
                found.pop(key, None)  # what is sent last stands last
                found[key] = arrival
                newest[is_fetched, arrival.name] = arrival.sha256
    return list(found.values())


def _register(
    connection: Connection,
    contract: Contract,
    new: Sequence[Arrival],
    *,
    moment: datetime,
    wants_answer: bool,
) -> None:
    for arrival in new:
        warehouse.run(
            connection,
            "intake/sweep/register_file",
            source=contract.source,
            name=arrival.name,
            sha256=arrival.sha256,
            size_bytes=arrival.size_bytes,
            received_at=moment,
            export_date=arrival.export_date,
            wants_answer=wants_answer,
        )


def _hold(connection: Connection, contract: Contract, held: Sequence[str]) -> None:
    problem = Problem("source_held", {"checks": list(held)})
    warehouse.run(
        connection,
        "intake/sweep/files_held",
        source=contract.source,
        reason=problems.sentence(problem),
        parameters=problem.stored,
    )


def _load_all(
    engine: Engine,
    contract: Contract,
    new: Sequence[Arrival],
    moment: datetime,
    progress: Callable[[str], None],
    left: list[str],
) -> list[Outcome]:
    """``left`` takes the files whose bytes are gone or spoiled: they wait, and are told each time."""
    outcomes: list[Outcome] = []
    for number, (arrival, read) in enumerate(_in_order(contract, new, left), 1):
        outcome = file_load.load(engine, contract, arrival, read, moment=moment)
        if outcome is None:
            continue
        outcomes.append(outcome)
        progress(f"[{number}/{len(new)}] {contract.source}/{outcome.said}")
        if outcome.status == "received" and contract.platform:
            # Sellers, products and orders hang together: what follows would only wait for them.
            break
    return outcomes


def _in_order(
    contract: Contract, new: Sequence[Arrival], left: list[str]
) -> Iterator[tuple[Arrival, Sections | Rejection]]:
    """Files with what was found in them, in the order of loading: as exported, then by name; those of a
    platform first by what they hold, which only their first rows tell."""
    found = _opened(contract, sorted(new, key=lambda arrival: arrival.in_order), left)
    if contract.platform is None:
        yield from found
    else:
        ordered = sorted(found, key=lambda each: _rank(each[1]))
        while ordered:
            # What was found in a file takes memory as long as anybody holds it.
            yield ordered.pop(0)


def _opened(
    contract: Contract, arrivals: Sequence[Arrival], left: list[str]
) -> Iterator[tuple[Arrival, Sections | Rejection]]:
    """Each file with what was found in it. While one is loaded the next is opened: the one waits for the
    warehouse, the other for the process that opens files."""

    def read(arrival: Arrival) -> Sections | Rejection:
        return sections.read(contract, arrival)

    with ThreadPoolExecutor(1, "opens-files") as opener:
        begun = ((each, opener.submit(read, each)) for each in arrivals)
        current = next(begun, None)
        while current is not None:
            following = next(begun, None)
            arrival, reading = current
            try:
                yield arrival, reading.result()
            except landing.SpoiledError as error:
                left.append(f"{arrival.name}: {error}")
            current = following


def _rank(read: Sections | Rejection) -> int:
    return read.rank if isinstance(read, Sections) else 0
