"""Builds drafts that wait for release anew: whenever something has come, and every quarter of an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import AssetAny, AssetOrTimeSchedule, Param, dag, task

import lineage
import time_limits
from lensan.domain.periods import ICT
from lensan.operations import tasks
from reporting_calendar import DraftTimes

_TIMES: Any = DraftTimes()


@dag(
    dag_display_name="Dựng lại dự thảo · draft_renewal",
    schedule=AssetOrTimeSchedule(timetable=_TIMES, assets=AssetAny(*lineage.all_core())),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    # Publishes nothing, writes to nobody, and an officer reads what it makes.
    is_paused_upon_creation=False,
    tags=["report", "draft"],
    default_args={
        "owner": "lensan",
        "retries": 1,
        "retry_delay": 60,
        "execution_timeout": time_limits.STEP,
    },
    params={
        "note": Param(
            None, type=["null", "string"], title="Ghi chú", description="Vì sao chạy tay"
        ),
    },
    doc_md="""
### Dựng lại dự thảo
Dự thảo đang chờ cán bộ được dựng lại mỗi khi có số liệu mới vào kho, và 15 phút một lần từ lúc lập dự thảo đến hạn.
Không có gì mới thì không làm gì. Không phát hành, không gửi thư: lúc phát hành báo cáo luôn được dựng từ kho, không từ
dự thảo.

**Ai xem:** người trực, khi dự thảo chưa có số vừa nhận.

**Khi đỏ:** báo cáo vẫn ra đúng hạn. Bấm *Dựng lại dự thảo* trên trang *Điều hành*, rồi đọc câu cuối của nhật ký.
""",
)
def draft_renewal() -> None:
    @task(task_display_name="Dựng lại dự thảo")
    def renew_drafts(**context: Any) -> list[str]:
        return tasks.renew_drafts(context)

    renew_drafts()


draft_renewal()
