-- Grain: one row per row of a file and bad field.
select quarantine_id, source, name, sheet, row_number, field, value, quarantine.rule, message,
       opened_at, closed_at
from ops.quarantine
join ops.source_file using (file_id)
where (cast(:source as text) is null or source = :source)
  and (cast(:unit as text) is null or unit_code = :unit)
  and (:with_closed or closed_at is null)
order by source, name collate "C", sheet nulls first, row_number, field
