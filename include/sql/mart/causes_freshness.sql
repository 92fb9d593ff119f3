-- Exports that made a platform fresh for a period after a moment. Grain: one row per file.
select file_id
from ops.source_file
where source = any(cast(:platforms as text[])) and received_at > :known_at
  and status in ('loaded', 'duplicate') and export_date >= cast(:last_day as date)
order by file_id
