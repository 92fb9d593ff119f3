-- name: file
-- Grain: one row, or none when there is no such file.
select file.file_id, file.source, file.name, file.sha256, file.received_at, file.export_date,
       file.unit_code, file.sender as named_sender, file.status, file.rule, rule.label as rule_label,
       file.reason, file.parameters, file.duplicate_of, file.rows_accepted, file.rows_quarantined
from ops.source_file as file
left join ops.rule on rule.rule = file.rule
where file.file_id = :file_id;
