"""The monthly report of Appendix III: an Airflow DAG (calendar.yml)."""

from __future__ import annotations

from datetime import datetime

from lensan.domain.periods import ICT
from report_dag import report_dag
from reporting_calendar import ReportingMonth

monthly_report = report_dag(
    "month",
    ReportingMonth(),
    start_date=datetime(2021, 10, 1, tzinfo=ICT),
    doc="""
### Báo cáo tháng (Phụ lục III)
Một tháng dương lịch (Asia/Ho_Chi_Minh). Bắt đầu bằng lần nhận tệp cuối của mọi nguồn; rồi tính số liệu, kiểm tra, dự thảo,
chờ cán bộ, phát hành, gửi thư.""",
)
