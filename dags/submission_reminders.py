"""Reminds the units whose report is missing, each with its own blank form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import dag, task

import choices_form
from lensan.domain.periods import ICT
from lensan.operations import tasks
from reporting_calendar import ReminderTimes


@dag(
    schedule=ReminderTimes(),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    tags=["mail", "districts"],
    default_args={
        "owner": "lensan",
        "retries": 6,
        "retry_delay": 120,
        "retry_exponential_backoff": True,
    },
    params={
        "report": choices_form.report(),
    },
    doc_md="""
### Nhắc nộp báo cáo
At the times of `include/calendar.yml` each unit without a submission gets its blank form by mail, once per
reminder. A holiday brings a reminder a working day earlier, the deadline stays. Units without an address are named in the log (`lensan addresses add`). Who would be
reminded now: `lensan reminders`. A backfill reminds nobody.
""",
)
def submission_reminders() -> None:
    @task
    def remind(**context: Any) -> dict[str, int]:
        return tasks.remind(context, datetime.now(ICT))

    remind()


submission_reminders()
