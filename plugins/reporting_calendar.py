"""Airflow timetables of the reports, whose data interval is the reporting period, and their deadline.

A plain cron's interval is a point (docs/decisions/0005-one-shot-runs.md), so weeks and months
have their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.plugins_manager import AirflowPlugin
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import (
    BaseDeadlineReference,
    DeadlineAlert,
    deadline_reference,
)
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.timetables.interval import CronDataIntervalTimetable
from pendulum import DateTime, instance

from lensan.domain import periods, schedule
from lensan.domain.periods import ICT, Period
from lensan.domain.settings import ONE_SHOT
from lensan.operations import report_tasks, tasks

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class PeriodTimetable(Timetable):
    """Runs once a period, at the moment of its draft; the interval is the period. The calendar is asked at
    every step, so that a run after a change of the deadline has the bounds and the hour of the new rule."""

    kind: str

    def __init__(self) -> None:
        due = periods.owed(self.kind, datetime.now(ICT))
        day = (
            f"{schedule.weekday_name(due.draft_at)} hằng tuần"
            if due.cadence == "week"
            else f"Ngày {due.draft_at.day} hằng tháng"
        )
        self.description = f"{day[0].upper()}{day[1:]}, {due.draft_at:%H:%M}"

    @property
    def summary(self) -> str:
        return self.description

    def serialize(self) -> dict[str, Any]:
        return {}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls()

    def _info(self, period: Period) -> DagRunInfo:
        return DagRunInfo(
            run_after=instance(period.draft_at),
            data_interval=DataInterval(instance(period.starts_at), instance(period.ends_at)),
        )

    def _containing(self, moment: datetime) -> Period:
        day = moment.astimezone(ICT).date()
        return periods.containing(self.kind, day)

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        period = periods.due_at_or_before(self.kind, run_after)
        return DataInterval(instance(period.starts_at), instance(period.ends_at))

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,
        restriction: TimeRestriction,
    ) -> DagRunInfo | None:
        if last_automated_data_interval is not None:
            period = self._containing(last_automated_data_interval.start).next()
        else:
            if restriction.earliest is None:
                return None
            period = self._containing(restriction.earliest)
            if period.starts_at < restriction.earliest:
                period = period.next()
        if not restriction.catchup:
            now = datetime.now(ICT)
            current = self._containing(now)
            while self._info(current).run_after > now:
                current = current.previous()
            period = max(period, current)
        info = self._info(period)
        if (
            restriction.latest is not None
            and info.logical_date
            and info.logical_date > restriction.latest
        ):
            return None
        return info


class ReportingWeek(PeriodTimetable):
    """The weeks of calendar.yml."""

    kind = "week"


class ReportingMonth(PeriodTimetable):
    """Calendar months."""

    kind = "month"


class ReportsOfPlan(PeriodTimetable):
    """The weeks or months of a further plan."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__()

    def serialize(self) -> dict[str, Any]:
        return {"kind": self.kind}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(data["kind"])


class DayTimes(CronDataIntervalTimetable):
    """A schedule of sweeps or of the night, in Asia/Ho_Chi_Minh, told in words."""

    def __init__(self, cron: str, timezone: Any = "Asia/Ho_Chi_Minh") -> None:
        super().__init__(cron, timezone=timezone)
        self.description = cron_in_words(cron)

    @property
    def summary(self) -> str:
        return self.description


def cron_in_words(cron: str) -> str:
    """``*/15 7-18 * * 1-6`` → ``15 phút một lần, 7–18 giờ, thứ Hai đến thứ Bảy``; one that is another kind of
    cron stays as it is."""
    minute, hour, day, month, weekday = cron.split()
    if (day, month) != ("*", "*"):
        return cron
    monday = date(2021, 11, 1)
    if re.fullmatch(r"\*/\d+", minute) and re.fullmatch(r"\*|\d+-\d+", hour):
        words = [f"{minute[2:]} phút một lần"]
        words += [] if hour == "*" else [f"{hour.replace('-', '–')} giờ"]
    elif minute.isdigit() and hour.isdigit():
        words = [f"Hằng ngày, {int(hour):02}:{int(minute):02}"]
    else:
        return cron
    if found := re.fullmatch(r"([1-7])-([1-7])", weekday):
        first, last = (monday + timedelta(days=int(number) - 1) for number in found.groups())
        words.append(f"{schedule.weekday_name(first)} đến {schedule.weekday_name(last)}")
    elif weekday != "*":
        return cron
    return ", ".join(words)


