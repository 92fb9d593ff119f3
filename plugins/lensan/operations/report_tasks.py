"""What the tasks of a report's DAG call: from a run's context to the library, ``now`` (aware) an argument.

What a run was asked, and what follows from it, is decided in lensan.operations.report_runs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lensan.domain import settings
from lensan.domain.periods import Period
from lensan.figures import measuring
from lensan.operations import connections, report_runs, tasks
from lensan.operations.report_runs import NOT_YET, PATIENCE, RELEASE, Asked, asked, period_of
from lensan.operations.tasks import moment_of
from lensan.warehouse import audit

if TYPE_CHECKING:
    from lensan.reports.publishing import Frozen

log = logging.getLogger(__name__)
DRAFT_TASK, RELEASE_TASK = "draft", "release"
ANSWER_KEY = "officers_answer"
"""XCom of the task *draft*: what the officer said to a try of *release* that Airflow lost."""
NO_REASON = "không nêu lý do"


def compute_figures(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Compute the figures of the run's period into mart."""
    period = period_of(kind, context)
    figures = measuring.compute(connections.warehouse_engine(), period, moment=moment_of(context))
    return {"period": period.name, "figures": len(figures)}


def check_quality(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """All three gates for a report, in one task: Great Expectations takes seconds to import."""
    period = period_of(kind, context)
    return tasks.judge_gates(period, context, gates=("rows", "core", "figures"))


# ---------------------------------------------------------------- the officer


def next_task(kind: str, context: Mapping[str, Any], now: datetime) -> str:
    """Whether the run shows a draft and waits for the officer, or goes on to *publish* at once."""
    return DRAFT_TASK if asked(kind, context).waits(now) else "publish"


def draft(kind: str, context: Mapping[str, Any], board: str) -> dict[str, Any]:
    """Build the draft; returns what the officer is shown: the province's figures, no personal data, and
    where the draft's files are on the ``board`` (its path on this server)."""
    from lensan.mail import report_mail
    from lensan.operations import obligations

    period = period_of(kind, context)
    reports = settings.settings().reports
    engine = connections.warehouse_engine()
    report = obligations.draft(engine, period, reports, moment=moment_of(context))
    if report is None:
        return {"period": period.name, "summary": "Báo cáo đã phát hành."}
    folder = obligations.draft_folder(reports, period)
    files = sorted(path.name for path in folder.glob(f"{obligations.DRAFT_MARK}-*"))
    links = [
        f"[{label}]({board}/draft/{kind}/{period.name}/{quote(name)})"
        for suffix, label in ((".pdf", "PDF"), (".xlsx", "Excel"))
        for name in files
        if name.endswith(suffix)
    ]
    lines = [report_mail.summary(report), "", f"Dự thảo đầy đủ: {' · '.join(links)}"]
    lines += ["", _WITH_MAIL if asked(kind, context).wants_mail else _WITHOUT_MAIL]
    empty = obligations.holds(engine, period)
    if empty:
        lines += ["", f"**Không tự phát hành:** {'; '.join(empty)}."]
    if moment_of(context) < period.ends_at:
        lines += ["", f"**Kỳ này kết thúc hết ngày {period.last_day:%d/%m/%Y}**; trước đó chưa "
                  "phát hành được."]  # fmt: skip
    return {"period": period.name, "folder": str(folder), "summary": "\n".join(lines)}


_WITH_MAIL = "Bấm *Phát hành* thì báo cáo được gửi thư tới mọi người nhận."
_WITHOUT_MAIL = (
    "**Bấm *Phát hành* thì không gửi thư**: lần chạy này không được chọn *Gửi thư: có*. Muốn gửi, sau đó "
    "bấm *Gửi thư…* trên trang Điều hành."
)


def question(kind: str, context: Mapping[str, Any], now: datetime) -> tuple[timedelta, str]:
    """How long the officer is waited for, and what holds when nobody answers.

    Until the automatic release, for doubtful figures a little longer, however late the run has come so
    far; past the deadline, or with nothing in the report, for two weeks and without a release.
    """
    from lensan.operations import obligations

    engine, period = connections.warehouse_engine(), period_of(kind, context)
    at = obligations.released_by_itself_at(engine, period)
    if now < at:
        return at - now, RELEASE
    if now < period.due_at and not obligations.holds(engine, period):
        return timedelta(seconds=1), RELEASE
    return PATIENCE, NOT_YET


def answer_given(kind: str, context: Mapping[str, Any]) -> dict[str, Any] | None:
    """What *release* need not ask any more: the answer to a lost try, or that the report is published
    already (by command, by the watchdog); null: the officer is to be asked."""
    lost = context["ti"].xcom_pull(task_ids=DRAFT_TASK, key=ANSWER_KEY)
    if lost:
        return dict(lost)
    if _is_published(period_of(kind, context)):
        return {"responded_by_user": None, "chosen_options": [RELEASE]}
    return None


def asks_again(
    kind: str, context: Mapping[str, Any], answer: Mapping[str, Any], now: datetime
) -> bool:
    """Whether the question stays open after an answer: *not yet*, which is noted with its reason; a
    release before the period's end; or nobody's word for a report with nothing in it."""
    from lensan.operations import obligations

    engine, period = connections.warehouse_engine(), period_of(kind, context)
    if _is_published(period):
        return False
    user, chosen = answer.get("responded_by_user"), answer.get("chosen_options") or [RELEASE]
    if user and NOT_YET in chosen:
        reason = (
            str((answer.get("params_input") or {}).get(report_runs.WHY) or "").strip() or NO_REASON
        )
        obligations.not_yet(engine, period, by=user["name"], reason=reason, moment=now)
        log.info("%s is not to be released yet, says %s: %s", period, user["name"], reason)
        return True
    if now < period.ends_at:
        log.warning("%s is not over: nothing of it is released before %s", period, period.ends_at)
        return True
    return RELEASE in chosen and not user and bool(obligations.holds(engine, period))


# ---------------------------------------------------------------- publish, export, mail


def publish(
    kind: str,
    context: Mapping[str, Any],
    now: datetime,
    answer: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Publish the report, or with ``correct`` its next revision where a figure is different, unless the
    run only computes. A published period is left as it is; a retry makes no second revision.

    ``answer``: what the task *release* brought, where the officer was asked. Without anybody's word it
    is published only while the schedule owes it. Raises NotOverError where somebody asked for a period
    that has not ended.
    """
    from lensan.reports import publishing

    run = asked(kind, context)
    period, engine, reports = run.period, *_places()
    if run.computes_only:
        log.warning("%s is computed, not published; run it with publish=có to publish it", period)
        done = None
    elif not _is_published(period):
        done = _release(run, answer, now)
    elif run.correct:
        by = run.by or audit.SYSTEM
        done = publishing.correct(engine, period, reports, moment=now, reason=run.reason, by=by)
    else:
        done = publishing.freeze(engine, period, reports, moment=now)
    return {
        "period": period.name,
        "revision": done.revision if done else None,
        "is_new": bool(done and done.is_new),
    }


def _release(run: Asked, answer: Mapping[str, Any] | None, now: datetime) -> Frozen | None:
    """Publish by the word of the officer, of whoever began the run, or of the schedule; null: of nobody."""
    from lensan.operations import obligations

    engine, reports = _places()
    user = (answer or {}).get("responded_by_user")
    who: dict[str, Any] = {"wants_mail": run.wants_mail, "moment": now}
    if user:
        return obligations.publish(
            engine, run.period, reports, how="officer", by=user["name"], **who
        )
    if run.is_scheduled or answer is not None:
        done = obligations.release_by_itself(engine, run.period, reports, **who)
        if done is None:
            log.warning("%s is not released by itself: it waits for a person", run.period)
        return done
    if why := _not_meant(run, now):
        log.warning("%s is not published: %s; to publish it: publish=có", run.period, why)
        return None
    return obligations.publish(engine, run.period, reports, how="operator", by=run.by, **who)


def _not_meant(run: Asked, now: datetime) -> str:
    """Why a run by hand that named no wish, or one of many of a backfill, does not publish; empty: it does."""
    from lensan.operations import obligations

    if run.publish and run.run_type != "backfill":
        return ""
    if now < run.period.ends_at:
        return "kỳ chưa kết thúc"
    return "; ".join(obligations.holds(connections.warehouse_engine(), run.period))


def _places() -> tuple[Any, Any]:
    """The warehouse, and the folder of reports."""
    return connections.warehouse_engine(), settings.settings().reports


def _is_published(period: Period) -> bool:
    from lensan.operations import obligations

    return obligations.standing(connections.warehouse_engine(), period).is_published


def export(kind: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """Write mart's export beside the published report. A report is out without it: what fails here is
    made up for by the next maintenance.

    Returns its period, its revision (null: not published) and how many files were written.
    """
    from lensan.reports import export, publishing

    period = period_of(kind, context)
    engine, reports = _places()
    done: dict[str, Any] = {"period": period.name, "revision": None, "files": 0}
    try:
        report, _ = publishing.load(engine, period)
        done["revision"] = report.revision
        if not export.is_public(period):
            return done
        folder = export.folder_of(reports, period, report.revision)
        done["files"] = len(export.write(engine, period, folder, report.revision))
    except LookupError:
        log.info("%s is not published: nothing is exported", period)
    except Exception:
        log.exception("the export of %s failed; maintenance tries again", period)
    return done


def deliver(kind: str, context: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Mail the report once per recipient: on the schedule, or when the run asks for it; ``now``: aware."""
    from lensan.operations import obligations

    run = asked(kind, context)
    if not run.wants_mail or run.computes_only:
        log.info("nothing is mailed by this run: nobody asked for it (deliver=có)")
        return {}
    standing = obligations.standing(connections.warehouse_engine(), run.period)
    if not standing.is_published:
        log.warning("%s is not published yet: nothing is mailed by this run", run.period)
        return {}
    if run.is_scheduled and not standing.wants_mail:
        log.warning("%s was published without mails: the schedule sends none either", run.period)
        return {}
    return obligations.deliver(
        connections.warehouse_engine(), run.period, connections.smtp_server(), moment=now
    )


# ---------------------------------------------------------------- the deadline


def owed_at(kind: str, context: Mapping[str, Any]) -> datetime | None:
    """When a run's report is due (Asia/Ho_Chi_Minh); null for a run that owes nothing."""
    return asked(kind, context).due_at()


def deadline_missed(kind: str, run: Mapping[str, Any], now: datetime) -> bool:
    """Alarm at ``now`` (aware) whatever of a run's report is not out; whether it is.

    ``run``: the run as Airflow's API shows it. What the watchdog has alarmed is not mailed again.
    """
    from lensan.operations import watching

    def moment(key: str) -> datetime | None:
        return run[key] and datetime.fromisoformat(run[key])

    start, end = moment("data_interval_start"), moment("data_interval_end")
    known = SimpleNamespace(
        data_interval_start=start, data_interval_end=end, run_after=moment("run_after")
    )
    period = report_runs.period_of(kind, {"params": run.get("conf") or {}, "dag_run": known})
    return watching.alarm_if_late(
        connections.warehouse_engine(), period, connections.smtp_server(), moment=now
    ).is_out
