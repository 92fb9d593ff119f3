-- III.1  Agricultural products on the platforms (1) and their categories (2).
-- Grain: one row per listing and part.
with listing as (
    select unit_code, product_key, category_key, listed_on, live_until, record_id
    from core.counted_listing
    where product_group = 'agri'
)
select 1 as part, unit_code, product_key as thing,
       listed_on as happened_on, listed_on as live_from, live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from listing
union all
select 2 as part, unit_code, category_key as thing,
       listed_on as happened_on, listed_on as live_from, live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from listing
where category_key is not null
