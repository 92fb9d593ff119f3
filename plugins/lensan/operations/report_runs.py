"""What a run of a report's DAG was asked to do, and what follows from it: pure decisions of moments.

A run's own interval is the period unless its params name one; the clock is never asked for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lensan.domain import periods, plans
from lensan.domain.periods import ICT, Period
from lensan.domain.settings import ONE_SHOT
from lensan.operations import choices

PATIENCE = timedelta(days=14)
"""How long a run that somebody told to wait does so, where no deadline ends the waiting."""
RELEASE, NOT_YET = "Phát hành", "Chưa phát hành"
QUESTION = "Phát hành báo cáo {period}?"
"""The subject of the question to the officer, of a period's name."""
WHY = "why"
"""The field of the question in which an officer says why it is not to be released yet."""
TESTER = "dag_test"
"""Airflow's name for who runs `airflow dags test`: nobody."""


@dataclass(frozen=True)
class Asked:
    """A run. ``by``: who began it, null for the schedule. ``publish``, ``deliver``: as somebody chose, null:
    by the schedule. ``wait``: show a draft and wait for the officer. ``reason``: of a correction."""

    period: Period
    run_type: str
    by: str | None
    publish: bool | None
    deliver: bool | None
    correct: bool
    wait: bool
    reason: str | None

    @property
    def is_scheduled(self) -> bool:
        """Whether the schedule began the run, and nobody else."""
        return self.run_type == "scheduled"

    @property
    def computes_only(self) -> bool:
        """Whether somebody asked for the figures and no report, or nobody for a report and its plan is over."""
        return self.publish is False or (self.publish is None and self.period.is_after_plan)

    @property
    def wants_mail(self) -> bool:
        """Whether the run mails what it publishes: on the schedule, else only where somebody asked."""
        return self.is_scheduled if self.deliver is None else self.deliver

    def waits(self, now: datetime) -> bool:
        """Whether the run shows a draft and waits for the officer: where somebody asked for it, whatever
        the period; on the schedule until the automatic release. ``now`` is aware."""
        if self.correct or self.computes_only:
            return False
        return self.wait or (self.is_scheduled and now < self.period.automatic_release_at)

    def due_at(self) -> datetime | None:
        """When the run's report is due (Asia/Ho_Chi_Minh); null for a run that owes nothing: a backfill, a
        run by hand, one that does not publish."""
        if self.computes_only or not (self.is_scheduled or self.wait):
            return None
        return self.period.due_at


def asked(kind: str, context: Mapping[str, Any]) -> Asked:
    """From a run's context. ``params`` may lack what was not given. Raises ValueError for a period or a
    choice that is none."""
    params, run = context["params"], context["dag_run"]
    run_type = getattr(run, "run_type", "manual")
    return Asked(
        period=period_of(kind, context),
        run_type=str(getattr(run_type, "value", run_type)),
        by=_who(run),
        publish=choices.decided(params.get("publish")),
        deliver=choices.decided(params.get("deliver")),
        correct=bool(choices.decided(params.get("correct"))),
        wait=bool(params.get("wait_for_officer")),
        reason=params.get("reason") or None,
    )


def dag_id(kind: str) -> str:
    """The DAG of a kind of report: weekly_report, of a further plan weekly_report_kh2."""
    key = plans.key(kind)
    return f"{plans.cadence(kind)}ly_report" + (f"_{key}" if key else "")


def period_of(kind: str, context: Mapping[str, Any]) -> Period:
    """The param, else the run's data interval, else the last period ended at its run_after."""
    name = context["params"].get("period")
    if name:
        return periods.parse(kind, name)
    run = context["dag_run"]
    if run.data_interval_start is not None and run.data_interval_start != run.data_interval_end:
        day = run.data_interval_start.astimezone(ICT).date()
        return periods.containing(kind, day)
    return periods.due_at_or_before(kind, run.run_after)


def _who(run: Any) -> str | None:
    """Who began a run: the user of Airflow, the account that ran `make report`; null for the schedule."""
    name = getattr(run, "triggering_user_name", None)
    if name == TESTER:
        return os.environ.get(ONE_SHOT) or None
    return name or None
