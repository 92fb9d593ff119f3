-- name: of_rows
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
       pointed.rule, parameters, message, is_doubt, rule.label as rule_label
from pointed
left join ops.rule on rule.rule = pointed.rule
order by is_doubt, record_id, column_number, pointed.rule, message;
