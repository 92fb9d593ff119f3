drop view if exists mart.product cascade;
create view mart.product as
select product_id, min(producer_id) as producer_id, min(unit_code) as unit_code,
       bool_or(is_of_producer) as is_of_producer, min(product_group) as product_group,
       min(category collate "C") as category, min(category_key collate "C") as category_key,
       min(ocop_code) as ocop_code, count(*) as listings,
       count(distinct platform) as platforms, min(listed_on) as first_listed_on,
       case when bool_and(live_until_on is not null) then max(live_until_on) end as live_until_on,
       min(product_brand_mark_on) as brand_mark_on, min(product_traceability_on) as traceability_on
from mart.listing
group by product_id;
comment on view mart.product is 'Products: listings of one producer with equal OCOP codes or names. A row is of a single producer: not for the public. Grain: one row per product.';
comment on column mart.product.product_id is 'Number of the product: that of its first listing.';
comment on column mart.product.producer_id is 'Its producer (mart.producer); null outside the province.';
comment on column mart.product.unit_code is 'Its producer''s unit.';
comment on column mart.product.is_of_producer is 'Whether it is a producer''s of the province and no company''s, so that it counts in III.';
comment on column mart.product.product_group is 'agri, input or other; of several the first by the alphabet';
comment on column mart.product.category is 'Loại sản phẩm; of several the first by the alphabet; null where it may be somebody''s name.';
comment on column mart.product.category_key is 'The same, normalised: joins product_key of mart.season, mart.key_product and mart.price.';
comment on column mart.product.ocop_code is 'Its code in the OCOP catalogue (mart.ocop).';
comment on column mart.product.listings is 'Its listings, on all platforms.';
comment on column mart.product.platforms is 'Number of platforms it is listed on.';
comment on column mart.product.first_listed_on is 'First day of its first listing.';
comment on column mart.product.live_until_on is 'Day its last listing went; null while one is live.';
comment on column mart.product.brand_mark_on is 'Since when it bears a brand mark.';
comment on column mart.product.traceability_on is 'Since when it is traceable.';
