-- The last verdict of each check, worst first. Grain: one row per check that was ever asked.
with last_result as (
    select distinct on (result.check_name) result.check_name, result.severity, result.is_passed,
           result.checked_rows, result.failed_rows, run.report_kind, run.period, run.checked_at
    from ops.check_result as result
    join ops.check_run as run using (run_id)
    order by result.check_name, result.run_id desc
)
select last_result.check_name as "check", declared.gate, last_result.severity,
       case when is_passed then 'passed' else 'failed' end as verdict, failed_rows, checked_rows,
       declared.label, declared.reason, declared.mended_by, declared.mended_by_name,
       last_result.report_kind || ' ' || last_result.period as period, last_result.checked_at
from last_result
join ops.quality_check as declared using (check_name)
where (:with_passed or not is_passed)
  and (cast(:gate as text) is null or declared.gate = :gate)
  and (cast(:source as text) is null or declared.source = :source)
order by is_passed, last_result.severity, last_result.check_name
