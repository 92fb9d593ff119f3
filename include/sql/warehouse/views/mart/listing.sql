drop view if exists mart.listing cascade;
create view mart.listing as
with first_row as (
    select entity_key, min(record_id) as listing_id from core.listing_version group by entity_key
),
stall_row as (
    select entity_key, min(record_id) as stall_id from core.stall_version group by entity_key
)
select first_row.listing_id,
       min(first_row.listing_id) over (partition by listing.product_key) as product_id,
       stall_row.stall_id, listing.producer_id, listing.platform, listing.unit_code,
       listing.province_code,
       listing.is_counted as is_of_producer,
       listing.product_group, public_category.category, public_category.category_key,
       ocop.ocop_code, listing.price_vnd, listing.net_weight_kg,
       round(listing.price_vnd / nullif(listing.net_weight_kg, 0)) as price_vnd_kg,
       listing.listed_on, listing.delisted_on, listing.live_until as live_until_on,
       listing.brand_mark_on, listing.traceability_on,
       listing.product_brand_mark_on, listing.product_traceability_on, listing.farmer_discount_pct
from core.listing
join first_row using (entity_key)
join stall_row on stall_row.entity_key = listing.platform || '|' || listing.seller_id
left join core.public_category using (category_key)
left join core.ocop on ocop.ocop_code = listing.ocop_code;
comment on view mart.listing is 'Listings (SKU) of the marketplaces. Without the names sellers give them. A row is of a single producer: not for the public. Grain: one row per listing.';
comment on column mart.listing.listing_id is 'Number of the listing in this warehouse; it stays.';
comment on column mart.listing.product_id is 'The product it is a listing of (mart.product): equal OCOP codes, else equal names of one producer.';
comment on column mart.listing.stall_id is 'Its stall (mart.stall).';
comment on column mart.listing.producer_id is 'Its producer (mart.producer); null outside the province.';
comment on column mart.listing.platform is 'Code of the marketplace: the source of its contract.';
comment on column mart.listing.unit_code is 'Its producer''s unit.';
comment on column mart.listing.province_code is 'Province of the stall.';
comment on column mart.listing.is_of_producer is 'Whether it is a producer''s of the province and no company''s, so that it counts in III.';
comment on column mart.listing.product_group is 'agri, input or other';
comment on column mart.listing.category is 'Loại sản phẩm; null unless an office''s list has it or three sellers use it.';
comment on column mart.listing.category_key is 'The same, normalised: joins product_key of mart.season, mart.key_product and mart.price.';
comment on column mart.listing.ocop_code is 'Its code where the OCOP catalogue has it (mart.ocop).';
comment on column mart.listing.price_vnd is 'Price in đồng a sales unit.';
comment on column mart.listing.net_weight_kg is 'Net weight of a sales unit.';
comment on column mart.listing.price_vnd_kg is 'Price in đồng a kg; null where price or net weight is unknown.';
comment on column mart.listing.listed_on is 'First day of the listing.';
comment on column mart.listing.delisted_on is 'Day it was taken off; null while it is on.';
comment on column mart.listing.live_until_on is 'Day it was taken off or its stall closed, whichever came first.';
comment on column mart.listing.brand_mark_on is 'Since when it bears a brand mark.';
comment on column mart.listing.traceability_on is 'Since when it is traceable.';
comment on column mart.listing.product_brand_mark_on is 'Since when its product bears a brand mark, on any listing.';
comment on column mart.listing.product_traceability_on is 'Since when its product is traceable, on any listing.';
comment on column mart.listing.farmer_discount_pct is 'Discount for farming households, percent.';
