-- II.3  Producers with a stall. Grain: one row per producer and stall.
select 1 as part, producer.unit_code, stall.producer_id::text as thing,
       stall.opened_on as happened_on, stall.opened_on as live_from, stall.closed_on as live_until,
       null::date as valid_from, null::date as valid_until,
       null::numeric as amount, stall.record_id
from core.stall
join core.producer using (producer_id)
where stall.province_code = '22' and producer.kind is distinct from 'company'
