"""The runs of the DAGs (dags/*.py), task by task, as processes at a simulated clock."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boundary import Messages
from clock import Process

from lensan.domain.periods import Period
from lensan.operations import report_tasks, tasks
from lensan.operations.report_runs import NOT_YET, RELEASE, WHY

if TYPE_CHECKING:
    from simulator import Year

TEN_S, MINUTE, FIVE = timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5)


class TaskFailed(Exception):
    """A task that failed at its last try."""


def swept(year: Year, source: str, run: dict[str, Any]) -> Any:
    """One sweep, and what it leaves behind."""
    found = tasks.sweep(source, run)
    if not year.faults.hit:
        year.judge.is_settled(source)
    return found


def ingest(year: Year, source: str) -> Process:
    """``ingest_<source>``."""
    run = year.context()

    def task(name: str, work: Any) -> Any:
        return year.task(f"ingest_{source}.{name}", work, retries=3, delay=MINUTE)

    try:
        try:
            found = yield from task("sweep", lambda: swept(year, source, run))
        finally:
            if source == "districts":  # also where a location is down
                year.clock.start(_answer(year, run))
        yield from task("resolve_producers", lambda: tasks.resolve_producers(run))
        if (yield from task("check", lambda: tasks.check_source(source, run, found))):
            year.clock.start(_renew(year))
    except TaskFailed:
        pass


def _renew(year: Year) -> Process:
    """``draft_renewal``, which something new in core starts."""
    run = year.context()
    with contextlib.suppress(TaskFailed):
        yield from year.task(
            "renew_drafts", lambda: tasks.renew_drafts(run), retries=1, delay=MINUTE
        )


def _answer(year: Year, run: dict[str, Any]) -> Process:
    with contextlib.suppress(TaskFailed):
        yield from year.task(
            "answer_senders", lambda: tasks.answer_senders(run), retries=3, delay=MINUTE
        )


def remind(year: Year) -> Process:
    """``submission_reminders``."""
    run = year.context()
    with contextlib.suppress(TaskFailed):
        yield from year.task(
            "remind", lambda: tasks.remind(run, year.clock.now), retries=3, delay=FIVE
        )


def watch(year: Year) -> Process:
    """``deadline_watchdog``: a tick that nobody runs is not made up for."""
    if year.is_out("scheduler"):
        return
    run = year.context()
    waiting = year.judge.mails.waiting()
    try:
        yield from year.task(
            "watch", lambda: tasks.watch(run, year.clock.now), retries=0, delay=FIVE
        )
        year.watched.append(year.clock.now)
        if not year.faults.hit:
            year.judge.mails.are_seen_to(waiting)
    except TaskFailed:
        pass


def maintain(year: Year) -> Process:
    """``warehouse_maintenance``."""
    run = year.context()
    with contextlib.suppress(TaskFailed):
        yield from year.task("maintain", lambda: tasks.maintain(run), retries=1, delay=FIVE)


def report(year: Year, kind: str, period: Period) -> Process:
    """``weekly_report`` and ``monthly_report``: sweep, compute, ask, publish, mail."""
    run = year.context(kind, period)
    run["ti"] = Messages()

    def task(name: str, work: Any, retries: int = 2) -> Any:
        return year.task(f"{kind} {period.name}.{name}", work, retries=retries, delay=TEN_S)

    try:
        reached = yield from _swept(year, run, task)
        yield from task("compute", lambda: report_tasks.compute_figures(kind, run))
        yield from task("check_quality", lambda: report_tasks.check_quality(kind, run))
        following = yield from task(
            "ask_officer", lambda: report_tasks.next_task(kind, run, year.clock.now)
        )
        answer = None
        if following == report_tasks.DRAFT_TASK:
            yield from task("draft", lambda: report_tasks.draft(kind, run, "/board"))
            answer = yield from _released(year, kind, period, run, task)
            yield from task("sweep_again", lambda: tasks.sweep_again(run))
        yield from task("publish", lambda: report_tasks.publish(kind, run, year.clock.now, answer))
        year.clock.start(_export(year, kind, run))
        yield from task("deliver", lambda: report_tasks.deliver(kind, run, year.clock.now))
    except TaskFailed:
        return
    assert reached is not None


def _swept(year: Year, run: dict[str, Any], task: Any) -> Process | Any:
    """All sources, each a task; a failed one stops nothing. Then the producers."""
    reached = 0
    for source in tasks.sources():
        try:
            yield from task(f"sweep {source}", lambda s=source: swept(year, s, run), retries=1)
            reached += 1
        except TaskFailed:
            continue
    yield from task("resolve_producers", lambda: tasks.resolve_producers(run))
    return reached


def _export(year: Year, kind: str, run: dict[str, Any]) -> Process:
    with contextlib.suppress(TaskFailed):
        yield from year.task(
            "export", lambda: report_tasks.export(kind, run), retries=2, delay=TEN_S
        )


def _released(
    year: Year, kind: str, period: Period, run: dict[str, Any], task: Any
) -> Process | Any:
    """The question to the officer, as ``Release`` of dags/report_dag.py asks it."""
    given = yield from task("release", lambda: report_tasks.answer_given(kind, run))
    while given is None:
        patience, default = yield from task(
            "release asks", lambda: report_tasks.question(kind, run, year.clock.now)
        )
        asked_until: datetime = year.clock.now + patience
        said_at, answer = officer(year, period)
        if said_at is not None and said_at < asked_until:
            yield max(said_at, year.clock.now)
            if RELEASE in answer["chosen_options"]:
                year.words.add(period.name)
        else:
            yield asked_until
            answer = {"responded_by_user": None, "chosen_options": [default]}
        again = yield from task(
            "release answered",
            lambda a=answer: report_tasks.asks_again(kind, run, a, year.clock.now),
        )
        given = None if again else answer
    return given


def officer(year: Year, period: Period) -> tuple[datetime | None, dict[str, Any]]:
    """When an officer answers next, and what."""
    user = {"id": "1", "name": "Chị Hằng"}
    answer: dict[str, Any] = {
        "responded_by_user": user,
        "chosen_options": [RELEASE],
        "params_input": {},
    }
    now = year.clock.now
    if year.draw.random() >= year.troubles.officers:
        return max(now, period.draft_at) + timedelta(minutes=20), answer
    how = year.draw.choice(["never", "late", "not yet", "soon", "days later"])
    if how == "never":
        return None, answer
    if how == "not yet":
        answer |= {
            "chosen_options": [NOT_YET],
            "params_input": {WHY: year.draw.choice(["chờ Hạ Long", "", None])},
        }
    minutes = {"late": 160, "not yet": 30, "soon": 3, "days later": 60 * 50}[how]
    return now + timedelta(minutes=year.draw.randint(1, minutes)), answer
