"""The weekly and monthly reports of further plans: an Airflow DAG each, none where there is one plan."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from lensan.domain import periods, plans
from lensan.domain.periods import ICT
from lensan.operations import report_runs
from report_dag import report_dag
from reporting_calendar import ReportsOfPlan

for plan in plans.plans():
    if plan.printed is None:
        continue  # the first plan's are weekly_report and monthly_report
    for kind in plan.kinds:
        first = periods.containing(kind, plan.start)
        globals()[report_runs.dag_id(kind)] = report_dag(
            kind,
            ReportsOfPlan(kind),
            start_date=datetime.combine(first.start - timedelta(days=1), time(), ICT),
            doc=f"""
### Kế hoạch {plan.printed.number}
Như báo cáo của kế hoạch đầu, với biểu, chỉ tiêu và lịch của kế hoạch này (plans/{plan.key} trong thư mục của tỉnh).""",
        )
