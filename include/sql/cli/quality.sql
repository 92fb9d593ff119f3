-- name: show
-- Where a check failed when it was last asked. Grain: one row per place.
select finding.unit_code as unit, finding.indicator_code as indicator, finding.field, finding.found,
       finding.expected, finding.failed_rows
from ops.check_finding as finding
where finding.check_name = :check_name
  and finding.run_id = (select max(run_id) from ops.check_result where check_name = :check_name)
order by finding.position;

-- name: trend
select report_kind || ' ' || period as period, severity,
       case when is_passed then 'passed' else 'failed' end as verdict, failed_rows, checked_rows, runs,
       runs_failed, checked_at
from ops.check_trend
where check_name = :check_name
order by report_kind desc, check_trend.period;
