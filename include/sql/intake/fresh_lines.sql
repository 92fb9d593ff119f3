-- name: add_sales
select core.add_sales_of_file(:first, :last);

-- name: are_kept
-- Whether lines that were copied stand in the stage of their file too. Grain: one row.
select exists(
    select from stage
    join core.order_line_version as line
      on line.entity_key = stage.entity_key and line.known_until = 'infinity'
    where line.record_id between :first and :last
);

-- name: are_known
-- Whether one of the keys has a content now. Grain: one row.
select exists(
    select from core.order_line_version
    where known_until = 'infinity' and entity_key = any(cast(:keys as text[]))
);

-- name: close_quarantine
-- Corrected rows have arrived: what was held back of their keys before is settled, as in core.merge_stage.
with settled as (
    update ops.quarantine set closed_at = :moment, closed_by = :file_id
    from core.order_line_version as line
    where quarantine.closed_at is null and quarantine.entity = 'order_line'
      and line.entity_key = quarantine.entity_key and line.known_until = 'infinity'
      and line.record_id between :first and :last
      and (quarantine.file_id <> :file_id or quarantine.record_id < line.record_id)
    returning quarantine.record_id
)
delete from core.order_line_waiting using settled where order_line_waiting.record_id = settled.record_id;

-- name: is_newest
-- Whether no newer file with order lines of the source has been loaded, in the order of core.merge_stage.
-- Grain: one row.
select not exists (
    select from ops.source_file as this
    join ops.source_file as newer
      on newer.status = 'loaded'
     and newer.source = this.source and newer.file_id <> this.file_id
     and (newer.export_date, newer.received_at, newer.name collate "C")
       > (this.export_date, this.received_at, this.name collate "C")
    join raw.source_table on source_table.file_id = newer.file_id and source_table.entity = 'order_line'
    where this.file_id = :file_id
);

-- name: parents
-- Stalls and listings known now that an order line may name. Grain: one row per stall or listing.
select 'seller_id' as field, seller_id as name, true as is_weighed
from core.stall_version
where platform = :platform and known_until = 'infinity'
union all
select 'product_id', product_id, net_weight_kg is not null
from core.listing_version
where platform = :platform and known_until = 'infinity';

-- name: sales_off
alter table core.order_line_version disable trigger sales_of_arrived;

-- name: sales_on
alter table core.order_line_version enable trigger sales_of_arrived;
