"""What the DAGs' tasks call: from a run's context to the library. The moment comes from the run.

The tasks of the reports' DAGs are in lensan.operations.report_tasks.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lensan.domain import contracts, periods, plans, settings
from lensan.domain.periods import ICT, Period
from lensan.intake import locations
from lensan.intake import sweep as sweeping
from lensan.operations import connections
from lensan.producers import history

log = logging.getLogger(__name__)
KINDS = plans.kinds()
WATCHED_EVERY = timedelta(minutes=5)
RENEWED_EVERY = timedelta(minutes=15)
WATCHED_AFTER_DUE = timedelta(days=1)
"""How long the watchdog goes on after a deadline: mails that wait for a server are tried until then."""


def moment_of(context: Mapping[str, Any]) -> datetime:
    """The run's start, in Asia/Ho_Chi_Minh: one moment for all its tasks and retries."""
    started: datetime = context["dag_run"].start_date
    return started.astimezone(ICT)


def sources() -> list[str]:
    """The sources that contracts declare."""
    return list(contracts.contracts())


def sweep(source: str, context: Mapping[str, Any]) -> dict[str, int]:
    """Take in what is new of one source; returns counts by status.

    A run that names a landing root asks for what lies there: remote locations are left alone. Raises
    LocationError, after everything else was loaded, when a remote location could not be fetched.
    """
    home = settings.settings()
    contract = contracts.contract(source)
    asked = context["params"].get("landing")
    root = Path(asked or home.landing)
    remote = None
    if contract.remote and not asked:
        remote = locations.Remote(
            source,
            contract.remote,
            connections.access_of,
            home.raw_store,
            moment=moment_of(context),
        )
    outcomes = sweeping.sweep(
        connections.warehouse_engine(),
        contract,
        [root / folder for folder in contract.folders],
        home.raw_store,
        moment=moment_of(context),
        remote=remote,
        wants_answer=_answers(context),
    )
    counts: dict[str, int] = {}
    for outcome in outcomes:
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
    if not counts:
        places = [str(root / folder) for folder in contract.folders]
        places += [each.url for each in contract.remote] if remote else []
        log.info("không có gì mới của %s; đã tìm ở: %s", source, ", ".join(places))
    return counts


def resolve_producers(context: Mapping[str, Any]) -> dict[str, int]:
    """Resolve producers anew; returns what was decided, by kind."""
    return history.resolve(connections.warehouse_engine(), moment=moment_of(context))


def check_source(
    source: str, context: Mapping[str, Any], swept: Mapping[str, int] | None
) -> dict[str, Any]:
    """Gates rows and core for one source, after a sweep that brought something or while it is held."""
    from lensan.gates import judge

    engine, moment = connections.warehouse_engine(), moment_of(context)
    with engine.begin() as connection:
        held = sweeping.held_by(connection, contracts.contract(source))
    if not swept and not held:
        log.info("nothing new of %s: nothing to check", source)
        return {}
    return judge_gates(
        judge.collecting_period(moment), context, gates=("rows", "core"), only=(source,)
    )


