-- What each unit sent for each period. Grain: one row per period and unit valid on its last day.
with period as (
    select row_number() over (order by starts.period_start) as no, starts.period_start,
           starts.period_end
    from unnest(cast(:starts as date[]), cast(:ends as date[])) as starts (period_start, period_end)
),

form as (
    select unit_code, period_start, count(*) as versions, min(received_at) as first_at,
           max(received_at) as last_at, max(file_id) as file_id
    from core.submission_version
    where report_kind = :report_kind and unit_code is not null
    group by unit_code, period_start
)

select period.no, unit.unit_code, unit.full_name as unit, coalesce(form.versions, 0) as versions,
       form.first_at, form.last_at, coalesce(form.file_id, rejected.file_id) as file_id,
       rejected.received_at as rejected_at, rule.label as rejected_because
from period
join core.unit
  on unit.valid_from <= period.period_end - 1
 and (unit.valid_to is null or unit.valid_to >= period.period_end - 1)
left join form on form.unit_code = unit.unit_code and form.period_start = period.period_start
left join lateral (
    select other.file_id, other.received_at, other.rule
    from ops.source_file as other
    where form.unit_code is null and other.unit_code = unit.unit_code and other.status = 'rejected'
      and other.export_date between period.period_start and period.period_end
    order by other.received_at desc, other.file_id desc
    limit 1
) as rejected on true
left join ops.rule on rule.rule = rejected.rule
order by unit.position, period.no
