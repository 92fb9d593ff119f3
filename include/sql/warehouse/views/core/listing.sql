-- Two listings of one producer are one product when their OCOP codes are equal, or their normalised
-- names are and they do not bear two different codes. A listing without a code joins the first code
-- of its name. A mark or a traceability belongs to the product, from its earliest date.
drop view if exists core.listing cascade;
create view core.listing as
with listed as (
    select listing.entity_key, listing.platform, listing.product_id, listing.name, listing.seller_id,
           listing.product_group, listing.category, listing.ocop_code, listing.price_vnd,
           listing.sales_unit, listing.net_weight_kg, listing.listed_on, listing.delisted_on,
           listing.brand_mark_on, listing.traceability_on, listing.farmer_discount_pct,
           listing.name_key, listing.category_key, listing.record_id,
           least(listing.delisted_on, stall.closed_on) as live_until,
           stall.province_code, stall.kind as stall_kind, stall.producer_id,
           stall.producer_kind, stall.producer_unit_code as unit_code, stall.is_counted,
           coalesce(stall.producer_id::text, stall.entity_key) as owner_key
    from core.listing_version as listing
    join core.stall
      on stall.entity_key = listing.platform || '|' || listing.seller_id
    where listing.known_from <= core.known_at() and listing.known_until > core.known_at()
),
named as (
    select listed.*,
           owner_key || '|' || coalesce(
               ocop_code,
               min(ocop_code) over (partition by owner_key, name_key),
               'name ' || name_key) as product_key
    from listed
)
select named.*,
       min(brand_mark_on) over (partition by product_key) as product_brand_mark_on,
       min(traceability_on) over (partition by product_key) as product_traceability_on
from named;
comment on view core.listing is 'Listings as known, with their product, stall and producer. Grain: one row per listing.';