def judge_gates(
    period: Period,
    context: Mapping[str, Any],
    *,
    gates: tuple[str, ...],
    only: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    """Ask gates, write their verdict pages, alarm; a gate that breaks stops no report and no ingestion."""
    from lensan.gates import data_docs, judge
    from lensan.operations import watching

    engine, moment = connections.warehouse_engine(), moment_of(context)
    try:
        runs = judge.judge(engine, period, moment=moment, gates=gates, sources=only)
        pages = data_docs.write(settings.settings().data_docs, period, runs, moment=moment)
        # First the page that the task's button opens: of its one source, or of the report itself.
        own = data_docs.page_of(only[0] if only else None, period)
        pages.sort(key=lambda page: page != own)
        watching.alarm_core(engine, connections.smtp_server(), runs, moment=moment)
    except Exception:
        log.exception("gates %s of %s could not be asked", ", ".join(gates), period)
        return {"period": period.name, "broken": True}
    for page in pages:
        log.info("kiểm tra dữ liệu: %s", page)
    failed = [verdict.check for run in runs for verdict in run.failed]
    return {
        "period": period.name,
        "checks": sum(len(run.verdicts) for run in runs),
        "fail": sum(check.severity == "fail" for check in failed),
        "warn": sum(check.severity == "warn" for check in failed),
        "data_docs": pages,
    }


def _run_type(context: Mapping[str, Any]) -> str:
    run_type = context["dag_run"].run_type
    return str(getattr(run_type, "value", run_type))


def sweep_again(context: Mapping[str, Any]) -> dict[str, str]:
    """Take in what came while the officer thought; a source that fails stops no other."""
    found = {}
    for source in sources():
        try:
            found[source] = str(sum(sweep(source, context).values()))
        except Exception as error:
            log.exception("source %s could not be swept; the report goes on without it", source)
            found[source] = type(error).__name__
    resolve_producers(context)
    return found


def renew_drafts(context: Mapping[str, Any]) -> list[str]:
    """Build again what waits for release, where something has arrived since."""
    from lensan.operations import obligations

    return obligations.renew_drafts(
        connections.warehouse_engine(), settings.settings().reports, moment=moment_of(context)
    )


def watch(context: Mapping[str, Any], now: datetime) -> dict[str, bool]:
    """Are the reports owed at ``now`` (aware) out? Sends one when nobody did in time, and alarms."""
    from lensan.operations import watching

    asked = context["params"].get("report")
    kinds = [kind for kind in KINDS if asked in (None, kind)]
    found = watching.watch_all(
        connections.warehouse_engine,
        settings.settings(),
        connections.smtp_server(),
        kinds=kinds,
        moment=now,
    )
    tell_programs(now)
    return {str(standing.period): standing.is_out for standing in found}


def tell_programs(moment: datetime) -> None:
    """Tell the programs that listen of published reports; what fails holds up nothing, the next round tries again."""
    from lensan.operations import webhooks

    try:
        names = connections.webhook_names()
        if names:
            found = webhooks.tell_all(
                connections.warehouse_engine(),
                names,
                connections.webhook,
                connections.smtp_server(),
                board=settings.settings().board,
                moment=moment,
            )
            log.info("webhooks: %s", found)
    except Exception:
        log.exception("the webhooks could not be called")


def alarm(*, key: str, title: str, detail: str, moment: datetime) -> None:
    """Raise an alarm, as ``lensan.mail.alarms.raise_alarm`` says; found again it is not mailed again.
    ``moment`` (aware) is now. Raises what the warehouse raises."""
    from lensan.mail import alarms

    alarms.raise_alarm(
        connections.warehouse_engine(),
        connections.smtp_server(),
        key=key,
        title=title,
        detail=detail,
        moment=moment,
    )


def maintain(context: Mapping[str, Any]) -> dict[str, int]:
    """Tidy the home and the warehouse; returns what was done, by kind."""
    from lensan.operations import maintenance

    return maintenance.maintain(
        connections.warehouse_engine(), settings.settings(), moment=moment_of(context)
    )


def reminder_moments(day: datetime) -> list[datetime]:
    """The moments (Asia/Ho_Chi_Minh) of the reminders of both reports, two months around a day, in order."""
    first, last = (
        day.astimezone(ICT).date() + timedelta(days=61 * direction) for direction in (-1, 1)
    )
    found: set[datetime] = set()
    for kind in KINDS:
        period = periods.containing(kind, first)
        while period.start <= last:
            found |= set(period.reminders_at())
            period = period.next()
    return sorted(found)


def next_watch(after: datetime) -> datetime:
    """The first full five minutes at or after a moment (aware) at which a report is watched: from its
    draft until a day after its deadline."""
    return _next_tick(after, WATCHED_EVERY, WATCHED_AFTER_DUE)


def next_renewal(after: datetime) -> datetime:
    """The first full quarter of an hour at or after a moment (aware) at which a draft may wait for release:
    from a report's draft until its deadline."""
    return _next_tick(after, RENEWED_EVERY, timedelta(0))


def _next_tick(after: datetime, every: timedelta, after_due: timedelta) -> datetime:
    ticks = []
    for kind in KINDS:
        period = periods.due_at_or_before(kind, after)
        while _tick(after, every) > period.due_at + after_due:
            period = period.next()
        ticks.append(_tick(max(after, period.draft_at), every))
    return min(ticks)


def _tick(moment: datetime, every: timedelta) -> datetime:
    """The moment, or the next full five minutes (quarter of an hour, …) after it."""
    every_s = every.total_seconds()
    return datetime.fromtimestamp(math.ceil(moment.timestamp() / every_s) * every_s, ICT)


def remind(context: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Remind the units that have not submitted at ``now`` (aware), and whoever else owes something by the plan;
    returns mails by report and state.

    Raises DeliveryPendingError when a mail could not be handed over yet.
    """
    from lensan.mail.delivery import DeliveryPendingError
    from lensan.units import duty_mails, reminders

    if _run_type(context) == "backfill":
        log.info("a backfill reminds nobody")
        return {}
    engine = connections.warehouse_engine()
    asked = context["params"].get("report")
    found: dict[str, int] = {}
    for kind in KINDS:
        reminder = reminders.reminders_due(engine, kind, moment=now)
        if reminder is None or asked not in (None, kind):
            continue
        board = settings.settings().board
        smtp = connections.smtp_server()
        mails = reminders.remind(engine, smtp, reminder, moment=now, board=board)
        found |= {f"{reminder.period} {state}": count for state, count in mails.items()}
    if asked is None:
        mails = duty_mails.remind(engine, connections.smtp_server(), moment=now)
        found |= {f"duties {state}": count for state, count in mails.items()}
    if any(key.endswith(" pending") for key in found):
        raise DeliveryPendingError(f"some reminders wait for the mail server: {found}")
    return found


def _answers(context: Mapping[str, Any]) -> bool:
    """Whether senders are answered: on the schedule, or when the run asks for it; never by a backfill."""
    return _run_type(context) == "scheduled" or bool(context["params"].get("answer"))


def answer_senders(context: Mapping[str, Any]) -> dict[str, int]:
    """Send the district files that the schedule brought their answers; returns mails by state."""
    from lensan.operations import signed_mails
    from lensan.units import answering, difficulties

    engine, moment, answers = connections.warehouse_engine(), moment_of(context), _answers(context)
    difficulties.collect(engine)
    tell_programs(moment)
    smtp = connections.smtp_server() if answers else None
    signed = signed_mails.take(engine, settings.settings(), smtp, moment=moment)
    if signed:
        log.info("bản ký số qua thư: %s", signed)
    if smtp is None:
        log.info("nobody is answered by a run that is not scheduled: answer=false")
        return {}
    return answering.answer(engine, smtp, settings.settings().raw_store, moment=moment)
