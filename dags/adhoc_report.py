"""Makes an ad-hoc report of any days, units and indicators; started by hand only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task

import time_limits
from lensan.domain.periods import ICT
from lensan.operations import adhoc_tasks


def _text(title: str, description: str, **more: Any) -> Param:
    return Param(None, type=["null", "string"], title=title, description=description, **more)


def _list(title: str, description: str) -> Param:
    return Param(
        [], type=["null", "array"], items={"type": "string"}, title=title, description=description
    )


@dag(
    dag_display_name="Báo cáo đột xuất · adhoc_report",
    schedule=None,
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    catchup=False,
    tags=["report", "adhoc"],
    default_args={
        "owner": "lensan",
        "retries": 2,
        "retry_delay": 10,
        "execution_timeout": time_limits.STEP,
    },
    params={
        "first_day": _text("Từ ngày", "Ngày đầu, ví dụ 2021-11-03", format="date"),
        "last_day": _text("Đến hết ngày", "Ngày cuối, đã qua, ví dụ 2021-11-16", format="date"),
        "title": _text("Tiêu đề", "In trên báo cáo", maxLength=70),
        "reason": _text("Lý do", "In trên báo cáo và ghi vào nhật ký", maxLength=130),
        "units": _list(
            "Địa phương", "Mã hoặc tên, mỗi dòng một nơi; để trống: toàn tỉnh và tất cả"
        ),
        "indicators": _list("Chỉ tiêu", "Mã như II.3, mỗi dòng một mã; để trống: tất cả"),
        "mail": _list("Gửi thư đến", "Mỗi dòng một địa chỉ; để trống: không gửi ai"),
    },
    doc_md="""
### Báo cáo đột xuất
Tính, đánh số và đóng băng một báo cáo của những ngày, địa phương và chỉ tiêu được chọn; tệp Excel và PDF nằm ở
`reports/adhoc/<số>/` trong nhà và ở trang *Đột xuất* của bảng *Điều hành*. Chỉ gửi thư cho địa chỉ được điền.

**Ai xem:** người lập báo cáo.

**Khi đỏ:** câu cuối trong nhật ký nói ô nào điền sai; sửa rồi bấm *Trigger* lại. *Gửi thư* đỏ là máy chủ thư:
`lensan doctor`, rồi `lensan adhoc mail SỐ ĐỊA_CHỈ` (sổ tay, 5.23).

**Chạy tay:** bấm *Trigger*, điền các ô.
""",
)
def adhoc_report() -> None:
    @task(task_display_name="Lập báo cáo")
    def make(**context: Any) -> str:
        return adhoc_tasks.make(context)

    @task(task_display_name="Gửi thư")
    def mail(number: Any, **context: Any) -> dict[str, str]:
        return adhoc_tasks.mail(number, context, datetime.now(ICT))

    mail(make())


adhoc_report()
