-- Grain: one row, or none when there is no such file.
select file.file_id, file.source, file.name, file.unit_code, unit.full_name as unit, file.export_date,
       file.received_at, file.status, file.reason, rule.label as rule_label, file.rows_read,
       file.rows_accepted, file.rows_quarantined
from ops.source_file as file
left join ops.rule on rule.rule = file.rule
left join lateral (
    select unit.full_name from core.unit
    where unit.unit_code = file.unit_code order by unit.valid_from desc limit 1
) as unit on true
where file.file_id = :file_id
