-- name: rejected_files
-- Files of a source that could not be used. Grain: one row per file.
select name, coalesce(sender, unit_code) as known_sender from ops.source_file
where source = :source and status = 'rejected' and received_at >= :since
order by received_at, file_id;

-- name: reminded
-- Reminders of one unit and period. Grain: one row per reminder and address.
select fact, recipient, state, sent_at from ops.mail
where kind = 'reminder' and starts_with(fact, :prefix)
order by fact, recipient;

-- name: units_submitted
-- Grain: one row per unit, or region in its units' place, that reports on the period's last day.
select unit.unit_code, unit.full_name as unit,
       case when submission.submission_id is null then 'missing'
            when came.is_on_time then 'on_time' else 'late' end as state,
       submission.received_at, source_file.name as file, source_file.rows_quarantined,
       rate.on_time_pct_8, rate.complete_pct_8
from core.reporters_on(:last_day) as unit
left join core.submission
  on submission.unit_code = unit.unit_code and submission.report_kind = :report_kind
 and submission.period_start = :period_start
left join ops.source_file using (file_id)
-- A correction makes no late unit: its first form counts.
left join mart.unit_report as came
  on came.unit_code = unit.unit_code and came.report_kind = :report_kind
 and came.period_start = :period_start
-- Of the last eight periods in which any unit has reported.
left join lateral (
    select round(100.0 * count(*) filter (where sent.is_on_time) / nullif(count(*), 0), 1) as on_time_pct_8,
           round(100.0 * sum(sent.values_given) / nullif(sum(sent.values_expected), 0), 1) as complete_pct_8
    from (
        select distinct period_start
        from mart.unit_report
        where report_kind = :report_kind and period_start <= :period_start
        order by period_start desc
        limit 8
    ) as period
    left join mart.unit_report as sent
      on sent.unit_code = unit.unit_code and sent.report_kind = :report_kind
     and sent.period_start = period.period_start
) as rate on true
order by unit.position;
