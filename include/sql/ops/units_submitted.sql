-- Grain: one row per unit valid on the period's last day.
select unit.unit_code, unit.full_name as unit,
       case when submission.submission_id is null then 'missing'
            when submission.received_at > :due_at then 'late' else 'on time' end as state,
       submission.received_at, source_file.name as file, source_file.rows_quarantined
from core.unit
left join core.submission
  on submission.unit_code = unit.unit_code and submission.report_kind = :report_kind
 and submission.period_start = :period_start
left join ops.source_file using (file_id)
where unit.valid_from <= :last_day and (unit.valid_to is null or unit.valid_to >= :last_day)
order by unit.position
