-- Figures that did not pass when they were last judged, as known, and sources that look asleep. Grain: one
-- row per check and place.
with last_run as (
    select max(run_id) as run_id
    from ops.check_run
    where gate = 'figures' and report_kind = :report_kind and period = :period
      and (known_until is null or known_until <= core.known_at())
)
select finding.indicator_code as indicator, finding.unit_code as unit,
       case result.severity when 'fail' then 'Không đạt' else 'Cảnh báo' end as severity,
       finding.found, finding.expected,
       declared.label || coalesce(': ' || source.title, '') as "check",
       case when declared.mended_by = 'district' then coalesce(report_unit.full_name, declared.mended_by_name)
            else declared.mended_by_name end as mended_by
from last_run
join ops.check_result as result on result.run_id = last_run.run_id and not result.is_passed
join ops.quality_check as declared using (check_name)
left join ops.check_finding as finding
  on finding.run_id = result.run_id and finding.check_name = result.check_name
left join report_unit on report_unit.unit_code = finding.unit_code
left join unnest(cast(:sources as text[]), cast(:source_titles as text[])) with ordinality
    as source (code, title, position) on source.code = declared.source
order by result.severity, result.check_name collate "C", finding.position
