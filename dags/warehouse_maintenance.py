"""Keeps a home in order, nightly: drafts, leftovers, published files, raw files, statistics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task

import time_limits
from alarm_notifier import AlarmNotifier
from lensan.domain.periods import ICT
from lensan.operations import tasks
from reporting_calendar import DayTimes


@dag(
    dag_display_name="Dọn kho hằng đêm · warehouse_maintenance",
    schedule=DayTimes("30 2 * * *"),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    on_failure_callback=AlarmNotifier(),
    tags=["maintenance"],
    default_args={
        "owner": "lensan",
        "retries": 1,
        "retry_delay": 300,
        "execution_timeout": time_limits.NIGHT,
    },
    params={
        "note": Param(
            None, type=["null", "string"], title="Ghi chú", description="Vì sao chạy tay"
        ),
    },
    doc_md="""
### Dọn kho hằng đêm
Xóa dự thảo của báo cáo đã phát hành và tệp chép dở; ghi lại tệp báo cáo bị mất trên đĩa (từ kho, đúng từng byte) và
tệp gốc mang lại một người đã yêu cầu xóa; xóa những gì quá hạn lưu; so các tệp gốc mới nhất với SHA-256; làm mới
thống kê của kho. Không bao giờ đổi một số liệu.

**Ai xem:** người trực, vài tuần một lần; lần chạy bị lỗi thì có cảnh báo gửi thư.

**Khi đỏ:** gõ `lensan doctor` và làm theo câu *việc phải làm*; hay gặp nhất là đĩa đầy (sổ tay, 5.14). Báo cáo vẫn
ra bình thường.
""",
)
def warehouse_maintenance() -> None:
    @task(task_display_name="Dọn kho")
    def maintain(**context: Any) -> dict[str, int]:
        return tasks.maintain(context)

    maintain()


warehouse_maintenance()
