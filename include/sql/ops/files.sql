-- Grain: one row per file, newest first.
select file_id, source, unit_code, name, status, received_at, rows_quarantined, reason
from ops.source_file
where (cast(:source as text) is null or source = :source)
  and (cast(:unit as text) is null or unit_code = :unit)
  and (cast(:status as text) is null or status = :status)
order by received_at desc, source, name collate "C", file_id
limit cast(:most as integer)
