-- Base of III.5: certified key products of the year, achieved where a live product of one is traceable.
-- Grain: one row per key product; one without certificate counts 0, so that the unit's base is known.
select key_product.unit_code, key_product.name_key as thing,
       (key_product.certificate is not null)::integer as base,
       (key_product.certificate is not null and exists (
           select 1 from core.counted_listing as listing
           where listing.unit_code = key_product.unit_code
             and listing.category_key = key_product.name_key
             and listing.product_group = 'agri'
             and listing.listed_on < :period_end
             and (listing.live_until is null or listing.live_until >= :period_end)
             and listing.product_traceability_on < :period_end
       ))::integer as achieved
from core.key_product
where key_product.year = :year
