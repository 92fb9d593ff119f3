"""What `make demo` does: an invented province hands in for eight weeks, the last four are published.

All but the last morning's files come in as they would have, week by week at a moment before the deadline;
what is left, figures, gates, the last report and its mail are the work of the real DAG in Airflow.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from datetime import date, datetime, timedelta
from gettext import gettext as _
from pathlib import Path

from sqlalchemy import Engine

from lensan import warehouse
from lensan.cli import runs
from lensan.cli.runs import say
from lensan.domain import contracts, periods, schedule
from lensan.domain.periods import ICT, Period
from lensan.domain.settings import Settings
from lensan.intake import landing, sweep
from lensan.operations.running import preparation
from lensan.producers import history

FIRST_DUE = schedule.CALENDAR.week[0].valid_from
WEEKS = periods.between("week", f"{FIRST_DUE}", f"{FIRST_DUE + timedelta(weeks=7)}")
PUBLISHED = 4
SEED = 1
BEFORE_DRAFT = timedelta(minutes=30)


def demo(home: Settings) -> int:
    """Eight weeks of invented inputs, the reports of the last four; makes the home. Returns the status.

    Has the home to itself: waits for whoever else takes files in or publishes there, and keeps them waiting.
    """
    with runs.holding(home, "make demo", alone=True):
        return _demo(home)


def _demo(home: Settings) -> int:
    from lensan import samples
    from lensan.units import glut_alerts

    say(_("this takes about three minutes on two cores; nothing leaves this machine"))
    started = time.monotonic()
    world, root = home.home / "demo" / "world", home.home / "landing"
    if root.exists() and not world.exists():
        root = home.home / "demo" / "landing"  # somebody's own files lie in the other one
    if not world.exists():
        say(
            _(
                "making eight weeks of sample inputs: {units} units, {platforms} marketplaces, {people} producers"
            ).format(
                units=len(samples.home.UNITS),
                platforms=len(samples.home.PLATFORMS),
                people=samples.home.LEAST_PEOPLE,
            )
        )
        fresh = world.with_name("world.new")
        shutil.rmtree(fresh, ignore_errors=True)
        samples.write(fresh, seed=SEED, agrees=True)
        fresh.rename(world)
    with preparation.databases(home, stay=False, say=say) as (url, metadata_url):
        engine = warehouse.connect(url)
        with engine.begin() as connection:
            is_fresh = not warehouse.rows(connection, "cli/runs/files")
        if is_fresh:
            _weeks_before(engine, home, world, root, _late_folders())
        else:
            say(
                _(
                    "not done again: the sample inputs, taking in what is in the warehouse, the reports that are "
                    "published; the last week's DAG runs once more and mails nobody twice. All anew: another HOME_DIR"
                )
            )
        _bring(world, root, WEEKS[-1].due_at.date(), ())
        ok, published = runs.publish(home, WEEKS[-1], root, url, metadata_url)
        if published:
            # The watchdog reads alerts within days of the deadline; this one is years ago.
            glut_alerts.read(engine, WEEKS[-1], moment=WEEKS[-1].due_at)
            runs.summary(home, engine, WEEKS[-1])
            _explain(engine)
    say(
        _("done in {seconds:.0f} s").format(seconds=time.monotonic() - started)
        if ok
        else _("failed")
    )
    if published:
        _open_next(home)
    return 0 if ok and published else 1


def _late_folders() -> tuple[str, ...]:
    """Units whose last form comes after the deadline, with all lists and exports of that day: Airflow takes them."""
    from lensan import samples

    return tuple(f"districts/{samples.home.FOLDERS[unit]}/" for unit in samples.home.LAST_TO_COME)


def _weeks_before(
    engine: Engine, home: Settings, world: Path, root: Path, late: tuple[str, ...]
) -> None:
    """Take in what came before the last morning, each week on its due day, and publish three of them."""
    from lensan.operations import obligations
    from lensan.units import glut_alerts

    say(_("taking in seven weeks as they would have come, and most of the eighth"))
    for number, week in enumerate(WEEKS):
        moment, is_last = week.draft_at - BEFORE_DRAFT, week == WEEKS[-1]
        _bring(world, root, moment.date(), late if is_last else None)
        for contract in contracts.contracts().values():
            folders = [root / folder for folder in contract.folders]
            sweep.sweep(engine, contract, folders, home.raw_store, moment=moment)
        if not is_last and number >= len(WEEKS) - PUBLISHED:
            history.resolve(engine, moment=moment)
            say(_("publishing the week {week}").format(week=week.name))
            obligations.publish(
                engine, week, home.reports, how="operator", by="make demo", wants_mail=False,
                moment=week.due_at - timedelta(minutes=30),
            )  # fmt: skip
            glut_alerts.read(engine, week, moment=week.due_at)


def _bring(world: Path, root: Path, day: date, late: tuple[str, ...] | None) -> None:
    """Put into the landing root what had been exported by a day. Where ``late`` is not None, that day's own
    files come only from units that are not among them; an empty tuple: everything."""
    for path in landing.find(world):
        name = path.relative_to(world)
        exported = landing.export_date(path.name, datetime.fromtimestamp(path.stat().st_mtime, ICT))
        is_held = late and exported == day and not (
            name.parts[0] == "districts" and not name.as_posix().startswith(late)
        )  # fmt: skip
        if exported <= day and not is_held and not (root / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, root / name)


def _explain(engine: Engine) -> None:
    """Why checks fail in a world that agrees with itself."""
    with engine.begin() as connection:
        failed = warehouse.rows(
            connection, "board/facts/list", gate=None, source=None, with_passed=False
        )
    counts = Counter(row["severity"] for row in failed)
    print(
        _(
            "{fail} checks hold rows back and {warn} warn: invented senders err as real ones do (a date "
            "that is none, a word nobody knows, a formula without a value). Nothing is guessed: each row "
            "waits for its sender, the others count. Which, where and whose: the sheet 'Chất lượng dữ "
            "liệu', lensan quality list, lensan quarantine list"
        ).format(fail=counts["fail"], warn=counts["warn"])
    )


def _open_next(home: Settings) -> None:
    """The three things to look at."""
    week: Period = WEEKS[-1]
    folder = home.reports / "week" / week.name
    newest = max((home.mail / "new").glob("*"), key=lambda path: path.stat().st_mtime, default=None)
    print("\n" + _("Open next:"))
    print("  1. " + _("the report, and the workbook beside it: {path}").format(
        path=next(iter(sorted(folder.glob("*.pdf"))), folder)))  # fmt: skip
    print("  2. " + _("the mail that brought it (any mail program): {path}").format(path=newest))
    print("  3. " + _("the running system with its board, of this same home: make up"), flush=True)
