"""The weekly report of Appendix II: an Airflow DAG, due once a week (include/calendar.yml)."""

from __future__ import annotations

from datetime import datetime

from lensan.domain.periods import ICT
from report_dag import report_dag
from reporting_calendar import ReportingWeek

weekly_report = report_dag(
    "week",
    ReportingWeek(),
    start_date=datetime(2021, 10, 14, tzinfo=ICT),
    pattern=r"^\d{4}-\d{2}-\d{2}$",
    example="Ngày phải nộp, như 2021-11-18",
    doc="""
### Báo cáo tuần (Phụ lục II)
Covers the days from the due day before until the due day, 00:00 (Asia/Ho_Chi_Minh). Begins with a last sweep of all
sources, so one run is enough. Publishing a week that is published already changes nothing; mails go
once per recipient. To run a week by hand: *Trigger*, set `period` to its due day.
""",
)