class ReminderTimes(Timetable):
    """Runs at each reminder of calendar.yml; the interval is the time since the reminder before."""

    description = "Theo lịch nhắc của báo cáo tuần và tháng"

    @property
    def summary(self) -> str:
        return self.description

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        last, before = [m for m in tasks.reminder_moments(run_after) if m <= run_after][:-3:-1]
        return DataInterval(instance(before), instance(last))

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,
        restriction: TimeRestriction,
    ) -> DagRunInfo | None:
        if last_automated_data_interval is None and restriction.earliest is None:
            return None
        after: datetime = restriction.earliest or datetime.min.replace(tzinfo=ICT)
        if last_automated_data_interval is not None:
            after = max(after, last_automated_data_interval.end + timedelta(seconds=1))
        if not restriction.catchup:
            now = datetime.now(ICT)
            after = max(after, [m for m in tasks.reminder_moments(now) if m <= now][-1])
        moments = tasks.reminder_moments(after)
        number = next(n for n, moment in enumerate(moments) if moment >= after)
        run_after = instance(moments[number])
        if restriction.latest is not None and run_after > restriction.latest:
            return None
        return DagRunInfo(
            run_after=run_after,
            data_interval=DataInterval(instance(moments[number - 1]), run_after),
        )


class WatchTimes(Timetable):
    """Runs every five minutes while a report is watched; the interval is the time since the tick before."""

    description = "5 phút một lần, từ lúc lập dự thảo đến hết một ngày sau hạn"
    every = tasks.WATCHED_EVERY

    def _next(self, after: datetime) -> datetime:
        return tasks.next_watch(after)

    @property
    def summary(self) -> str:
        return self.description

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return DataInterval(instance(run_after - self.every), run_after)

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,
        restriction: TimeRestriction,
    ) -> DagRunInfo | None:
        after: datetime | None = restriction.earliest
        if last_automated_data_interval is not None:
            after = last_automated_data_interval.end + self.every
        if after is None:
            return None
        if not restriction.catchup:
            after = max(after, datetime.now(ICT) - self.every)
        tick = instance(self._next(after))
        if restriction.latest is not None and tick > restriction.latest:
            return None
        return DagRunInfo(run_after=tick, data_interval=DataInterval(tick - self.every, tick))


class DraftTimes(WatchTimes):
    """Runs every quarter of an hour while a draft may wait for release."""

    description = "15 phút một lần, từ lúc lập dự thảo đến hạn"
    every = tasks.RENEWED_EVERY

    def _next(self, after: datetime) -> datetime:
        return tasks.next_renewal(after)


@deadline_reference()
@dataclass(eq=False)
class ReportDue(BaseDeadlineReference):
    """The moment at which the report of a run is due; none for a run that owes nothing (report_tasks.owed_at)."""

    kind: str = "week"
    required_kwargs = {"dag_id", "run_id"}  # noqa: RUF012  (Airflow wants a set)

    def serialize_reference(self) -> dict[str, Any]:
        return {**super().serialize_reference(), "kind": self.kind}

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> ReportDue:
        return cls(reference_data["kind"])

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models.dagrun import DagRun
        from sqlalchemy import select

        run = session.scalars(
            select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
        ).one()
        return report_tasks.owed_at(self.kind, {"dag_run": run, "params": run.conf or {}})


def deadline_missed(kind: str, context: Mapping[str, Any]) -> None:
    """What Airflow calls when a run has not ended by the deadline of its report."""
    report_tasks.deadline_missed(kind, context["dag_run"], datetime.now(ICT))


def _in_words(due: Period) -> str:
    """The deadline as the page *Deadlines* shows it: ``trước 14:00 thứ Năm``."""
    at = due.due_at
    day = schedule.weekday_name(at) if due.cadence == "week" else f"ngày {at.day} tháng sau"
    return f"trước {at:%H:%M} {day}"


def deadline(kind: str) -> DeadlineAlert | None:
    """The alert of the DAG of a ``kind`` of report, beside the watchdog
    (docs/decisions/0009-reminders-answers-second-line.md).

    None in a one-shot run, whose deadline nobody waits for: `airflow dags test` (3.3.2) takes the alerts
    of a DAG that it has not serialised for their keys, fails at the end of the run and never exits.
    """
    if os.environ.get(ONE_SHOT):
        return None
    return DeadlineAlert(
        name=_in_words(periods.owed(kind, datetime.now(ICT))),
        reference=ReportDue(kind),
        interval=timedelta(0),
        callback=SyncCallback(deadline_missed, {"kind": kind}),
    )


_TIMETABLES = (
    ReportingWeek,
    ReportingMonth,
    ReportsOfPlan,
    ReminderTimes,
    WatchTimes,
    DraftTimes,
    DayTimes,
)


class ReportingCalendarPlugin(AirflowPlugin):
    """Registers timetables and the deadline in Airflow."""

    name = "reporting_calendar"
    timetables = [*_TIMETABLES]  # noqa: RUF012  (Airflow wants a list)
    deadline_references = [ReportDue]  # noqa: RUF012
