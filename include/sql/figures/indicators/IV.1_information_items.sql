-- IV.1  Information items published (1) and which of the plan's three groups they cover (2).
-- Grain: one row per item and part.
select 1 as part, null::text as unit_code, entity_key as thing,
       published_on as happened_on, published_on as live_from, null::date as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.information
union all
select 2 as part, null::text as unit_code, item_group as thing,
       published_on as happened_on, published_on as live_from, null::date as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.information
