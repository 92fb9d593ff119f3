-- name: files
-- Grain: one row per file, newest first.
select file_id, source, unit_code, name, status, received_at, rows_quarantined, reason
from ops.source_file
where (cast(:source as text) is null or source = :source)
  and (cast(:unit as text) is null or unit_code = :unit)
  and (cast(:status as text) is null or status = :status)
order by received_at desc, source, name collate "C", file_id
limit cast(:most as integer);

-- name: quarantine_list
-- Grain: one row per row of a file and bad field.
select quarantine_id, source, name, sheet, row_number, field, value, quarantine.rule, message,
       opened_at, closed_at
from ops.quarantine
join ops.source_file using (file_id)
where (cast(:source as text) is null or source = :source)
  and (cast(:unit as text) is null or unit_code = :unit)
  and (:with_closed or closed_at is null)
order by source, name collate "C", sheet nulls first, row_number, field;

-- name: quarantine_show
-- An entry with its row as read. Grain: one row.
select quarantine.quarantine_id, file.source, file.name as file, quarantine.sheet, quarantine.row_number,
       quarantine.field, quarantine.value, quarantine.rule, quarantine.message, quarantine.opened_at,
       quarantine.closed_at, closer.name as closed_by, source_table.headers, source_row.cells
from ops.quarantine
join ops.source_file as file using (file_id)
left join ops.source_file as closer on closer.file_id = quarantine.closed_by
left join raw.source_row using (record_id)
left join raw.source_table using (table_id)
where quarantine.quarantine_id = :quarantine_id;

-- name: status
-- Grain: one row per source.
select source,
       count(*) filter (where status = 'loaded') as loaded,
       count(*) filter (where status = 'rejected') as rejected,
       count(*) filter (where status = 'duplicate') as duplicate,
       count(*) filter (where status = 'received') as waiting,
       sum(rows_read) as rows_read,
       sum(rows_accepted) as rows_accepted,
       sum(rows_quarantined) as rows_quarantined,
       sum(rows_superseded) as rows_superseded,
       max(export_date) as last_export,
       max(received_at) as last_received
from ops.source_file
group by source
order by source;
