-- The file's register row, locked until the end of the transaction. Grain: one row.
select file_id, status, rule, received_at, export_date
from ops.source_file
where source = :source and name = :name and sha256 = :sha256
for update
