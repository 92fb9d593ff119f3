-- name: units_on
select set_config('lensan.units_on', cast(cast(:day as date) as text), true);

-- name: things
-- Whatever there is to do something about on a day, and whether it has been done: an entry is open while the thing is
-- there and nothing shows that it was done (docs/rules/reports.md#worklist). Names are for stewards and the unit itself.
-- Grain: one row per kind and thing.
with stall as materialized (
    select counted.entity_key, counted.platform,
           counted.producer_id, counted.unit_code, counted.opened_on, counted.payment_account_on,
           counted.brand_mark_on, stall.stall_name, stall.owner_name
    from core.counted_stall as counted
    join core.stall using (entity_key)
    where counted.opened_on < :day and (counted.closed_on is null or counted.closed_on >= :day)
),

listing as materialized (
    select listing.entity_key, listing.platform, listing.seller_id, listing.product_id, listing.name,
           listing.producer_id, listing.unit_code, listing.product_group, listing.product_key,
           listing.category_key, listing.ocop_code, listing.listed_on, listing.product_brand_mark_on,
           listing.is_counted
    from core.listing
    where listing.listed_on < :day and (listing.live_until is null or listing.live_until >= :day)
      and listing.province_code = core.home_province()
),

sold as materialized (
    select distinct platform, product_id
    from core.counted_order_line
    where status = 'completed' and completed_on < :day
),

certified as materialized (
    select unit_code, name_key
    from core.key_product
    where year = extract(year from cast(:day as date) - 1) and certificate is not null
),

thing as (
    select 'ocop_not_listed' as kind, ocop.unit_code, ocop.ocop_code as thing, ocop.name, ocop.owner_name as owner,
           null::text as platform, ocop.recognised_on as since_on, null::date as due_on,
           exists(select from listing where listing.ocop_code = ocop.ocop_code) as is_done
    from core.ocop
    where ocop.stars >= 3 and ocop.recognised_on < :day and ocop.valid_until >= :day
    union all
    select 'certificate_ending', ocop.unit_code, ocop.ocop_code, ocop.name, ocop.owner_name,
           null, ocop.recognised_on, ocop.valid_until,
           ocop.valid_until > cast(:day as date) + cast(:certificate_days as integer)
    from core.ocop
    where ocop.recognised_on < :day
    union all
    select 'stall_without_products', stall.unit_code, stall.entity_key, stall.stall_name, stall.owner_name,
           stall.platform, stall.opened_on, null,
           exists(
               select from listing
               where listing.platform || '|' || listing.seller_id = stall.entity_key)
    from stall
    union all
    select 'listing_without_sale', listing.unit_code, listing.entity_key, listing.name, stall.owner_name,
           listing.platform, listing.listed_on, null,
           exists(
               select from sold
               where sold.platform = listing.platform and sold.product_id = listing.product_id)
    from listing
    join stall on stall.entity_key = listing.platform || '|' || listing.seller_id
    where listing.is_counted and listing.product_group = 'agri'
      and listing.listed_on <= cast(:day as date) - cast(:sale_days as integer)
    union all
    select 'no_payment_account', min(stall.unit_code), stall.producer_id::text, min(stall.stall_name),
           min(stall.owner_name), null, min(stall.opened_on), null,
           coalesce(bool_or(stall.payment_account_on < :day), false) or exists (
               select from core.wallet
               where wallet.producer_id = stall.producer_id and wallet.opened_on < :day)
    from stall
    group by stall.producer_id
    union all
    select 'product_without_mark', listing.unit_code, listing.product_key, min(listing.name),
           min(stall.owner_name), null, min(listing.listed_on), null,
           coalesce(bool_or(listing.product_brand_mark_on < :day), false)
    from listing
    join stall on stall.entity_key = listing.platform || '|' || listing.seller_id
    join certified on certified.unit_code = listing.unit_code and certified.name_key = listing.category_key
    where listing.is_counted and listing.product_group = 'agri'
    group by listing.unit_code, listing.product_key
)

select thing.kind, thing.unit_code, thing.thing, thing.name, thing.owner, thing.platform, thing.since_on,
       thing.due_on, thing.is_done
from thing
left join core.unit
  on unit.unit_code = thing.unit_code and unit.valid_from <= :day
 and (unit.valid_to is null or unit.valid_to >= :day)
order by unit.position nulls last, thing.kind, thing.due_on nulls last, thing.since_on, thing.thing collate "C";
