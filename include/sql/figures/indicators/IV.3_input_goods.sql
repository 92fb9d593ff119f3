-- IV.3  Input goods on the platforms, wherever the seller is. Grain: one row per listing.
select 1 as part, null::text as unit_code, product_key as thing,
       listed_on as happened_on, listed_on as live_from, live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.listing
where product_group = 'input'
