"""What the DAGs' tasks call: from a run's context to the library. The moment comes from the run.

A run's own interval is the period unless its params name one; the clock is never asked for it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lensan.domain import contracts, periods, settings
from lensan.domain.periods import ICT, Kind, Period
from lensan.figures import measuring
from lensan.intake import locations
from lensan.intake import sweep as sweeping
from lensan.operations import connections
from lensan.producers import history

log = logging.getLogger(__name__)
KINDS: tuple[Kind, ...] = ("week", "month")
DRAFT_TASK, RELEASE_TASK = "draft", "release"
ANSWER_KEY = "officers_answer"
"""XCom of the task *draft*: what the officer said to a try of *release* that Airflow lost."""


def moment_of(context: Mapping[str, Any]) -> datetime:
    """The run's start, in Asia/Ho_Chi_Minh: one moment for all its tasks and retries."""
    started: datetime = context["dag_run"].start_date
    return started.astimezone(ICT)


def period_of(kind: str, context: Mapping[str, Any]) -> Period:
    """The param, else the run's data interval, else the last period ended at its run_after."""
    name = context["params"].get("period")
    if name:
        return periods.parse(kind, name)
    run = context["dag_run"]
    if run.data_interval_start is not None and run.data_interval_start != run.data_interval_end:
        day = run.data_interval_start.astimezone(ICT).date()
        return periods.week_of(day) if kind == "week" else periods.month(day)
    return periods.due_at_or_before(kind, run.run_after)


def sources() -> list[str]:
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
    return counts


def resolve_producers(context: Mapping[str, Any]) -> dict[str, int]:
    return history.resolve(connections.warehouse_engine(), moment=moment_of(context))


