-- name: file
-- Grain: one row, or none when there is no such file.
select file_id, source, name, sha256, received_at, export_date, unit_code, sender,
       status, rule, reason, parameters, duplicate_of, rows_accepted, rows_quarantined
from ops.source_file
where file_id = :file_id;

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

-- name: problems
-- What keeps rows of a file out, and doubts about rows that went in, with the cell in question.
-- Grain: one row per row of the file and bad field or doubt.
with problem as (
    select record_id, field, column_number, value, rule, parameters, message, false as is_doubt
    from ops.quarantine
    where file_id = :file_id and closed_at is null
    union all
    select record_id, field, column_number, value, rule, parameters, message, true
    from ops.row_warning
    where file_id = :file_id
),

placed as (
    select problem.record_id, problem.field, problem.value, problem.rule, problem.parameters,
           problem.message, problem.is_doubt, source_table.sheet, source_row.row_number, source_row.cells,
           coalesce(problem.column_number, array_position(source_table.headers, problem.field)) as known_column
    from problem
    join raw.source_row using (record_id)
    join raw.source_table using (table_id)
),

pointed as (
    -- A problem of the whole row points to its first cell that holds something.
    select placed.*, coalesce(known_column, (
        select min(position)
        from unnest(cells) with ordinality as cell (content, position)
        where btrim(content) <> ''
    ), 1)::integer as column_number
    from placed
)

select sheet, row_number, column_number, coalesce(value, cells[known_column]) as value,
       rule, parameters, message, is_doubt
from pointed
order by is_doubt, record_id, column_number, rule, message;
