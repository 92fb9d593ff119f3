"""Is the report out? Asked every five minutes while one is owed, whether or not any run exists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import dag, task

import choices_form
from lensan.domain.periods import ICT
from lensan.operations import tasks
from reporting_calendar import WatchTimes


@dag(
    schedule=WatchTimes(),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    tags=["report", "alarm"],
    default_args={"owner": "lensan", "retries": 0},
    params={
        "report": choices_form.report(),
    },
    doc_md="""
### Watchdog of the deadline
From a report's draft until a day after its deadline. From the automatic release until the deadline
(`include/calendar.yml`) it publishes and mails what nobody released, save a report with nothing in it; from
then on it releases nothing, sends what was released, and alarms whatever is not out (`lensan alarms list`).
The same from cron: `lensan watchdog`.
""",
)
def deadline_watchdog() -> None:
    @task
    def watch(**context: Any) -> dict[str, bool]:
        return tasks.watch(context, datetime.now(ICT))

    watch()


deadline_watchdog()