def compute_figures(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    period = period_of(kind, context)
    figures = measuring.compute(connections.warehouse_engine(), period, moment=moment_of(context))
    return {"period": period.name, "figures": len(figures)}


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
    return _judge(judge.collecting_period(moment), context, gates=("rows", "core"), only=(source,))


def check_quality(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """All three gates for a report, in one task: Great Expectations takes seconds to import."""
    return _judge(period_of(kind, context), context, gates=("rows", "core", "figures"))


def _judge(
    period: Period,
    context: Mapping[str, Any],
    *,
    gates: tuple[str, ...],
    only: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    """Ask gates, write their Data Docs, alarm; a gate that breaks stops no report and no ingestion."""
    from lensan.gates import data_docs, judge
    from lensan.operations import obligations

    engine, moment = connections.warehouse_engine(), moment_of(context)
    try:
        runs = judge.judge(engine, period, moment=moment, gates=gates, sources=only)
        pages = data_docs.write(settings.settings().data_docs, period, runs, moment=moment)
        # First the page that the task's button opens: of its one source, or of the report itself.
        own = data_docs.page_of(only[0] if only else None, period)
        pages.sort(key=lambda page: page != own)
        obligations.alarm_core(engine, connections.smtp_server(), runs, moment=moment)
    except Exception:
        log.exception("gates %s of %s could not be asked", ", ".join(gates), period)
        return {"period": period.name, "broken": True}
    for page in pages:
        log.info("Data Docs: %s", page)
    failed = [verdict.check for run in runs for verdict in run.failed]
    return {
        "period": period.name,
        "checks": sum(len(run.verdicts) for run in runs),
        "fail": sum(check.severity == "fail" for check in failed),
        "warn": sum(check.severity == "warn" for check in failed),
        "data_docs": pages,
    }


def publishes(period: Period, context: Mapping[str, Any]) -> bool:
    """Whether the run publishes: as its param says, else yes; but a scheduled run never after the due
    day, since un-pausing a DAG makes Airflow run the last period, however old it is."""
    asked = context["params"].get("publish")
    if asked is not None:
        return bool(asked)
    if _run_type(context) != "scheduled":
        return True
    return moment_of(context).date() <= period.due_at.date()


def _run_type(context: Mapping[str, Any]) -> str:
    run_type = context["dag_run"].run_type
    return str(getattr(run_type, "value", run_type))


def waits_for_officer(kind: str, context: Mapping[str, Any]) -> bool:
    """Whether the run shows a draft and waits: a scheduled one, before the automatic release."""
    from lensan.domain import report_forms

    period = period_of(kind, context)
    if context["params"].get("correct") or not publishes(period, context):
        return False
    if _run_type(context) != "scheduled" and not context["params"].get("wait_for_officer"):
        return False
    return moment_of(context) < report_forms.form(kind).automatic_release_at(period)


def draft(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Build the draft; returns what the officer is shown: the province's figures, no personal data."""
    from lensan.mail import report_mail
    from lensan.operations import obligations

    period = period_of(kind, context)
    reports = settings.settings().reports
    report = obligations.draft(
        connections.warehouse_engine(), period, reports, moment=moment_of(context)
    )
    if report is None:
        return {"period": period.name, "summary": "Báo cáo đã phát hành."}
    return {
        "period": period.name,
        "folder": str(obligations.draft_folder(reports, period)),
        "summary": report_mail.summary(report),
    }


def time_to_release(kind: str, context: Mapping[str, Any], now: datetime) -> timedelta:
    """How long the officer has at ``now`` (aware): until the automatic release, for doubtful figures a
    little longer, however late the run has come so far."""
    from lensan.operations import obligations

    at = obligations.released_by_itself_at(connections.warehouse_engine(), period_of(kind, context))
    return max(at - now, timedelta(seconds=1))


def answer_given(kind: str, context: Mapping[str, Any]) -> dict[str, Any] | None:
    """What *release* need not ask any more: the answer to a lost try, or that the report is published
    already (by command, by the watchdog); None: the officer is to be asked."""
    from lensan.operations import obligations

    lost = context["ti"].xcom_pull(task_ids=DRAFT_TASK, key=ANSWER_KEY)
    if lost:
        return dict(lost)
    period = period_of(kind, context)
    published = obligations.standing(connections.warehouse_engine(), period).is_published
    return {"responded_by_user": None} if published else None


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


def publish(
    kind: str,
    context: Mapping[str, Any],
    now: datetime,
    answer: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Freeze the report unless the run does not publish. A published period is left as it is, or with
    ``correct`` gets its next revision where a figure is different; a retry makes no second one.

    ``answer``: what the task *release* brought, where the officer was asked. ``now`` (aware): figures that
    became doubtful after 13:30 are left to the watchdog, which releases them at the last safe moment.
    """
    from lensan.operations import obligations
    from lensan.reports import publishing

    period = period_of(kind, context)
    if not publishes(period, context):
        log.warning("%s is computed, not published; run it with publish=true to publish it", period)
        return {"period": period.name, "revision": None, "is_new": False}
    engine, reports = connections.warehouse_engine(), settings.settings().reports
    moment = moment_of(context)
    is_published = obligations.standing(engine, period).is_published
    if context["params"].get("correct") and is_published:
        reason = context["params"].get("reason")
        published = publishing.correct(engine, period, reports, moment=moment, reason=reason)
    else:
        user = (answer or {}).get("responded_by_user")
        how = (
            "officer" if user else "automatic" if _run_type(context) == "scheduled" else "operator"
        )
        by = (user or {}).get("name")
        if how == "automatic" and not is_published:
            obligations.judge_figures(engine, period, moment=moment)
            at = obligations.released_by_itself_at(engine, period)
            if now < at:
                log.warning("%s has odd figures; the watchdog releases it at %s", period, at)
                return {"period": period.name, "revision": None, "is_new": False}
        published = obligations.publish(engine, period, reports, how=how, by=by, moment=moment)
    return {"period": period.name, "revision": published.revision, "is_new": published.is_new}


def export(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Write mart's export beside the published report. A report is out without it: what fails here is
    made up for by the next maintenance."""
    from lensan.reports import export, publishing

    period = period_of(kind, context)
    engine, reports = connections.warehouse_engine(), settings.settings().reports
    try:
        report, _ = publishing.load(engine, period)
        folder = export.folder_of(reports, period, report.revision)
        return {"files": len(export.write(engine, period, folder, report.revision))}
    except LookupError:
        log.info("%s is not published: nothing is exported", period)
    except Exception:
        log.exception("the export of %s failed; maintenance tries again", period)
    return {"files": 0}


def deliver(kind: str, context: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Mail the report once per recipient: on the schedule, or when the run asks for it; ``now``: aware."""
    from lensan.operations import obligations

    period = period_of(kind, context)
    asked = context["params"].get("deliver")
    if asked is None:
        asked = _run_type(context) == "scheduled"
    if not asked or not publishes(period, context):
        log.info("nothing is mailed by this run: deliver=%s", asked)
        return {}
    if not obligations.standing(connections.warehouse_engine(), period).is_published:
        log.warning("%s is not published yet: nothing is mailed by this run", period)
        return {}
    return obligations.deliver(
        connections.warehouse_engine(),
        period,
        connections.smtp_server(),
        moment=now,
    )


def renew_drafts(context: Mapping[str, Any]) -> list[str]:
    """Build again what waits for release, where something has arrived since."""
    from lensan.operations import obligations

    return obligations.renew_drafts(
        connections.warehouse_engine(), settings.settings().reports, moment=moment_of(context)
    )


def watch(context: Mapping[str, Any], now: datetime) -> dict[str, bool]:
    """Are the reports owed at ``now`` (aware) out? Sends one when nobody did in time, and alarms."""
    from lensan.operations import obligations

    asked = context["params"].get("report")
    kinds: list[Kind] = [kind for kind in KINDS if asked in (None, kind)]
    found = obligations.watch_all(
        connections.warehouse_engine,
        settings.settings(),
        connections.smtp_server(),
        kinds=kinds,
        moment=now,
    )
    return {str(standing.period): standing.is_out for standing in found}


def owed_at(kind: str, context: Mapping[str, Any]) -> datetime | None:
    """When a run's report is due (Asia/Ho_Chi_Minh); None for a run that owes nothing: a backfill, a
    re-run by hand, one that does not publish. ``params`` may lack what was not given."""
    from lensan.domain import report_forms

    params = context["params"]
    is_scheduled = _run_type(context) == "scheduled"
    if params.get("publish") is False or not (is_scheduled or params.get("wait_for_officer")):
        return None
    return report_forms.form(kind).due_at(period_of(kind, context))


def deadline_missed(kind: str, run: Mapping[str, Any], now: datetime) -> bool:
    """Alarm at ``now`` (aware) whatever of a run's report is not out; whether it is.

    ``run``: the run as Airflow's API shows it. What the watchdog has alarmed is not mailed again.
    """
    from lensan.operations import obligations

    def moment(key: str) -> datetime | None:
        return run[key] and datetime.fromisoformat(run[key])

    start, end = moment("data_interval_start"), moment("data_interval_end")
    known = SimpleNamespace(
        data_interval_start=start, data_interval_end=end, run_after=moment("run_after")
    )
    period = period_of(kind, {"params": run.get("conf") or {}, "dag_run": known})
    return obligations.alarm_if_late(
        connections.warehouse_engine(), period, connections.smtp_server(), moment=now
    ).is_out


def maintain(context: Mapping[str, Any]) -> dict[str, int]:
    from lensan.operations import maintenance

    return maintenance.maintain(
        connections.warehouse_engine(), settings.settings(), moment=moment_of(context)
    )


def reminder_moments(day: datetime) -> list[datetime]:
    """The moments (Asia/Ho_Chi_Minh) of the reminders of both reports, two months around a day, in order."""
    from lensan.domain import report_forms

    first, last = (
        day.astimezone(ICT).date() + timedelta(days=61 * direction) for direction in (-1, 1)
    )
    found: set[datetime] = set()
    for kind in KINDS:
        period = periods.week_of(first) if kind == "week" else periods.month(first)
        while period.start <= last:
            found |= set(report_forms.form(kind).reminders_at(period))
            period = period.next()
    return sorted(found)


def remind(context: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Remind the units that have not submitted at ``now`` (aware); returns mails by report and state.

    Raises DeliveryPendingError when a mail could not be handed over yet.
    """
    from lensan.mail.delivery import DeliveryPendingError
    from lensan.units import reminders

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
        mails = reminders.remind(engine, connections.smtp_server(), reminder, moment=now)
        found |= {f"{reminder.period} {state}": count for state, count in mails.items()}
    if any(key.endswith(" pending") for key in found):
        raise DeliveryPendingError(f"some reminders wait for the mail server: {found}")
    return found


def _answers(context: Mapping[str, Any]) -> bool:
    """Whether senders are answered: on the schedule, or when the run asks for it; never by a backfill."""
    return _run_type(context) == "scheduled" or bool(context["params"].get("answer"))


def answer_senders(context: Mapping[str, Any]) -> dict[str, int]:
    """Send the district files that the schedule brought their answers; returns mails by state."""
    from lensan.units import answering

    if not _answers(context):
        log.info("nobody is answered by a run that is not scheduled: answer=false")
        return {}
    return answering.answer(
        connections.warehouse_engine(),
        connections.smtp_server(),
        settings.settings().raw_store,
        moment=moment_of(context),
    )
