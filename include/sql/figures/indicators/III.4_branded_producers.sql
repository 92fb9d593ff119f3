-- III.4  Producers with a brand mark. Grain: one row per stall of a marked producer.
with stall as (
    select producer_id, opened_on, closed_on, record_id,
           min(brand_mark_on) over (partition by producer_id) as producer_brand_mark_on
    from core.stall
    where province_code = '22' and producer_id is not null
)
select 1 as part, producer.unit_code, stall.producer_id::text as thing,
       stall.producer_brand_mark_on as happened_on, stall.opened_on as live_from,
       stall.closed_on as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, stall.record_id
from stall
join core.producer using (producer_id)
where stall.producer_brand_mark_on is not null and producer.kind is distinct from 'company'
