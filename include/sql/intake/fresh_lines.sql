-- name: add_sales
select core.add_sales_of_file(:platform, :record_id);

-- name: are_kept
-- Whether lines that were copied stand in the stage of their file too; each key is looked up by itself, since nothing
-- is known yet of how many lines are new. Grain: one row.
select exists(
    select from stage
    where (
        select line.record_id from core.order_line_version as line
        where line.entity_key = stage.entity_key and line.known_until = 'infinity'
    ) between :first and :last
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

-- name: indexes_off
drop index core.order_line_version_entity_key_idx;
drop index core.order_line_version_seller_id_idx;

-- name: indexes_on
-- As the migrations made them.
create unique index order_line_version_entity_key_idx on core.order_line_version (entity_key)
where known_until = 'infinity';
create index order_line_version_seller_id_idx on core.order_line_version (seller_id) where known_until = 'infinity';

-- name: is_most
-- Whether a file is larger than all order lines that are known. Grain: one row.
select size_bytes >= greatest(:least_bytes, pg_relation_size('core.order_line_version'))
from ops.source_file
where file_id = :file_id;

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

-- name: lock_alone
-- Nobody reads order lines until the file is settled; refused at once where somebody does.
lock table core.order_line_version in access exclusive mode nowait;

-- name: open_groups
-- The empty table of a file's lines in groups; the columns are those of core.add_sale_groups.
create temporary table if not exists sale_group (
    counts_for text, seller_id text, product_id text, status text, completed_at timestamptz, ordered_at timestamptz,
    receiving_country_code text, receiving_province_code text, buyer_phone text, order_lines bigint,
    quantity numeric, weight_kg numeric, amount_vnd numeric,
    quantity_scale integer, weight_kg_scale integer, amount_vnd_scale integer
) on commit drop;
truncate sale_group;

-- name: parents
-- Stalls and listings known now that an order line may name. same, same_group: one of those that the kept sums take
-- for the same, of listings also but for their category; itself where they do not know it yet.
-- Grain: one row per stall or listing.
select 'seller_id' as field, stall.seller_id as name, true as is_weighed, false as has_buyers,
       case when kept.seller_id is null then stall.seller_id
            else min(stall.seller_id) over (partition by kept.is_counted, kept.unit_code, kept.seller_id is null) end as same,
       null as same_group
from core.stall_version as stall
left join core.sale_stall as kept using (platform, seller_id)
where platform = :platform and stall.known_until = 'infinity'
union all
select 'product_id', listing.product_id, listing.net_weight_kg is not null,
       coalesce(kept.product_group = 'input', false),
       case when kept.product_id is null then listing.product_id
            else min(listing.product_id) over (
                partition by kept.product_group, kept.category_key, kept.product_id is null) end,
       case when kept.product_id is null then listing.product_id
            else min(listing.product_id) over (partition by kept.product_group, kept.product_id is null) end
from core.listing_version as listing
left join core.sale_listing as kept using (platform, product_id)
where platform = :platform and listing.known_until = 'infinity';

-- name: sales_off
alter table core.order_line_version disable trigger sales_of_arrived;

-- name: sales_on
alter table core.order_line_version enable trigger sales_of_arrived;
