"""What keeps a home in order: nothing here is needed for right figures, and nothing published changes."""

from __future__ import annotations

import hashlib
import logging
import shutil
from datetime import datetime, timedelta

from sqlalchemy import Engine

from lensan import warehouse
from lensan.domain import periods, plans
from lensan.domain.periods import Period
from lensan.domain.settings import Settings
from lensan.intake import landing
from lensan.operations import obligations
from lensan.privacy import rewriting
from lensan.reports import export, publishing

log = logging.getLogger(__name__)
LEFTOVER_AFTER = timedelta(days=1)
# What is kept for how long (docs/decisions/0012-retention.md). What is not here is kept for ever: raw
# files, rows, figures, published reports, their mails' ledger, the audit.
RETENTION = {
    "logs": timedelta(days=90),
    "mails of the local catcher": timedelta(days=180),
    "exports": timedelta(days=180),
    "notices": timedelta(days=730),
    "alarms": timedelta(days=730),
    "scans of signed forms": timedelta(days=730),
    "verdicts of checks": timedelta(days=730),
}
CHECKED_FILES = 200
EXPORTED_WITHIN = timedelta(days=7)


def maintain(engine: Engine, home: Settings, *, moment: datetime) -> dict[str, int]:
    """Put a home in order; returns how many of each were seen to.

    ``drafts``: of published reports, removed. ``leftovers``: half-copied files older than a day
    (``moment``, aware), removed. ``expired``: files and rows older than RETENTION says, removed.
    ``erased``: raw files that brought a forgotten person back, written again without. ``reports``:
    published files that were missing or spoiled on disk, written again. ``damaged``: raw files whose
    bytes are no longer those of their name; they are only told. ``analyzed``: tables whose statistics
    were renewed. ``exports``: missing exports of the last days' reports, written. ``forecasts``: replays of the
    forecast until the last week's end, kept for the board.
    """
    return {
        "drafts": _remove_drafts(engine, home),
        "leftovers": _remove_leftovers(home, moment),
        "expired": _remove_expired(engine, home, moment),
        "erased": rewriting.write_files_again(engine, home.raw_store, moment=moment),
        "reports": _write_reports_again(engine, home),
        "damaged": _check_raw_files(engine, home),
        "analyzed": _refresh_statistics(engine),
        "exports": _write_missing_exports(engine, home, moment),
        "forecasts": _replay_forecast(engine, moment),
    }


def _replay_forecast(engine: Engine, moment: datetime) -> int:
    # Half a second of pandas, which nobody waits for who only looks after files.
    from lensan.units import backtests

    if not backtests.is_due(engine, moment):
        return 0
    backtests.compute(engine, known_at=None, moment=moment)
    return 1


def _remove_drafts(engine: Engine, home: Settings) -> int:
    removed = 0
    for kind in plans.kinds():
        for folder in sorted((home.reports / obligations.DRAFT_MARK / kind).glob("*")):
            if obligations.standing(engine, periods.parse(kind, folder.name)).is_published:
                shutil.rmtree(folder)
                removed += 1
    return removed


def _remove_leftovers(home: Settings, moment: datetime) -> int:
    removed = 0
    for path in home.raw_store.glob(".incoming-*"):
        if path.stat().st_mtime < (moment - LEFTOVER_AFTER).timestamp():
            path.unlink()
            removed += 1
    return removed


def _remove_expired(engine: Engine, home: Settings, moment: datetime) -> int:
    """Logs, caught mails, exports, settled notices, closed alarms, scans of forms, verdicts of checks."""
    removed = 0
    for folders, kept in (
        ((home.logs, home.airflow / "logs"), RETENTION["logs"]),
        ((home.mail / "new", home.mail / "cur"), RETENTION["mails of the local catcher"]),
    ):
        for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
            if path.stat().st_mtime < (moment - kept).timestamp():
                path.unlink()
                removed += 1
    for row in _published(engine):
        folder = export.folder_of(home.reports, row[0], row[1])
        if folder.exists() and row[2] < moment - RETENTION["exports"]:
            shutil.rmtree(folder)
            removed += 1
    with engine.begin() as connection:
        return removed + int(
            warehouse.scalar(
                connection,
                "operations/maintenance/retention",
                moment=moment,
                notices=RETENTION["notices"],
                alarms=RETENTION["alarms"],
                scans=RETENTION["scans of signed forms"],
                verdicts=RETENTION["verdicts of checks"],
            )
        )


def _published(engine: Engine) -> list[tuple[Period, int, datetime]]:
    """Period, revision and moment of every published report."""
    with engine.begin() as connection:
        return [
            (periods.parse(row["report_kind"], row["period"]), row["revision"], row["published_at"])
            for row in warehouse.rows(connection, "operations/maintenance/published_reports")
        ]


def _write_missing_exports(engine: Engine, home: Settings, moment: datetime) -> int:
    written = 0
    for period, revision, published_at in _published(engine):
        folder = export.folder_of(home.reports, period, revision)
        is_owed = export.is_public(period) and published_at >= moment - EXPORTED_WITHIN
        if is_owed and not folder.exists():
            export.write(engine, period, folder, revision)
            written += 1
    return written


def _write_reports_again(engine: Engine, home: Settings) -> int:
    with engine.begin() as connection:
        published = warehouse.rows(connection, "operations/maintenance/published_files")
    spoiled = set()
    for row in published:
        path = home.reports / row["report_kind"] / row["period"] / row["name"]
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
            spoiled.add((row["report_kind"], row["period"], row["revision"]))
    for kind, name, revision in sorted(spoiled):
        log.warning("the files of %s %s, revision %s, are written again", kind, name, revision)
        publishing.write_files(engine, periods.parse(kind, name), revision, home.reports)
    return len(spoiled)


def _check_raw_files(engine: Engine, home: Settings) -> int:
    with engine.begin() as connection:
        newest = warehouse.rows(connection, "operations/doctor/newest_files")
    damaged = 0
    for sha256 in sorted({row["sha256"] for row in newest[:CHECKED_FILES]}):
        try:
            landing.proven(home.raw_store, sha256)
        except landing.SpoiledError as error:
            log.error("%s", error)
            damaged += 1
    return damaged


def _refresh_statistics(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(warehouse.scalar(connection, "producers/history/refresh_statistics"))
