-- name: figure_then
-- A published figure. Grain: one row.
select in_period, in_period_2, cumulative, cumulative_2, channel, published_at
from mart.indicator_published
where report_kind = :report_kind and period = :period and revision = :revision
  and unit_code = :unit and indicator_code = :code;

-- name: record_places
-- Where records stand: file, sheet and row as a person counts. Grain: one row per record.
select source_row.record_id, file.source, file.name as file, source_table.sheet, source_row.row_number,
       source_row.entity_key, source_table.entity
from unnest(cast(:record_ids as bigint[])) as wanted (record_id)
join raw.source_row on source_row.record_id = wanted.record_id
join raw.source_table using (table_id)
join ops.source_file as file on file.file_id = source_table.file_id;
