-- II.3  Producers with a stall. Grain: one row per producer and stall.
select 1 as part, unit_code, producer_id::text as thing,
       opened_on as happened_on, opened_on as live_from, closed_on as live_until,
       null::date as valid_from, null::date as valid_until,
       null::numeric as amount, record_id
from core.counted_stall
