"""The monthly report of Appendix III: like the weekly one, for a calendar month."""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import Param, dag, task

from lensan import flow
from lensan.periods import ICT
from reporting_calendar import ReportingMonth

DOC = """
### Báo cáo tháng (Phụ lục III)
Covers a calendar month (Asia/Ho_Chi_Minh), built on the 1st of the next month at 08:00. Begins with a
last sweep of all sources. To run a month by hand: *Trigger*, set `period`, as 2021-11.
"""


@dag(
    schedule=ReportingMonth(),
    start_date=datetime(2021, 10, 1, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    doc_md=DOC,
    tags=["report", "month"],
    default_args={"owner": "so-tttt", "retries": 2, "retry_delay": 10},
    params={
        "period": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-\d{2}$",
            title="Month",
            description="As 2021-11; empty: the run's own interval",
        ),
        "landing": Param(
            None,
            type=["null", "string"],
            title="Landing root",
            description="Folder with postmart/, districts/, …; empty: the configured one",
        ),
        "publish": Param(
            None,
            type=["null", "boolean"],
            title="Publish",
            description="Freeze the report; empty: yes, but a scheduled run only until its due day",
        ),
        "deliver": Param(
            None,
            type=["null", "boolean"],
            title="Deliver",
            description="Mail it; empty: only on the schedule, never for a backfill or a re-run",
        ),
    },
)
def monthly_report():
    @task
    def sources() -> list[str]:
        return flow.sources()

    @task(map_index_template="{{ source }}")
    def sweep(source: str, **context) -> dict:
        context["source"] = source
        return flow.sweep(source, context)

    @task(trigger_rule="all_done")
    def resolve_producers(**context) -> dict:
        return flow.resolve_producers(context)

    @task
    def compute_figures(**context) -> dict:
        return flow.compute_figures("month", context)

    @task
    def publish(**context) -> dict:
        return flow.publish("month", context)

    @task
    def deliver(**context) -> dict:
        return flow.deliver("month", context)

    (
        sweep.expand(source=sources())
        >> resolve_producers()
        >> compute_figures()
        >> publish()
        >> deliver()
    )


monthly_report()
