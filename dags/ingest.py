"""One DAG per contract of the province: what is new of a source goes into the warehouse."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowSkipException

import choices_form
import lineage
import time_limits
from lensan.domain.contracts import Contract, contracts
from lensan.domain.contracts import contract as contract_of
from lensan.domain.periods import ICT
from lensan.operations import tasks
from operations_board import with_data_docs
from reporting_calendar import DayTimes


@task(execution_timeout=time_limits.SWEEP, task_display_name="Nhận tệp")
def sweep(source: str, **context: Any) -> dict[str, int]:
    return tasks.sweep(source, context)


@task(task_display_name="Nhận ra ai là một hộ")
def resolve_producers(**context: Any) -> dict[str, int]:
    return tasks.resolve_producers(context)


# Skipped where nothing has come, so that its assets tell of no event.
@task(task_display_name="Kiểm tra chất lượng")
def check_rows_and_core(source: str, ti: Any = None, **context: Any) -> dict[str, Any]:
    swept = ti.xcom_pull(task_ids="sweep")
    checked = tasks.check_source(source, context, swept)
    if not checked:
        raise AirflowSkipException("không có gì mới")
    for asset in lineage.core(contract_of(source)):
        lineage.tell(context, asset, {"source": source, "files": swept})
    return checked


# A location that is down fails the sweep after everything else was loaded.
@task(
    trigger_rule="all_done",
    execution_timeout=time_limits.MAILS,
    task_display_name="Trả lời nơi gửi",
)
def answer_senders(**context: Any) -> dict[str, int]:
    return tasks.answer_senders(context)


def page(contract: Contract) -> str:
    """The DAG's page, in Markdown."""
    places = [f"`{folder}/` của thư mục nhận tệp" for folder in contract.folders]
    places += [f"{each.url} (kết nối `{each.connection}`)" for each in contract.remote]
    return f"""
### Nhận tệp: {contract.title}
Nhận những gì mới ở {", ".join(places)}: giữ lại từng byte, nhận dạng, đọc, kiểm tra, nhập kho. Chạy lúc nào cũng
được, hai lần cùng lúc cũng được. Khai ở `sources/{contract.source}.yml` trong thư mục của tỉnh. Nơi gửi: {contract.contact}.

**Ai xem:** người trực, khi một tệp đã gửi mà *Điều hành* chưa thấy.

**Khi đỏ:** mở việc *Nhận tệp*, đọc câu cuối của nhật ký, nó nói phải sửa gì; sửa rồi bấm *Trigger*. Nguồn khác
không bị ảnh hưởng. Tệp bị từ chối không làm đỏ: xem `lensan files --status rejected` (sổ tay, 5.1 và 5.4).
"""


def ingest(contract: Contract) -> None:
    @dag(
        dag_id=f"ingest_{contract.source}",
        dag_display_name=f"Nhận tệp: {contract.title} · ingest_{contract.source}",
        schedule=DayTimes(contract.schedule),
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
            "execution_timeout": time_limits.STEP,
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
        check = check_rows_and_core.override(
            inlets=[lineage.landed(contract)], outlets=lineage.core(contract)
        )
        swept >> resolve_producers() >> with_data_docs(check(contract.source))
        if contract.kind == "submission":
            swept >> answer_senders()

    ingest_source()


for each in contracts().values():
    ingest(each)
