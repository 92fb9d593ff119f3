-- Files that were fetched and registered, but whose load died. Grain: one row per file.
select file.name, file.sha256, file.size_bytes, file.export_date
from ops.source_file as file
where file.source = :source and file.status = 'received'
  and exists (select from ops.remote_object as object where object.file_id = file.file_id)
order by file.file_id
