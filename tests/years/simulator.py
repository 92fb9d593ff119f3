"""Years of an office from one seed: the tasks of the DAGs, at every moment at which Airflow would run them.

What is drawn (arrivals, faults, officers, servers) depends on the seed and on the order of events alone, so
a year that fails does so again, at the same step.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import invariants
import runs
import troubles as troubling
from boundary import (
    NOBODY,
    Killed,
    MailServer,
    given,
    kept_connections,
    quarter_after,
    sometimes_judged,
    two_loaders,
)
from clock import Clock, Process
from faults import Faults
from servers import URLS, FileServers
from sqlalchemy import Engine
from task_context import context
from troubles import STORMY, Troubles

from lensan import warehouse
from lensan.domain import periods, settings
from lensan.domain.contracts import Contract
from lensan.domain.periods import Period
from lensan.intake import locations, sweep
from lensan.mail import recipients
from lensan.operations import tasks
from world import HEADERS, UNITS, File, World, at

FIRST = date(2021, 10, 21)
CHIEFS = ("lanh-dao@example.vn", "pho-giam-doc@example.vn")
ENGINEER = "ky-su@example.vn"
MAILBOXES = {"193": "ha-long@example.vn", "199": "tien-yen@example.vn"}


class Broken(AssertionError):
    """What must hold does not. Says seed and step: the same again with ``make years``."""


@dataclass
class Year:
    """One office. ``url``: its warehouse, migrated and empty, of whoever may end its sessions."""

    seed: int
    url: str
    home: Path
    troubles: Troubles = STORMY
    judged: bool = True
    said: Callable[[str], None] = lambda line: None
    step: int = 0
    failed: int = 0
    files: dict[str, File] = field(default_factory=dict)
    outages: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    variants: list[Any] = field(default_factory=list)
    watched: list[datetime] = field(default_factory=list)
    lost_at: set[datetime] = field(default_factory=set)
    """Moments at which a task had no warehouse, or lost its session."""
    words: set[str] = field(default_factory=set)
    """Periods that an officer has said to release."""

    def judges(self) -> bool:
        """Whether the gates are asked now: Great Expectations takes more time than all the rest together."""
        return self.judged and (self.clock.now.date() - FIRST).days // 7 % 13 == 1

    def __post_init__(self) -> None:
        self.draw = random.Random(f"{self.seed}/year")
        self.world = World(random.Random(f"{self.seed}/world"))
        self.clock = Clock(at(FIRST - timedelta(days=7), 0))
        self.faults = Faults(self.url)
        self.mails = MailServer(
            lambda: self.clock.now,
            lambda mail, recipient: troubling.behaviour(self, mail, recipient),
            lambda: self._another_sender(),
        )
        self.loaders = random.Random(f"{self.seed}/loaders")
        self.servers = FileServers(
            lambda: self.clock.now,
            random.Random(f"{self.seed}/servers"),
            self.troubles.servers,
        )
        self.pool = kept_connections(self.url)
        self.judge = invariants.Judge(self)
        self.home.mkdir(parents=True, exist_ok=True)

    # ------------------------------------------------------------ a year

    def run(self, weeks: int) -> None:
        """So many weeks, then what must hold at the end. Raises Broken."""
        with ExitStack() as stack:
            stack.enter_context(
                given(self.home, self.engine, self.mails, self.clock.sleep, self.clock.seconds)
            )
            stack.enter_context(self.servers.given())
            stack.enter_context(sometimes_judged(self.judges))
            stack.enter_context(self.faults.possible())
            stack.enter_context(two_loaders(self._another_loader_comes, self._another_loader))
            self._open_office()
            week = periods.week(FIRST)
            for _ in range(weeks):
                self._plan(week)
                self.clock.until(at(week.end + timedelta(days=1), 23, 59))
                self.check(week)
                week = week.next()
            self._all_is_well_again()
            self.judge.at_the_end()
        self.pool.dispose()

    def _all_is_well_again(self) -> None:
        """Every server is up, and each source is swept once more."""
        self.outages, self.servers.often = [], 0.0
        for source in tasks.sources():
            runs.swept(self, source, self.context())

    def engine(self) -> Engine:
        """The warehouse, as a task finds it now."""
        return warehouse.connect(NOBODY) if self.is_out("warehouse") else self.pool

    def is_out(self, kind: str) -> bool:
        """Whether warehouse, mail or scheduler are down now."""
        return self.back_at(kind) > self.clock.now

    def back_at(self, kind: str) -> datetime:
        """When it is up again; now where it is not down."""
        now = self.clock.now
        ends = [
            last for which, first, last in self.outages if which == kind and first <= now < last
        ]
        return max(ends, default=now)

    def say(self, line: str) -> None:
        self.said(f"{self.step} {self.clock.now:%Y-%m-%d %H:%M} {line}")

    def _another_sender(self) -> None:
        """The watchdog comes while a mail is under way."""
        self.say("a second sender")
        try:
            tasks.watch(self.context(), self.clock.now)
        except Exception as error:
            self._is_expected("a second sender", error)

    def _another_loader_comes(self) -> bool:
        return self.loaders.random() < self.troubles.breaks / 3

    def _another_loader(self, contract: Contract) -> None:
        """A sweep of the same source in another process, without its servers."""
        self.say(f"a second sweep of {contract.source}")
        home = settings.settings()
        folders = [home.landing / folder for folder in contract.folders]
        try:
            sweep.sweep(self.pool, contract, folders, home.raw_store, moment=self.clock.now)
        except Exception as error:
            self._is_expected("a second sweep", error)

    def _open_office(self) -> None:
        engine = self.engine()
        for address in CHIEFS:
            for kind in ("week", "month"):
                recipients.add(engine, kind, "to", address)
        recipients.add(engine, "alarm", "to", ENGINEER)
        for unit, address in MAILBOXES.items():
            locations.add_address(engine, address, unit, moment=self.clock.now)

    def _plan(self, week: Period) -> None:
        """What will happen in a week: of each day its files, of Wednesday and Thursday the report."""
        for number in range(week.days):
            day = week.start + timedelta(days=number)
            self.clock.at(at(day, 0, 1), lambda day=day: self.world.live(day))  # type: ignore[misc]
        troubling.plan(self, week)
        due = week.end
        for platform in HEADERS:
            for moment, files in troubling.exports(self, platform, week):
                for what in files:
                    self._arrive(
                        moment,
                        lambda p=platform, w=what: troubling.made(self, p, w),  # type: ignore[misc]
                    )
        for unit in UNITS:
            moment = at(due, 0) - timedelta(hours=self.draw.randint(-12, 14))
            self._arrive(moment, lambda unit=unit: troubling.forms(self, unit, week))  # type: ignore[misc]
        if self.draw.random() < 0.3:
            self._arrive(at(week.start, 9), lambda: [self.world.prices(week.start)])
        self._arrive(at(week.start, 10), lambda: troubling.oddities(self, week))
        for kind, period in self._reports(week):
            for moment in period.reminders_at():
                self.clock.at(moment, lambda m=moment: self.clock.start(runs.remind(self)))  # type: ignore[misc]
            self.clock.at(
                period.draft_at,
                lambda k=kind, p=period: self.clock.start(runs.report(self, k, p)),  # type: ignore[misc]
            )
            for moment in _watches(period):
                self.clock.at(moment, lambda: self.clock.start(runs.watch(self)))
        self.clock.at(at(due, 2, 30), lambda: self.clock.start(runs.maintain(self)))

    def _reports(self, week: Period) -> list[tuple[str, Period]]:
        """The week's report, and a month's that is drafted in it."""
        first, last = at(week.start, 23, 59) + timedelta(days=1), at(week.end, 23, 59)
        month = periods.month(week.start.replace(day=1))
        found = [("week", week)]
        for each in (month.previous(), month):
            if first < each.draft_at <= last + timedelta(days=1) and not each.is_before_plan:
                found.append(("month", each))
        return found

    def _arrive(self, moment: datetime, make: Callable[[], list[File]]) -> None:
        """Files are put below the landing root, and the next sweep finds them."""

        def put() -> None:
            sources = []
            for file in make():
                self.files[file.name] = replace(file, content=b"")
                self._lay(file)
                sources.append(file.source)
            for source in dict.fromkeys(sources):
                self.sweep_soon(source)

        self.clock.at(moment, put)

    def _lay(self, file: File) -> None:
        """On the source's server, or below the landing root."""
        source, name = file.name.split("/", 1)
        servers = self.servers
        if source in URLS and servers.often and servers.draw.random() < servers.often:
            servers.put(source, name, file.content)
            return
        path = self.home / "landing" / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)

    def sweep_soon(self, source: str) -> None:
        """The schedule of a source comes every quarter of an hour, where the scheduler runs."""
        moment = max(quarter_after(self.clock.now), self.back_at("scheduler"))
        self.clock.at(moment, lambda: self.clock.start(runs.ingest(self, source)))

    # ------------------------------------------------------------ a task

    def task(
        self, name: str, work: Callable[[], Any], *, retries: int, delay: timedelta
    ) -> Process | Any:
        """Run one task as Airflow does: what fails, or is killed, is tried again. Returns what it returns;
        raises runs.TaskFailed."""
        for attempt in range(retries + 1):
            while self.is_out("scheduler"):
                yield self.back_at("scheduler")
            self.step += 1
            self.say(name)
            self.servers.begin()
            try:
                with self.faults.planned(self.draw, self.troubles.breaks):
                    done = work()
            except Killed as death:
                self.say(f"  killed {death}")
                pause = timedelta(minutes=3)
            except Exception as error:
                self._is_expected(name, error)
                self.say(f"  {type(error).__name__}: {error!s:.200}")
                pause = delay
            else:
                self.servers.end()
                return done
            if attempt < retries:
                yield self.clock.now + pause
        self.failed += 1
        raise runs.TaskFailed(name)

    def _is_expected(self, name: str, error: Exception) -> None:
        """Only what was made to fail fails."""
        from lensan.intake.locations import LocationError
        from lensan.mail.delivery import DeliveryPendingError

        if self.faults.hit or self.is_out("warehouse"):
            self.lost_at.add(self.clock.now)
            return
        if isinstance(error, DeliveryPendingError):
            return
        if isinstance(error, LocationError) and self.servers.is_wrong:
            return
        raise self.broken(f"{name} failed by itself: {type(error).__name__}: {error}") from error

    def broken(self, what: str) -> Broken:
        return Broken(
            f"seed {self.seed}, step {self.step}, {self.clock.now:%Y-%m-%d %H:%M}: {what}"
        )

    def check(self, week: Period) -> None:
        """What must hold after a week."""
        self.judge.after(week)
        self.outages = [each for each in self.outages if each[2] > self.clock.now]

    def context(self, kind: str | None = None, period: Period | None = None) -> dict[str, Any]:
        """Of a run that the schedule begins now."""
        interval = (period.start, period.end) if period else None
        return context("scheduled", started=self.clock.now, interval=interval, landing=None)


def _watches(period: Period) -> list[datetime]:
    """Of the watchdog's ticks, those at which something may be due."""
    release, due = period.automatic_release_at, period.due_at
    five = timedelta(minutes=5)
    ticks = [release, release + five,
             period.doubtful_release_at, due - five, due, due + five, due + timedelta(minutes=35),
             due + timedelta(hours=20)]  # fmt: skip
    return sorted(set(ticks))


def remove(home: Path) -> None:
    """What a year wrote."""
    shutil.rmtree(home, ignore_errors=True)
