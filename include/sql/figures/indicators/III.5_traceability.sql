-- III.5  Traceable agricultural products (1) and producers (2).
-- Grain: one row per listing of a traceable product, and per stall of a traceable producer.
with stall as (
    select producer_id, opened_on, closed_on, record_id,
           min(traceability_on) over (partition by producer_id) as producer_traceability_on
    from core.stall
    where province_code = '22' and producer_id is not null
)
select 1 as part, unit_code, product_key as thing,
       product_traceability_on as happened_on, listed_on as live_from, live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.listing
where province_code = '22' and producer_id is not null and producer_kind is distinct from 'company'
  and product_group = 'agri' and product_traceability_on is not null
union all
select 2 as part, producer.unit_code, stall.producer_id::text as thing,
       stall.producer_traceability_on as happened_on, stall.opened_on as live_from,
       stall.closed_on as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, stall.record_id
from stall
join core.producer using (producer_id)
where stall.producer_traceability_on is not null and producer.kind is distinct from 'company'
