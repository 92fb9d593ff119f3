-- The rows of the files with these bytes, as they are kept now. Grain: one row per row of a file.
select source_table.sheet, source_row.row_number, source_row.cells
from ops.source_file
join raw.source_table using (file_id)
join raw.source_row using (table_id)
where source_file.sha256 = :sha256
