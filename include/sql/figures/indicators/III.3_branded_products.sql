-- III.3  Agricultural products with a brand mark. Grain: one row per listing of a marked product.
select 1 as part, unit_code, product_key as thing,
       product_brand_mark_on as happened_on, listed_on as live_from, live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.counted_listing
where product_group = 'agri' and product_brand_mark_on is not null
