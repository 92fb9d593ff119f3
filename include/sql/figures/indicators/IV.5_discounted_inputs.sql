-- IV.5  Categories of input goods with a discount for farming households, as last exported.
-- Grain: one row per listing.
select 1 as part, null::text as unit_code, category_key as thing,
       listed_on as happened_on, listed_on as live_from, live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.listing
where product_group = 'input' and farmer_discount_pct > 0 and category_key is not null
