-- III.4  Producers with a brand mark. Grain: one row per stall of a marked producer.
with stall as (
    select unit_code, producer_id, opened_on, closed_on, record_id,
           min(brand_mark_on) over (partition by producer_id) as producer_brand_mark_on
    from core.counted_stall
)
select 1 as part, unit_code, producer_id::text as thing,
       producer_brand_mark_on as happened_on, opened_on as live_from, closed_on as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from stall
where producer_brand_mark_on is not null
