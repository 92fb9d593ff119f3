select report_kind || ' ' || period as period, severity,
       case when is_passed then 'passed' else 'failed' end as verdict, failed_rows, checked_rows, runs,
       runs_failed, checked_at
from ops.check_trend
where check_name = :check_name
order by report_kind desc, check_trend.period
