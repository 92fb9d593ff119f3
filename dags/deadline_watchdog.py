"""Is the report out? Asked every five minutes while one is owed, whether or not any run exists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import dag, task

import choices_form
import time_limits
from lensan.domain.periods import ICT
from lensan.operations import tasks
from reporting_calendar import WatchTimes


@dag(
    dag_display_name="Trông chừng hạn nộp · deadline_watchdog",
    schedule=WatchTimes(),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    tags=["report", "alarm"],
    default_args={"owner": "lensan", "retries": 0, "execution_timeout": time_limits.STEP},
    params={
        "report": choices_form.report(),
    },
    doc_md="""
### Trông chừng hạn nộp
Chạy từ lúc lập dự thảo đến hết một ngày sau hạn. Từ giờ tự phát hành đến hạn (`calendar.yml`) thì phát hành
và gửi những gì chưa ai phát hành, trừ báo cáo trống; sau hạn thì không phát hành gì, chỉ gửi nốt thư của báo cáo đã
phát hành và cảnh báo những gì chưa đi (`lensan alarms list`). Từ cron cũng vậy: `lensan watchdog`.

**Ai xem:** người trực, chiều ngày đến hạn.

**Khi đỏ:** báo cáo có thể chưa đi. Gõ ngay `lensan watchdog`; lệnh nói báo cáo nào chưa đi, rồi
`lensan alarms list` nói phải làm gì (sổ tay, 5.6, 5.7 và 5.18).
""",
)
def deadline_watchdog() -> None:
    @task(task_display_name="Báo cáo đã đi chưa?")
    def watch(**context: Any) -> dict[str, bool]:
        return tasks.watch(context, datetime.now(ICT))

    watch()


deadline_watchdog()
