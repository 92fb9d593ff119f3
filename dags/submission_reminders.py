"""Reminds the units whose report is missing, each with its own blank form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import dag, task

import choices_form
import time_limits
from lensan.domain.periods import ICT
from lensan.operations import tasks
from reporting_calendar import ReminderTimes


@dag(
    dag_display_name="Nhắc nộp báo cáo · submission_reminders",
    schedule=ReminderTimes(),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    max_active_runs=1,
    tags=["mail", "districts"],
    default_args={
        "owner": "lensan",
        "retries": 6,
        "retry_delay": 120,
        "retry_exponential_backoff": True,
        "execution_timeout": time_limits.MAILS,
    },
    params={
        "report": choices_form.report(),
    },
    doc_md="""
### Nhắc nộp báo cáo
Theo giờ ở `calendar.yml`, địa phương chưa nộp nhận biểu mẫu của mình qua thư, mỗi lần nhắc một thư. Ngày nghỉ
thì nhắc sớm hơn một ngày làm việc, hạn nộp không đổi. Địa phương chưa có địa chỉ thì nhật ký nêu tên
(`lensan addresses add`). Lúc này ai sẽ được nhắc: `lensan reminders`. Chạy bù không nhắc ai.

**Ai xem:** người trực, sau mỗi giờ nhắc.

**Khi đỏ:** thường là máy chủ thư: `lensan doctor`, sửa, bấm *Trigger*; địa phương đã nhận thư thì không nhận lần
nữa. Gấp thì gửi tay: `lensan forms` (sổ tay, 5.3).
""",
)
def submission_reminders() -> None:
    @task(task_display_name="Nhắc nộp")
    def remind(**context: Any) -> dict[str, int]:
        return tasks.remind(context, datetime.now(ICT))

    remind()


submission_reminders()
