"""The weekly report of Appendix II: sweep, resolve, compute, publish, deliver."""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import Param, dag, task

from lensan import flow
from lensan.periods import ICT
from reporting_calendar import ReportingWeek

DOC = """
### Báo cáo tuần (Phụ lục II)
Covers Thursday 00:00 to the due Thursday 00:00 (Asia/Ho_Chi_Minh). Begins with a last sweep of all
sources, so one run is enough. Publishing a week that is published already changes nothing; mails go
once per recipient. To run a week by hand: *Trigger*, set `period` to its due Thursday.
"""


@dag(
    schedule=ReportingWeek(),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    doc_md=DOC,
    tags=["report", "week"],
    default_args={"owner": "so-tttt", "retries": 2, "retry_delay": 10},
    params={
        "period": Param(
            None,
            type=["null", "string"],
            pattern=r"^\d{4}-\d{2}-\d{2}$",
            title="Week",
            description="Due Thursday, as 2021-11-18; empty: the run's own interval",
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
def weekly_report():
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
        return flow.compute_figures("week", context)

    @task
    def publish(**context) -> dict:
        return flow.publish("week", context)

    @task
    def deliver(**context) -> dict:
        return flow.deliver("week", context)

    (
        sweep.expand(source=sources())
        >> resolve_producers()
        >> compute_figures()
        >> publish()
        >> deliver()
    )


weekly_report()
