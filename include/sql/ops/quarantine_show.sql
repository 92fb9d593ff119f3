-- An entry with its row as read. Grain: one row.
select quarantine.quarantine_id, file.source, file.name as file, quarantine.sheet, quarantine.row_number,
       quarantine.field, quarantine.value, quarantine.rule, quarantine.message, quarantine.opened_at,
       quarantine.closed_at, closer.name as closed_by, source_table.headers, source_row.cells
from ops.quarantine
join ops.source_file as file using (file_id)
left join ops.source_file as closer on closer.file_id = quarantine.closed_by
left join raw.source_row using (record_id)
left join raw.source_table using (table_id)
where quarantine.quarantine_id = :quarantine_id
