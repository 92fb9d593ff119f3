-- name: file
-- Grain: one row, or none when there is no such file.
select file.file_id, file.source, file.name, file.unit_code, unit.full_name as unit, file.export_date,
       file.received_at, file.status, file.reason, rule.label as rule_label, file.rows_read,
       file.rows_accepted, file.rows_quarantined, file.rows_ignored, file.understood
from ops.source_file as file
left join ops.rule on rule.rule = file.rule
left join lateral (
    select unit.full_name from core.unit
    where unit.unit_code = file.unit_code order by unit.valid_from desc limit 1
) as unit on true
where file.file_id = :file_id;

-- name: held_files
-- Files of which something is held back. Grain: one row per file.
select file.file_id, file.source, file.name, file.unit_code, unit.full_name as unit, file.export_date,
       file.received_at, file.rows_read, count(distinct quarantine.record_id) as rows_held,
       count(*) as places, min(quarantine.opened_at) as opened_at,
       string_agg(distinct coalesce(rule.label, quarantine.rule), '; ') as reasons
from ops.quarantine
join ops.source_file as file using (file_id)
left join ops.rule on rule.rule = quarantine.rule
left join lateral (
    select unit.full_name from core.unit
    where unit.unit_code = file.unit_code order by unit.valid_from desc limit 1
) as unit on true
where quarantine.closed_at is null
group by file.file_id, unit.full_name
order by file.received_at desc, file.file_id desc;

-- name: held_rows
-- What is held back of a file. Grain: one row per row of the file and bad field.
select quarantine.sheet, quarantine.row_number, quarantine.field, quarantine.value, quarantine.message,
       coalesce(rule.label, quarantine.rule) as rule_label, quarantine.opened_at
from ops.quarantine
left join ops.rule on rule.rule = quarantine.rule
where quarantine.file_id = :file_id and quarantine.closed_at is null
order by quarantine.sheet nulls first, quarantine.row_number, quarantine.field
limit :most;

-- name: passed_over
-- Rows of a file within or below its tables that count nowhere, headers left out. Grain: one row per row.
select source_table.sheet, source_row.row_number, row_verdict.why,
       left(array_to_string(array_remove(source_row.cells, ''), ' | '), 300) as text,
       count(*) over () as rows_passed_over
from raw.source_table
join raw.source_row using (table_id)
join ops.row_verdict using (record_id)
where source_table.file_id = :file_id and row_verdict.verdict = 'ignored' and row_verdict.why <> 'header'
order by source_row.record_id
limit :most;

-- name: rejected_files
-- Files that were refused as a whole lately. Grain: one row per file.
select file.file_id, file.source, file.name, file.unit_code, unit.full_name as unit, file.export_date,
       file.received_at, rule.label as rule_label, file.reason
from ops.source_file as file
left join ops.rule on rule.rule = file.rule
left join lateral (
    select unit.full_name from core.unit
    where unit.unit_code = file.unit_code order by unit.valid_from desc limit 1
) as unit on true
where file.status = 'rejected' and file.received_at >= :since
order by file.received_at desc, file.file_id desc;

-- name: reports
-- Every published report with its files. Grain: one row per report, revision and file.
select report.report_kind, report.period, report.revision, report.published_at, report.reason,
       release.how, release.released_by, release.released_at, report_file.name, report_file.sha256,
       report_file.size_bytes
from ops.report
join ops.report_file using (report_kind, period, revision)
left join ops.release using (report_kind, period)
order by report.period_end desc, report.report_kind desc, report.revision desc, report_file.name;
