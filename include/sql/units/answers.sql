-- name: form
-- What a file's forms declare. Grain: one row per form and indicator; indicator null: an empty form.
select form.submission_id, form.report_kind, form.period_start, form.period_end,
       form.known_until <> 'infinity' as is_replaced,
       value.indicator_code, value.in_period, value.in_period_2, value.cumulative,
       value.cumulative_2, value.note
from core.submission_version as form
left join core.submission_value as value using (submission_id)
where form.file_id = :file_id
order by form.submission_id, value.record_id;

-- name: lists
-- The lists of a file. Grain: one row per entity.
select source_table.entity,
       count(*) filter (where verdict.verdict is null) as rows_accepted,
       count(*) filter (where verdict.verdict = 'quarantined') as rows_quarantined,
       count(*) filter (where verdict.verdict = 'superseded') as rows_superseded
from raw.source_table
join raw.source_row using (table_id)
left join ops.row_verdict as verdict using (record_id)
where source_table.file_id = :file_id and source_table.entity <> 'submission'
group by source_table.entity
order by min(source_table.table_id);
