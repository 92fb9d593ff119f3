-- name: alike_files
-- Files some of whose rows were not read, since the export before says them. Grain: one row per content.
select distinct source_file.sha256
from raw.plain_rows
join raw.source_table using (table_id)
join ops.source_file using (file_id)
where plain_rows.is_alike
order by source_file.sha256;

-- name: file_rows
-- The rows of the files with these bytes, as they are kept now. Grain: one row per row of a file.
select source_table.sheet, source_row.row_number, source_row.cells
from ops.source_file
join raw.source_table using (file_id)
join raw.source_row using (table_id)
where source_file.sha256 = :sha256;

-- name: file_written
-- The new bytes stand for the old ones, wherever they arrived.
update ops.erased_file set new_sha256 = :new_sha256 where old_sha256 = :old_sha256;
update ops.source_file set sha256 = :new_sha256, size_bytes = :size_bytes where sha256 = :old_sha256;
update ops.remote_object set sha256 = :new_sha256 where sha256 = :old_sha256;

-- name: unread_files
-- Files that were not loaded: what stands in them is not in the warehouse. Grain: one row per file.
select distinct sha256, name from ops.source_file where status = 'rejected' order by sha256;

-- name: files
-- Raw files to be written again (new_sha256 null) and those that were. Grain: one row per file.
select old_sha256, new_sha256 from ops.erased_file order by old_sha256;
