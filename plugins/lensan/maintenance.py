"""What keeps a home in order: nothing here is needed for right figures, and nothing published changes."""

from __future__ import annotations

import hashlib
import logging
import shutil
from datetime import datetime, timedelta

from sqlalchemy import Engine

from lensan import landing, obligations, periods, privacy, publishing, warehouse
from lensan.settings import Settings

log = logging.getLogger(__name__)
LEFTOVER_AFTER = timedelta(days=1)
CHECKED_FILES = 200


def maintain(engine: Engine, home: Settings, *, moment: datetime) -> dict[str, int]:
    """Put a home in order; returns how many of each were seen to.

    ``drafts``: of published reports, removed. ``leftovers``: half-copied files older than a day
    (``moment``, aware), removed. ``erased``: raw files that brought a forgotten person back, written
    again without. ``reports``: published files that were missing or spoiled on disk,
    written again. ``damaged``: raw files whose bytes are no longer those of their name; they are only
    told. ``analyzed``: tables whose statistics were renewed.
    """
    return {
        "drafts": _remove_drafts(engine, home),
        "leftovers": _remove_leftovers(home, moment),
        "erased": privacy.write_files_again(engine, home.raw_store, moment=moment),
        "reports": _write_reports_again(engine, home),
        "damaged": _check_raw_files(engine, home),
        "analyzed": _refresh_statistics(engine),
    }


def _remove_drafts(engine: Engine, home: Settings) -> int:
    removed = 0
    for kind in ("week", "month"):
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


def _write_reports_again(engine: Engine, home: Settings) -> int:
    with engine.begin() as connection:
        published = warehouse.rows(connection, "ops/published_files")
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
        newest = warehouse.rows(connection, "ops/newest_files")
    damaged = 0
    for sha256 in sorted({row["sha256"] for row in newest[:CHECKED_FILES]}):
        path = landing.raw_path(home.raw_store, sha256)
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            log.error("raw file %s is missing or damaged; restore it from the backup", sha256)
            damaged += 1
    return damaged


def _refresh_statistics(engine: Engine) -> int:
    with engine.begin() as connection:
        return int(warehouse.scalar(connection, "core/refresh_statistics"))
