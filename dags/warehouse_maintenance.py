"""Keeps a home in order, nightly: drafts, leftovers, published files, raw files, statistics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.timetables.interval import CronDataIntervalTimetable

from lensan.domain.periods import ICT
from lensan.operations import tasks


@dag(
    schedule=CronDataIntervalTimetable("30 2 * * *", timezone="Asia/Ho_Chi_Minh"),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    tags=["maintenance"],
    default_args={"owner": "lensan", "retries": 1, "retry_delay": 300},
    params={
        "note": Param(
            None, type=["null", "string"], title="Ghi chú", description="Vì sao chạy tay"
        ),
    },
    doc_md="""
### Maintenance
Removes drafts of published reports and half-copied files, writes published files again that are missing
on disk (from the warehouse, the same bytes), also raw files that brought a forgotten person back; removes what is
older than the retention rules say; checks the newest raw files against their SHA-256, renews the
planner's statistics. Never changes a figure. `lensan doctor` says what to mend.
""",
)
def warehouse_maintenance() -> None:
    @task
    def maintain(**context: Any) -> dict[str, int]:
        return tasks.maintain(context)

    maintain()


warehouse_maintenance()
