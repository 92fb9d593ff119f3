"""What the weekly and the monthly report's DAGs share: sweep, resolve, compute, release, publish, deliver."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, task
from airflow.timetables.base import Timetable

from lensan.domain.periods import ICT
from lensan.operations import tasks
from operations_board import with_data_docs
from reporting_calendar import deadline

RELEASE = "Phát hành"


class Release(HITLOperator):
    """Asks the officer, until the automatic release; nobody is asked twice for one answer."""

    def __init__(self, *, kind: str, **kwargs):
        super().__init__(
            options=[RELEASE],
            defaults=[RELEASE],
            response_timeout=timedelta(hours=2, minutes=30),
            **kwargs,
        )
        self.kind = kind

    def execute(self, context):
        if (given := tasks.answer_given(self.kind, context)) is not None:
            return given
        self.response_timeout = tasks.time_to_release(self.kind, context, datetime.now(ICT))
        return super().execute(context)


def report_dag(
    kind: str,
    schedule: Timetable,
    *,
    start_date: datetime,
    doc: str,
    title: str,
    pattern: str,
    example: str,
):
    """Make the DAG ``weekly_report`` or ``monthly_report``; ``kind`` is week or month."""

    @dag(
        dag_id=f"{kind}ly_report",
        schedule=schedule,
        deadline=deadline(kind),
        start_date=start_date,
        catchup=False,
        max_active_runs=1,
        doc_md=doc,
        tags=["report", kind],
        default_args={"owner": "so-tttt", "retries": 2, "retry_delay": 10},
        params={
            "period": Param(
                None,
                type=["null", "string"],
                pattern=pattern,
                title=title,
                description=f"As {example}; empty: the run's own interval",
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
            "correct": Param(
                False,
                type="boolean",
                title="Correct",
                description="Publish the next revision of a published report where a figure is different",
            ),
            "reason": Param(
                None,
                type=["null", "string"],
                title="Reason",
                description="Why it is corrected; kept with the revision",
            ),
            "wait_for_officer": Param(
                False,
                type="boolean",
                title="Wait for the officer",
                description="Show a draft and wait for its release, as on the schedule",
            ),
            "deliver": Param(
                None,
                type=["null", "boolean"],
                title="Deliver",
                description="Mail it; empty: only on the schedule, never for a backfill or a re-run",
            ),
        },
    )
    def report():
        @task
        def sources() -> list[str]:
            return tasks.sources()

        # A source that is down has been asked often enough by then: the report does not wait for it.
        @task(map_index_template="{{ source }}", retries=1)
        def sweep(source: str, **context) -> dict:
            context["source"] = source
            return tasks.sweep(source, context)

        @task(trigger_rule="all_done")
        def resolve_producers(**context) -> dict:
            return tasks.resolve_producers(context)

        @task
        def compute_figures(**context) -> dict:
            return tasks.compute_figures(kind, context)

        @task
        def check_quality(**context) -> dict:
            return tasks.check_quality(kind, context)

        @task.branch
        def ask_officer(**context) -> str:
            return tasks.DRAFT_TASK if tasks.waits_for_officer(kind, context) else "publish"

        @task
        def draft(**context) -> dict:
            return tasks.draft(kind, context)

        release = Release(
            task_id=tasks.RELEASE_TASK,
            kind=kind,
            subject="Phát hành báo cáo {{ ti.xcom_pull(task_ids='draft')['period'] }}?",
            body="{{ ti.xcom_pull(task_ids='draft')['summary'] }}",
        )

        @task
        def sweep_again(**context) -> dict:
            return tasks.sweep_again(context)

        @task(trigger_rule="none_failed_min_one_success")
        def publish(ti=None, **context) -> dict:
            answer = ti.xcom_pull(task_ids=tasks.RELEASE_TASK)
            return tasks.publish(kind, context, datetime.now(ICT), answer)

        @task
        def deliver(**context) -> dict:
            return tasks.deliver(kind, context, datetime.now(ICT))

        @task
        def export(**context) -> dict:
            return tasks.export(kind, context)

        asked, published = ask_officer(), publish()
        (
            sweep.expand(source=sources())
            >> resolve_producers()
            >> compute_figures()
            >> with_data_docs(check_quality())
            >> asked
            >> published
            >> deliver()
        )
        published >> export()
        asked >> draft() >> release >> sweep_again() >> published

    return report()
