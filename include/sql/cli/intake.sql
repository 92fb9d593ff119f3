-- name: doubts
-- What was doubted in files, values as read. Grain: one row per file, row and doubt.
select row_warning.file_id, source_table.sheet, source_row.row_number as row, row_warning.field,
       row_warning.column_number, row_warning.value, row_warning.rule, row_warning.message
from ops.row_warning
left join raw.source_row using (record_id)
left join raw.source_table using (table_id)
where row_warning.file_id = any(cast(:files as integer[]))
order by row_warning.file_id, source_row.record_id, row_warning.column_number, row_warning.rule;

-- name: files
-- What is known of the files of a source. Grain: one row per file, in the order they were settled.
select file.file_id, file.source, file.name, file.sha256, file.size_bytes, file.status, file.entity,
       file.unit_code as unit, file.sender, file.period_start, file.period_end, file.export_date, file.received_at,
       file.rows_read, file.rows_accepted, file.rows_quarantined, file.rows_superseded, file.rows_ignored,
       file.rule, file.reason, file.parameters, file.detail, original.name as duplicate_of, file.understood
from ops.source_file as file
left join ops.source_file as original on original.file_id = file.duplicate_of
where file.source = :source
order by file.file_id;

-- name: forms
-- The periods that the forms of files are for. Grain: one row per file, kind and period.
select distinct file_id, report_kind as kind, period_start, period_end
from core.submission_version
where file_id = any(cast(:files as integer[]))
order by file_id, kind, period_start;

-- name: held
-- Values that held rows back. Grain: one row per file, row and bad field.
select file_id, sheet, row_number as row, field, column_number, value, rule, message, closed_at
from ops.quarantine
where file_id = any(cast(:files as integer[]))
order by file_id, record_id, column_number, quarantine_id;

-- name: ignored
-- Rows within or below tables that were passed over, with what stands in them; blank ones are not kept.
-- Grain: one row per file and row.
select source_table.file_id, source_table.sheet, source_row.row_number as row, row_verdict.why,
       array_to_string(array_remove(source_row.cells, ''), ' | ') as text
from ops.row_verdict
join raw.source_row using (record_id)
join raw.source_table using (table_id)
where row_verdict.verdict = 'ignored'
  and source_table.file_id = any(cast(:files as integer[]))
order by source_table.file_id, source_row.record_id;

-- name: later
-- The newest arrival after a moment; null: there is none. Grain: one row.
select max(received_at) from ops.source_file where received_at > :moment;
