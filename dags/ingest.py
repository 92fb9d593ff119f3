"""One DAG per contract in include/sources: what is new of a source goes into the warehouse."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.timetables.interval import CronDataIntervalTimetable

import choices_form
from lensan.domain.contracts import Contract, contracts
from lensan.domain.periods import ICT
from lensan.operations import tasks
from operations_board import with_data_docs


@task
def sweep(source: str, **context: Any) -> dict[str, int]:
    return tasks.sweep(source, context)


@task
def resolve_producers(**context: Any) -> dict[str, int]:
    return tasks.resolve_producers(context)


@task
def check_rows_and_core(source: str, ti: Any = None, **context: Any) -> dict[str, Any]:
    return tasks.check_source(source, context, ti.xcom_pull(task_ids="sweep"))


@task
def renew_drafts(**context: Any) -> list[str]:
    return tasks.renew_drafts(context)


# A location that is down fails the sweep after everything else was loaded.
@task(trigger_rule="all_done")
def answer_senders(**context: Any) -> dict[str, int]:
    return tasks.answer_senders(context)


def page(contract: Contract) -> str:
    """The DAG's page, in Markdown."""
    places = [f"`{folder}/` of the landing root" for folder in contract.folders]
    places += [f"{each.url} (connection `{each.connection}`)" for each in contract.remote]
    return f"""
### {contract.title}
Takes in what is new in {", ".join(places)}: received, recognised, read, checked, merged. Safe to run at any time, also twice at once. Contract: `include/sources/{contract.source}.yml`.
Sender: {contract.contact}.
"""


def ingest(contract: Contract) -> None:
    @dag(
        dag_id=f"ingest_{contract.source}",
        schedule=CronDataIntervalTimetable(contract.schedule, timezone="Asia/Ho_Chi_Minh"),
        start_date=datetime(2021, 10, 14, tzinfo=ICT),
        catchup=False,
        max_active_runs=1,
        doc_md=page(contract),
        tags=["ingest", contract.kind],
        default_args={
            "owner": "lensan",
            "retries": 3,
            "retry_delay": 60,
            "retry_exponential_backoff": True,
        },
        params={
            "landing": choices_form.landing(),
            "answer": Param(
                False,
                type="boolean",
                title="Trả lời nơi gửi",
                description="Gửi thư trả lời địa phương về tệp đã nhận, như khi chạy theo lịch",
            ),
        },
    )
    def ingest_source() -> None:
        swept = sweep(contract.source)
        checked = with_data_docs(check_rows_and_core(contract.source))
        swept >> resolve_producers() >> checked >> renew_drafts()
        if contract.kind == "submission":
            swept >> answer_senders()

    ingest_source()


for each in contracts().values():
    ingest(each)
