-- Base of III.4: producers with a live certified key product, achieved where the producer is marked.
-- Grain: one row per producer, and one of 0 per unit with a list, so that its base is known.
with marked as (
    select producer_id, min(brand_mark_on) as brand_mark_on
    from core.counted_stall
    where brand_mark_on is not null
    group by producer_id
)
select unit_code, 'list' as thing, 0 as base, 0 as achieved
from core.key_product
where year = :year
group by unit_code
union all
select listing.unit_code, listing.producer_id::text as thing, 1 as base,
       coalesce(marked.brand_mark_on < :period_end, false)::integer as achieved
from core.counted_listing as listing
join core.key_product
  on key_product.unit_code = listing.unit_code and key_product.name_key = listing.category_key
 and key_product.year = :year and key_product.certificate is not null
left join marked using (producer_id)
where listing.product_group = 'agri'
  and listing.listed_on < :period_end
  and (listing.live_until is null or listing.live_until >= :period_end)
group by listing.unit_code, listing.producer_id, marked.brand_mark_on
