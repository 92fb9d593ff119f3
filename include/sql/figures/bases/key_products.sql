-- Base of III.1: the unit's key products of the year, achieved where one has a product live at the
-- period's end. Grain: one row per key product.
select key_product.unit_code, key_product.name_key as thing, 1 as base,
       exists(
           select 1 from core.counted_listing as listing
           where listing.unit_code = key_product.unit_code
             and listing.category_key = key_product.name_key
             and listing.product_group = 'agri'
             and listing.listed_on < :period_end
             and (listing.live_until is null or listing.live_until >= :period_end)
       )::integer as achieved
from core.key_product
where key_product.year = :year
