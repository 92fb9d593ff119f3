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
order by file.received_at desc, file.file_id desc
