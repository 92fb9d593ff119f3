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
order by file.received_at desc, file.file_id desc
