"""What `lensan doctor` looks at: each diagnosis says what to mend. Nothing is changed, no mail is sent."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from gettext import gettext as _
from pathlib import Path

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import contracts, plans
from lensan.domain.settings import Settings
from lensan.intake import locations
from lensan.mail import recipients
from lensan.operations import connections
from lensan.warehouse import audit

LEAST_FREE_BYTES = 2 * 1024**3
MOST_CLOCK_DIFFERENCE = timedelta(seconds=30)
SMTP_TIMEOUT_S = 10.0
LEAST_SERVER_VERSION = 150000
_AND_THEN = re.compile(r"(?:; |\. )(?![^()]*\))")


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at. ``next_step`` says what to do where it is not ok. No secrets in any of them."""

    what: str
    ok: bool
    found: str
    next_step: str = ""


def examine(
    settings: Settings, open_engine: Callable[[], Engine], *, moment: datetime
) -> list[Diagnosis]:
    """Look at database, migrations, clock, files, disk, connections and SMTP; ``moment`` (aware): now."""
    found: list[Diagnosis] = []
    engine: Engine | None = None
    try:
        engine = open_engine()
        found += _database(engine, settings, moment)
    except Exception as error:
        found.append(
            Diagnosis(
                "database",
                False,
                f"{type(error).__name__}: {str(error).splitlines()[0][:200]}",
                _(
                    "is the server running? `make warehouse` starts the home's own; else mend WAREHOUSE_URL"
                ),
            )
        )
    found += _disk(settings)
    found += _landing(settings)
    found += _remote(moment)
    found += _smtp()
    return found


def _database(engine: Engine, settings: Settings, moment: datetime) -> list[Diagnosis]:
    with engine.begin() as connection:
        server = warehouse.rows(connection, "operations/backup/server")[0]
        done = {row["name"] for row in warehouse.rows(connection, "warehouse/migrations/done")}
        missing_raw = [
            row["name"]
            for row in warehouse.rows(connection, "operations/doctor/newest_files")
            if not _raw(settings, row["sha256"]).exists()
        ]
        reference = warehouse.scalar(connection, "operations/doctor/reference_count")
    wanted = {path.stem for path in (warehouse.SQL_ROOT / "warehouse" / "migrations").glob("*.sql")}
    difference = abs(server["now"] - moment)
    broken = audit.verify(engine)
    return [
        Diagnosis(
            "database",
            server["version_number"] >= LEAST_SERVER_VERSION,
            f"PostgreSQL {server['version']}",
            _("PostgreSQL 15 or later is needed"),
        ),
        Diagnosis(
            "migrations",
            wanted <= done,
            _("{done} of {wanted} done").format(done=len(wanted & done), wanted=len(wanted))
            + _missing(sorted(wanted - done)),
            _("any command of lensan runs them; look at its error"),
        ),
        Diagnosis(
            "reference data",
            bool(reference),
            _("{number} units").format(number=reference),
            _("run any report, or `make warehouse`: the province's folder is loaded then"),
        ),
        Diagnosis(
            "clock",
            difference <= MOST_CLOCK_DIFFERENCE,
            _("{seconds:.1f} s from the database's").format(seconds=difference.total_seconds()),
            _("set both machines' clocks by NTP: the deadline is a moment"),
        ),
        _recipients(engine),
        Diagnosis(
            "audit",
            broken is None,
            _("the chain holds")
            if broken is None
            else _("act {number}: {what}").format(number=broken.audit_id, what=broken.what),
            _(
                "somebody changed ops.audit: compare it with the last backup before anything else is done"
            ),
        ),
        Diagnosis(
            "raw store",
            not missing_raw,
            _("the newest files are there")
            if not missing_raw
            else _missing(missing_raw).lstrip("; "),
            _("restore {folder} from the backup").format(folder=settings.raw_store),
        ),
    ]


def _recipients(engine: Engine) -> Diagnosis:
    kinds = {row["report_kind"] for row in recipients.listed(engine) if row["is_active"]}
    missing = sorted({*plans.kinds(), "alarm"} - kinds)
    return Diagnosis(
        "recipients",
        not missing,
        (", ".join(sorted(kinds)) or _("none")) + _missing(missing),
        _("lensan recipients --add ADDRESS --kind week|month|alarm"),
    )


def _missing(names: Sequence[str]) -> str:
    """What is not there, by name."""
    return "; " + _("missing: {names}").format(names=", ".join(names)) if names else ""


def _raw(settings: Settings, sha256: str) -> Path:
    return settings.raw_store / sha256[:2] / sha256


def _disk(settings: Settings) -> list[Diagnosis]:
    home = settings.home
    while not home.exists():
        home = home.parent
    free = shutil.disk_usage(home).free
    return [
        Diagnosis(
            "disk",
            free >= LEAST_FREE_BYTES,
            _("{free:.1f} GB free").format(free=free / 1024**3),
            _("make room on the disk of {home}, at least 2 GB").format(home=settings.home),
        ),
        Diagnosis(
            "home",
            os.access(home, os.W_OK),
            _("writable") if os.access(home, os.W_OK) else _("not writable"),
            _("let this user write to {home}").format(home=settings.home),
        ),
    ]


def _landing(settings: Settings) -> list[Diagnosis]:
    folders = [folder for c in contracts.contracts().values() for folder in c.folders]
    there = [folder for folder in folders if (settings.landing / folder).is_dir()]
    return [
        Diagnosis(
            "landing root",
            bool(there),
            _("{there} of {wanted} folders below {root}").format(
                there=len(there), wanted=len(folders), root=settings.landing
            )
            + _missing([f"{each}/" for each in folders if each not in there]),
            _("set LANDING_ROOT to the folder with {folders}").format(
                folders=", ".join(f"{each}/" for each in folders)
            ),
        )
    ]


def _remote(moment: datetime) -> list[Diagnosis]:
    places = contracts.remote_locations()
    if not places:
        return [Diagnosis("remote sources", True, _("none configured"))]
    found = []
    answers = locations.probe(places, connections.access_of, moment=moment)
    for place, (has_connection, problem) in zip(places, answers, strict=True):
        connection = (
            _("connection {name}").format(name=place.connection)
            if has_connection
            else _("no connection")
        )
        # A problem is told as "what; what to do" or "What. What to do", as in the sweep's log.
        why, *step = _AND_THEN.split(problem or "", maxsplit=1)
        found.append(
            Diagnosis(
                f"remote {place.url}",
                problem is None,
                f"{connection}: {why or _('reached and let in')}",
                " ".join(step)
                or _("look at the Airflow connection {name}").format(name=place.connection),
            )
        )
    return found


def _smtp() -> list[Diagnosis]:
    try:
        server = connections.smtp_server()
    except Exception as error:
        return [
            Diagnosis(
                "smtp",
                False,
                type(error).__name__,
                _("set the Airflow connection smtp_default (or AIRFLOW_CONN_SMTP_DEFAULT)"),
            )
        ]
    is_good, said = server.probe(SMTP_TIMEOUT_S)
    step = _("mend host, port, login or TLS of the connection smtp_default; is the server up?")
    return [Diagnosis("smtp", is_good, said, step)]
