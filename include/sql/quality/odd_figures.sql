-- What did not pass when the figures of a period were last judged, as known. Grain: one row per check and
-- place, in the order of severity, check and place.
with last_run as (
    select max(run_id) as run_id
    from ops.check_run
    where gate = 'figures' and report_kind = :report_kind and period = :period
      and (known_until is null or known_until <= core.known_at())
)
select result.check_name, declared.label, declared.reason, result.severity, declared.source,
       declared.mended_by, declared.mended_by_name, finding.unit_code, finding.indicator_code, finding.found,
       finding.expected
from last_run
join ops.check_result as result on result.run_id = last_run.run_id and not result.is_passed
join ops.quality_check as declared using (check_name)
left join ops.check_finding as finding
  on finding.run_id = result.run_id and finding.check_name = result.check_name
order by result.severity, result.check_name collate "C", finding.position
