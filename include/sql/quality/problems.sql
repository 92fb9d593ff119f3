-- What did not pass in the files of a source that came since a moment and is not mended: files rejected,
-- rows held back, doubts about rows and forms. No values. Grain: one row per file or row and rule.
select 'files.' || rule as problem, 'file ' || file_id as field
from ops.source_file
where source = :source and received_at >= :since and status = 'rejected'
union all
select 'rows.' || quarantine.rule, quarantine.entity || ': ' || quarantine.field
from ops.quarantine
join ops.source_file as file using (file_id)
where file.source = :source and file.received_at >= :since and quarantine.closed_at is null
union all
select 'doubts.' || warning.rule, coalesce(warning.field, '')
from ops.row_warning as warning
join ops.source_file as file using (file_id)
where file.source = :source and file.received_at >= :since
union all
select 'doubts.' || doubt.rule, coalesce(doubt.unit_code, doubt.sender) || ' ' || doubt.indicator_code
from core.submission_doubt as doubt
join ops.source_file as file using (file_id)
where file.source = :source and file.received_at >= :since
