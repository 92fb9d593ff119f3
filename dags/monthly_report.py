"""The monthly report of Appendix III: an Airflow DAG (include/calendar.yml)."""

from __future__ import annotations

from datetime import datetime

from lensan.domain.periods import ICT
from report_dag import report_dag
from reporting_calendar import ReportingMonth

monthly_report = report_dag(
    "month",
    ReportingMonth(),
    start_date=datetime(2021, 10, 1, tzinfo=ICT),
    pattern=r"^\d{4}-\d{2}$",
    example="Tháng, như 2021-11",
    doc="""
### Báo cáo tháng (Phụ lục III)
Covers a calendar month (Asia/Ho_Chi_Minh). Begins with a
last sweep of all sources. To run a month by hand: *Trigger*, set `period`, as 2021-11.
""",
)
