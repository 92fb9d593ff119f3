"""Is the report out? Asked every five minutes while one is owed, whether or not any run exists."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import dag, task
from airflow.timetables.trigger import MultipleCronTriggerTimetable

import choices_form
from lensan.domain.periods import ICT
from lensan.operations import tasks


@dag(
    schedule=MultipleCronTriggerTimetable(
        "*/5 8-23 * * 4",
        "*/5 8-23 1-5 * *",
        timezone="Asia/Ho_Chi_Minh",
        interval=timedelta(minutes=5),
    ),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    tags=["report", "alarm"],
    default_args={"owner": "so-tttt", "retries": 0},
    params={
        "report": choices_form.report(),
    },
    doc_md="""
### Watchdog of the deadline
Thursdays and the first days of a month. From 13:30 of the due day until 14:00 it publishes and mails what
nobody released, save a report with nothing in it; from 14:00 on it releases nothing, sends what was
released, and alarms whatever is not out (`lensan alarms list`). The same from cron: `lensan watchdog`.
""",
)
def deadline_watchdog():
    @task
    def watch(**context) -> dict:
        return tasks.watch(context, datetime.now(ICT))

    watch()


deadline_watchdog()
