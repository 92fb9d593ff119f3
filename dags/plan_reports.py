"""The weekly and monthly reports of further plans: an Airflow DAG each, none where there is one plan."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from lensan.domain import periods, plans
from lensan.domain.periods import ICT
from lensan.operations import report_runs
from report_dag import report_dag
from reporting_calendar import ReportsOfPlan

WORDS = {
    "week": ("Báo cáo tuần", r"^\d{4}-\d{2}-\d{2}$", "Ngày phải nộp, như 2021-11-18"),
    "month": ("Báo cáo tháng", r"^\d{4}-\d{2}$", "Tháng, như 2021-11"),
}

for plan in plans.plans():
    if plan.printed is None:
        continue  # the first plan's are weekly_report and monthly_report
    for kind in plan.kinds:
        title, pattern, example = WORDS[plans.cadence(kind)]
        first = periods.containing(kind, plan.start)
        globals()[report_runs.dag_id(kind)] = report_dag(
            kind,
            ReportsOfPlan(kind),
            title=f"{title}, {plan.printed.number}",
            start_date=datetime.combine(first.start - timedelta(days=1), time(), ICT),
            pattern=pattern,
            example=example,
            doc=f"""
### {title} của Kế hoạch {plan.printed.number}
Như báo cáo của kế hoạch đầu, với biểu, chỉ tiêu và lịch của kế hoạch này (plans/{plan.key} trong thư mục của tỉnh).""",
        )
