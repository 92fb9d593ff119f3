-- name: records
-- What core holds of a person: rows by their keys and order lines by the buyer's phone, in every version. Grain: one row
-- per version.
with wanted as (
    select entity, key from unnest(cast(:entities as text[]), cast(:keys as text[])) as given (entity, key)
)
select 'stall' as entity, entity_key, to_jsonb(row) as said
from core.stall_version as row
join wanted on wanted.entity = 'stall' and wanted.key = row.entity_key
union all
select 'registry', entity_key, to_jsonb(row)
from core.registry_version as row
join wanted on wanted.entity = 'registry' and wanted.key = row.entity_key
union all
select 'wallet', entity_key, to_jsonb(row)
from core.wallet_version as row
join wanted on wanted.entity = 'wallet' and wanted.key = row.entity_key
union all
select 'training', entity_key, to_jsonb(row)
from core.training_version as row
join wanted on wanted.entity = 'training' and wanted.key = row.entity_key
union all
select 'ocop', entity_key, to_jsonb(row)
from core.ocop_version as row
join wanted on wanted.entity = 'ocop' and wanted.key = row.entity_key
union all
select 'season', entity_key, to_jsonb(row)
from core.season_version as row
where contact_phone = any(cast(:numbers as text[]))
union all
select 'order_line', entity_key, to_jsonb(row)
from core.order_line_version as row
where buyer_phone = any(cast(:numbers as text[]))
order by entity, entity_key, said;

-- name: places
-- Where rows of files stand. Grain: one row per record.
select place.record_id, source_file.source, source_file.received_at, source_table.sheet, place.row_number
from unnest(cast(:record_ids as bigint[])) as wanted (record_id)
cross join lateral (
    select wanted.record_id, told.table_id, told.row_number from raw.place_of(wanted.record_id) as told
) as place
join raw.source_table using (table_id)
join ops.source_file using (file_id)
order by source_file.received_at, source_file.source, place.record_id;
