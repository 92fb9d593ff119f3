"""Remote locations: SFTP, HTTPS and IMAP, fetched into the raw store; nothing is fetched twice.

A contract's line says where, an Airflow connection of the source's name says with which credentials
(Access). Each location is fetched in a thread of its own with its own time limit, so that one that
is down or slow delays no other. What was fetched is remembered (ops.remote_object) in the transaction
that registers it: a kill before it repeats the fetch, a kill after it repeats the load.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine

from lensan import warehouse
from lensan.domain import contracts, duties
from lensan.domain.contracts import Location
from lensan.domain.periods import ICT
from lensan.domain.places import places
from lensan.intake import landing
from lensan.intake.landing import Arrival
from lensan.intake.locations.model import (
    Access,
    Errand,
    Fetched,
    OutOfTime,
    Refused,
    Unreachable,
)

__all__ = [
    "Access",
    "Fetched",
    "LocationError",
    "Remote",
    "add_address",
    "addresses",
    "probe",
    "remember",
    "remove_address",
    "unsettled",
]

log = logging.getLogger(__name__)

PAUSES_S = (1.0, 4.0, 16.0)
PROBE_TIMEOUT_S, PROBE_LIMIT_S = 4.0, 8.0
GRACE_S = 2.0
MOST_TOLD = 20


class LocationError(RuntimeError):
    """What could not be fetched, and the next step for each; raised after the rest was loaded."""


class Remote:
    """The remote locations of one source in one sweep.

    ``access_of`` gives the credentials by the connection's name; ``moment`` (aware) is the sweep's.
    """

    def __init__(
        self,
        source: str,
        locations: Sequence[Location],
        access_of: Callable[[str], Access],
        raw_store: Path,
        *,
        moment: datetime,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.source = source
        self.locations = locations
        self.access_of = access_of
        self.raw_store = raw_store
        self.moment = moment
        self.sleep = sleep
        self.problems: list[str] = []

    def fetch(self, connection: Connection) -> list[Fetched]:
        """Everything new, of all locations. What goes wrong is noted in ``problems``, not raised.

        ``connection`` is in the transaction that will register and remember what came: until it ends
        no other sweep of this source fetches.
        """
        warehouse.run(connection, "intake/locations/lock", source=self.source)
        known = {
            row["url"]: row["validator"]
            for row in warehouse.rows(connection, "intake/locations/known", source=self.source)
        }
        senders = {
            row["address"]: row["sender"]
            for row in warehouse.rows(connection, "intake/locations/addresses")
        }
        running: list[tuple[threading.Thread, Errand]] = []
        for location in self.locations:
            try:
                errand = Errand(
                    location,
                    self.access_of(location.connection),
                    self.raw_store,
                    moment=self.moment,
                    known=known,
                    senders=senders,
                    contract=contracts.contracts().get(self.source),
                )
            except (Refused, ValueError) as error:
                self.problems.append(f"{location.url}: {error}")
                continue
            except Exception as error:
                log.exception("%s: no connection", location.url)
                self.problems.append(
                    f"{location.url}: the Airflow connection {location.connection!r} cannot be read "
                    f"({type(error).__name__}; the log above says more)"
                )
                continue
            # A daemon: a server that drips for ever holds up neither the sweep nor the process.
            thread = threading.Thread(target=run, args=(errand, self.sleep), daemon=True)
            thread.start()
            running.append((thread, errand))
        fetched: list[Fetched] = []
        for thread, errand in running:
            thread.join(max(0.0, errand.deadline - time.monotonic()) + GRACE_S)
            fetched += list(errand.fetched)
            problems = dict(errand.problems)
            if thread.is_alive():
                problems.setdefault(errand.location.url, _too_slow(errand))
            self.problems += [f"{url}: {problem}" for url, problem in problems.items()]
        return fetched

    def check(self) -> None:
        """Raises LocationError when anything could not be fetched."""
        if self.problems:
            told = [f"- {problem}." for problem in self.problems[:MOST_TOLD]]
            if len(self.problems) > MOST_TOLD:
                told.append(f"- and {len(self.problems) - MOST_TOLD} more.")
            listed = "\n".join(told)
            raise LocationError(
                f"{self.source}: not everything could be fetched; what came was loaded, and the next "
                f"sweep asks again for the rest.\n{listed}"
            )


def probe(
    locations: Sequence[Location], access_of: Callable[[str], Access], *, moment: datetime
) -> list[tuple[bool, str | None]]:
    """For each location: whether it has a connection, and why it cannot be reached, or logged in to;
    null: it can. Nothing is fetched; all are asked at once, for at most PROBE_LIMIT_S.
    """
    found: list[tuple[bool, str | None]] = []
    running: list[tuple[int, threading.Thread, Errand]] = []
    for location in locations:
        access = Access()
        try:
            access = access_of(location.connection)
            hasty = replace(
                access,
                timeout_s=min(access.timeout_s, PROBE_TIMEOUT_S),
                limit_s=min(access.limit_s, PROBE_LIMIT_S),
            )
            errand = Errand(location, hasty, Path(), moment=moment, known={}, senders={})
        except (Refused, ValueError) as error:
            found.append((True, str(error)))
            continue
        thread = threading.Thread(
            target=run,
            args=(errand, time.sleep),
            kwargs={"act": _module(location.url).probe, "pauses_s": ()},
            daemon=True,
        )
        thread.start()
        running.append((len(found), thread, errand))
        found.append((access != Access(), None))
    for number, thread, errand in running:
        thread.join(max(0.0, errand.deadline - time.monotonic()))
        problem = errand.problems.get(errand.location.url)
        if thread.is_alive():
            problem = (
                f"no answer within {errand.access.limit_s:g} s; ask its owner whether it is up"
            )
        found[number] = (found[number][0], problem)
    return found


def run(
    errand: Errand,
    sleep: Callable[[float], None],
    *,
    act: Callable[[Errand], None] | None = None,
    pauses_s: Sequence[float] = PAUSES_S,
) -> None:
    """Fetch one location, or do another ``act`` with it, trying again after growing pauses; its faults
    end in ``problems``."""
    location = errand.location
    protocol = act or _protocol(location.url)
    pauses = iter(pauses_s)
    tries = 0
    while True:
        tries += 1
        try:
            protocol(errand)
            return
        except Unreachable as error:
            pause = next(pauses, None)
            left = errand.deadline - time.monotonic()
            if pause is None or pause >= left:
                errand.problems[location.url] = (
                    f"cannot be reached or breaks off ({error}; tries: {tries}). Ask its owner "
                    "whether the server is up and lets this machine in"
                )
                return
            log.warning("%s: %s; again in %g s", location.url, error, pause)
            sleep(pause)
        except Refused as error:
            errand.problems[location.url] = str(error)
            return
        except OutOfTime:
            errand.problems[location.url] = _too_slow(errand)
            return
        except Exception as error:
            log.exception("%s: unexpected", location.url)
            errand.problems[location.url] = (
                f"unexpected {type(error).__name__}; the log above says where. This is a fault of "
                "lensan's, tell its engineers"
            )
            return


def _protocol(url: str) -> Callable[[Errand], None]:
    fetch: Callable[[Errand], None] = _module(url).fetch
    return fetch


def _module(url: str) -> ModuleType:
    # Imported when asked for: the DAG files are parsed all the time, and never fetch.
    if url.startswith("sftp:"):
        from lensan.intake.locations import sftp

        return sftp
    if url.startswith("https:"):
        from lensan.intake.locations import https

        return https
    from lensan.intake.locations import imap

    return imap


def _too_slow(errand: Errand) -> str:
    return (
        f"not finished within {errand.access.limit_s:g} s; if it is always that slow, raise limit_s in "
        f"the extra of the Airflow connection {errand.location.connection!r}"
    )


def remember(
    connection: Connection, source: str, fetched: Sequence[Fetched], *, moment: datetime
) -> None:
    """Note what was fetched; in the transaction that registers it."""
    warehouse.insert_rows(
        connection,
        "intake/locations/remember",
        [
            {
                "source": source,
                "url": each.url,
                "validator": each.validator,
                "name": each.arrival.name if each.arrival else None,
                "sha256": each.arrival.sha256 if each.arrival else None,
                "sender_address": each.sender_address,
                "fetched_at": moment,
            }
            for each in fetched
        ],
    )


def unsettled(connection: Connection, source: str, raw_store: Path) -> list[Arrival]:
    """Files that were registered by a sweep that died before it loaded them, or that found their source held."""
    return [
        Arrival(
            row["name"],
            landing.raw_path(raw_store, row["sha256"]),
            row["sha256"],
            row["size_bytes"],
            row["export_date"],
        )
        for row in warehouse.rows(connection, "intake/locations/unsettled", source=source)
    ]


# ------------------------------------------------------------ whose an address is


def addresses(engine: Engine) -> list[dict[str, Any]]:
    """All known addresses: address, sender, name, added_at, wants_page."""
    with engine.begin() as connection:
        return [
            {
                "address": row["address"],
                "sender": row["sender"],
                "name": _sender_name(row["sender"], row["added_at"]),
                "added_at": row["added_at"],
                "wants_page": row["wants_page"],
            }
            for row in warehouse.rows(connection, "intake/locations/addresses")
        ]


def add_address(engine: Engine, address: str, sender: str, *, moment: datetime) -> str:
    """Note whose an address is; ``sender``: a unit's code or name, or the key of an enterprise or of another who owes
    something by the plan. Returns the unit's code or the key. Raises ValueError when either is none."""
    address = address.strip().lower()
    if not re.fullmatch(r"[^\s@<>,;/]{1,64}@[^\s@<>,;/]{1,255}", address):
        raise ValueError(_("{address!r} is no e-mail address").format(address=address))
    key = sender if sender in _others(moment) else None
    if key is None and any(row["code"] == sender for row in places().senders):
        key = sender
    key = (
        key or places().match_sender(sender.replace("-", " "), moment.astimezone(ICT).date()).value
    )
    if key is None:
        raise ValueError(
            _(
                "{sender!r} is no unit's code or name and nobody else of the plan; units: {units}; others: {others}"
            ).format(
                sender=sender,
                units=", ".join(f"{row['code']} {row['name']}" for row in places().senders),
                others=", ".join(_others(moment)),
            )
        )
    with engine.begin() as connection:
        warehouse.run(
            connection, "intake/locations/address_add", address=address, sender=key, moment=moment
        )
    return key


def want_page(engine: Engine, address: str, wants: bool) -> bool:
    """Note whether a unit's own page is mailed to an address; whether the address was there."""
    with engine.begin() as connection:
        return bool(
            warehouse.rows(
                connection,
                "intake/locations/address_page",
                address=address.strip().lower(),
                wants_page=wants,
            )
        )


def remove_address(engine: Engine, address: str) -> bool:
    """Whether the address was there."""
    with engine.begin() as connection:
        return bool(
            warehouse.rows(
                connection, "intake/locations/address_remove", address=address.strip().lower()
            )
        )


def _others(moment: datetime) -> dict[str, str]:
    """Who sends or owes something and is no unit, by key."""
    on = moment.astimezone(ICT).date()
    return {actor.key: actor.name(on) for actor in duties.register().actors} | {
        key: names[0]
        for contract in contracts.contracts().values()
        for key, names in contract.enterprises.items()
    }


def _sender_name(sender: str, added_at: datetime) -> str:
    return _others(added_at).get(sender) or places().unit_name(sender)
