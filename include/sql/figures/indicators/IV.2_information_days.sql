-- IV.2  Days on which anything was published. Grain: one row per item.
select 1 as part, null::text as unit_code, published_on::text as thing,
       published_on as happened_on, published_on as live_from, null::date as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.information
