-- name: figure_then
-- A published figure. Grain: one row.
select in_period, in_period_2, cumulative, cumulative_2, base, target_share, completion_pct, channel,
       published_at
from mart.indicator_published
where report_kind = :report_kind and period = :period and revision = :revision
  and unit_code = :unit and indicator_code = :code;

-- name: record_places
-- Where records stand: file, sheet and row as a person counts. Grain: one row per record.
with wanted as (
    select unnest(cast(:record_ids as bigint[])) as record_id
),
line as (
    -- Lines that were taken as they stand: their rows are kept in the file alone.
    select record_id, entity_key
    from core.order_line_version
    where record_id between (select min(record_id) from wanted) and (select max(record_id) from wanted)
)
select wanted.record_id, file.source, file.name as file, source_table.sheet, place.row_number,
       coalesce(place.entity_key, line.entity_key) as entity_key, source_table.entity
from wanted
cross join lateral raw.place_of(wanted.record_id) as place
join raw.source_table on source_table.table_id = place.table_id
join ops.source_file as file on file.file_id = source_table.file_id
left join line on line.record_id = wanted.record_id;
