"""What goes wrong in a week, drawn from the year's seed: files, servers, officers, operators, restores."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import mutator
import variants
from clock import Process
from task_context import context

from lensan.domain import periods, settings
from lensan.domain.periods import Period
from lensan.mail import delivery
from lensan.operations import backup, report_tasks
from lensan.reports import publishing
from world import HEADERS, UNITS, File, at

if TYPE_CHECKING:
    from simulator import Year

SINGLE = ("busy", "refuse", "break before", "break after", "die before", "die after", "two senders")


@dataclass(frozen=True)
class Troubles:
    """How often what goes wrong, from 0 (never) to 1. ``breaks``: of a task; ``mail``: of a mail; ``servers``: of
    arrivals, on a server instead of in the landing, and of what is fetched there; the others: of a week."""

    breaks: float = 0.0
    mail: float = 0.0
    files: float = 0.0
    outages: float = 0.0
    officers: float = 0.0
    operators: float = 0.0
    restores: float = 0.0
    servers: float = 0.0


CALM = Troubles()
STORMY = Troubles(0.1, 0.08, 0.5, 0.35, 0.6, 0.5, 0.1, 0.4)
POSTAL = Troubles(mail=0.5, operators=1.0)
"""Nothing but a mail server that is seldom in order, and a person who asks what came."""
DEADLY = Troubles(breaks=0.5)
"""Every second task breaks: runs end before their report is out."""


def span(draw: random.Random, week: Period) -> tuple[datetime, datetime]:
    """Some hours of the due day, or of the day before it."""
    begun = at(week.end, 0) + timedelta(minutes=draw.randint(-600, 15 * 60))
    return begun, begun + timedelta(minutes=draw.choice([7, 45, 200, 600]))


def plan(year: Year, week: Period) -> None:
    """What goes wrong in a week besides single steps."""
    draw, often = year.draw, year.troubles
    for kind in ("warehouse", "mail", "scheduler"):
        if draw.random() < often.outages:
            year.outages.append((kind, *span(draw, week)))
    if draw.random() < often.operators:
        moment = at(week.end + timedelta(days=1), 9)
        year.clock.at(moment, lambda: settle_unknown(year))
        year.clock.at(
            at(week.end + timedelta(days=1), 15), lambda: year.clock.start(correct(year, week))
        )
    if draw.random() < often.operators / 3:
        moment = at(week.end + timedelta(days=1), 18)
        year.clock.at(moment, lambda: year.clock.start(run_again(year, week)))
    if draw.random() < often.restores:
        year.clock.at(at(week.start + timedelta(days=2), 3), lambda: back_up(year))


# ---------------------------------------------------------------- mails


def behaviour(year: Year, mail: EmailMessage, recipient: str) -> str:
    """What the server does with a mail now."""
    if year.is_out("mail"):
        return "down"
    if year.draw.random() < year.troubles.mail:
        return year.draw.choice(SINGLE)
    return "take"


def settle_unknown(year: Year) -> None:
    """An operator asks the recipients, then says what came and sends what did not."""
    if year.is_out("warehouse"):
        return
    came = {(each.message_id, each.recipient) for each in year.mails.accepted}
    for row in year.judge.looked_up("mails"):
        if row["kind"] != "report" or row["state"] not in ("unknown", "failed"):
            continue
        period = periods.parse(row["report_kind"], row["period"])
        report, _ = publishing.load(year.pool, period, row["revision"])
        arrived = (row["message_id"], row["recipient"]) in came
        if arrived and row["state"] == "unknown":
            delivery.confirm(year.pool, report, row["recipient"], moment=year.clock.now, by="op")
        elif not arrived:
            delivery.resend(year.pool, report, row["recipient"], moment=year.clock.now, by="op")


# ---------------------------------------------------------------- runs by hand


def correct(year: Year, week: Period) -> Process:
    """A run by hand that publishes a correction where a figure is different, and mails it."""
    run = context("manual", started=year.clock.now, by="op", period=week.name, landing=None)
    run["params"] |= {"correct": "có", "deliver": "có", "reason": "số liệu về muộn"}
    yield from _by_hand(year, run, week)


def run_again(year: Year, week: Period) -> Process:
    """A backfill of what is published: it changes nothing and mails nobody."""
    interval = (week.start, week.end)
    run = context("backfill", started=year.clock.now, interval=interval, landing=None)
    yield from _by_hand(year, run, week)


def _by_hand(year: Year, run: dict, week: Period) -> Process:
    from runs import TEN_S, TaskFailed

    works = {
        "compute": lambda: report_tasks.compute_figures("week", run),
        "publish": lambda: report_tasks.publish("week", run, year.clock.now),
        "deliver": lambda: report_tasks.deliver("week", run, year.clock.now),
    }
    published = {(r["report_kind"], r["period"]) for r in year.judge.looked_up("reports")}
    if ("week", week.name) not in published:
        return
    before = len(year.mails.accepted)
    try:
        for name, work in works.items():
            label = f"{run['dag_run'].run_type} {week.name}.{name}"
            yield from year.task(label, work, retries=2, delay=TEN_S)
    except TaskFailed:
        return
    if run["dag_run"].run_type == "backfill" and any(
        "Kết quả" in each.subject for each in year.mails.accepted[before:]
    ):
        raise year.broken(f"a backfill of {week} mailed a report")


# ---------------------------------------------------------------- backups


def back_up(year: Year) -> None:
    """A backup, and its restore in the evening, unless a mail was sent meanwhile: a restored ledger does not
    know it (docs/van-hanh.md says what a person does then)."""
    if year.is_out("warehouse"):
        return
    home = settings.settings()
    made = backup.make(year.url, home, year.home / "backups", moment=year.clock.now)
    mails = len(year.mails.accepted)

    def restore() -> None:
        if len(year.mails.accepted) != mails or year.is_out("warehouse"):
            return
        year.say("restore")
        year.pool.dispose()
        from pathlib import Path

        backup.restore(Path(made["folder"]), year.url, home, moment=year.clock.now, force=True)
        for source in {file.source for file in year.files.values()}:
            year.sweep_soon(source)

    year.clock.at(year.clock.now + timedelta(hours=17), restore)


# ---------------------------------------------------------------- files


def exports(year: Year, platform: str, week: Period) -> list[tuple[datetime, list[File]]]:
    """When what of a marketplace comes in a week."""
    draw, due = year.draw, week.end
    usual = at(due, 6, 10)
    if draw.random() >= year.troubles.files:
        return [(usual, ["export"])]
    how = draw.choice(
        ["none", "late", "bad rows", "same bytes", "twice", "early", "while the officer thinks"]
    )
    return {
        "none": [],
        "late": [(usual + timedelta(hours=draw.randint(1, 30)), ["export"])],
        "bad rows": [(usual, ["bad rows"])],
        "same bytes": [(usual, ["export"]), (usual + timedelta(hours=2), ["copy"])],
        "twice": [(usual, ["export"]), (usual + timedelta(hours=1), ["export"])],
        "while the officer thinks": [(week.draft_at + timedelta(minutes=17), ["export"])],
        "early": [(usual - timedelta(days=2), ["export"]), (usual, ["export"])],
    }[how]  # type: ignore[return-value]


def made(year: Year, platform: str, what: str) -> list[File]:
    """The files of an export, made when they come."""
    day = year.clock.now.date()
    files = year.world.export(platform, day, spoil=what == "bad rows")
    if what == "copy":
        return [
            replace(file, name=f"{platform}/ban-sao/{file.name.rsplit('/', 1)[-1]}")
            for file in files
        ]  # it says what the other says: where both come at once, either may be the one that is loaded
    return files


def forms(year: Year, unit: str, week: Period) -> list[File]:
    """What a unit hands in at once: its form; one with a slip and its correction; one that is broken."""
    first = year.world.form(unit, week)
    if year.draw.random() >= year.troubles.files:
        return [first]
    how = year.draw.choice(["corrected", "cut", "nothing", "named oddly", "empty"])
    if how == "corrected":
        return [first, year.world.form(unit, week, version=1)]
    if how == "cut":
        cut = first.content[: year.draw.randrange(len(first.content) - 30)]
        return [File(first.name.replace("bao-cao", "hong"), cut)]
    if how == "named oddly":
        return [
            File(f"districts/{unit}/Báo cáo  tuần (1) {week.name}~.xlsx".replace("~", ""), first.content, form=first.form, entity="form")
        ]  # fmt: skip
    if how == "empty":
        return [File(f"districts/{unit}/trong-{week.name}.xlsx", b"")]
    return []


def oddities(year: Year, week: Period) -> list[File]:
    """Lists as people write them, with known truth, and files that something spoiled."""
    draw, found = year.draw, []
    if draw.random() < year.troubles.files and week.start > variants.FIRST + timedelta(days=60):
        number = draw.randrange(10_000) * 5 + draw.choice([1, 2])
        variant = variants.make(number, year.seed)
        year.variants.append(variant)
        found.append(File(variant.name, variant.content))
    if draw.random() < year.troubles.files:
        prices = year.world.prices(week.start)
        change = draw.choice(mutator.TEXT_CHANGES + mutator.BYTE_CHANGES)
        spoiled = change(prices.content, draw)
        found.append(File(prices.name.replace("gia_", "gia-hong_"), spoiled))
    return found


__all__ = ["CALM", "HEADERS", "STORMY", "UNITS", "Troubles", "plan"]
