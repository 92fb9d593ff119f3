-- Raw rows of the keys, or in which the digits of a number stand. Grain: one row per row of a file.
select source_row.record_id, source_row.table_id, source_row.row_number, source_row.entity_key,
       source_row.cells, source_table.file_id, source_table.sheet, source_table.entity,
       source_table.headers, source_file.source, source_file.sha256
from raw.source_row
join raw.source_table using (table_id)
join ops.source_file using (file_id)
where exists (
          select 1
          from string_to_table(source_row.entity_key, E'\n') as part
          join unnest(cast(:entities as text[]), cast(:keys as text[])) as erased (entity, key)
            on erased.key = part and erased.entity = source_table.entity)
   or regexp_replace(array_to_string(source_row.cells, '|'), '[^0-9|]', '', 'g') ~ :digits
order by source_row.record_id
