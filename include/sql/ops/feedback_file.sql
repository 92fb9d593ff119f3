-- Grain: one row, or none when there is no such file.
select file_id, source, name, sha256, received_at, export_date, unit_code, sender,
       status, rule, reason, duplicate_of, rows_accepted, rows_quarantined
from ops.source_file
where file_id = :file_id
