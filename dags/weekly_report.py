"""The weekly report of Appendix II: an Airflow DAG, due once a week (calendar.yml)."""

from __future__ import annotations

from datetime import datetime

from lensan.domain.periods import ICT
from report_dag import report_dag
from reporting_calendar import ReportingWeek

weekly_report = report_dag(
    "week",
    ReportingWeek(),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    doc="""
### Báo cáo tuần (Phụ lục II)
Từ hạn tuần trước đến hết ngày trước hạn tuần này (Asia/Ho_Chi_Minh). Bắt đầu bằng lần nhận tệp cuối của mọi nguồn; rồi tính
số liệu, kiểm tra, dự thảo, chờ cán bộ, phát hành, gửi thư.""",
)
