-- III.5  Traceable agricultural products (1) and producers (2).
-- Grain: one row per listing of a traceable product, and per stall of a traceable producer.
with stall as (
    select unit_code, producer_id, opened_on, closed_on, record_id,
           min(traceability_on) over (partition by producer_id) as producer_traceability_on
    from core.counted_stall
)
select 1 as part, unit_code, product_key as thing,
       product_traceability_on as happened_on, listed_on as live_from, live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.counted_listing
where product_group = 'agri' and product_traceability_on is not null
union all
select 2 as part, unit_code, producer_id::text as thing,
       producer_traceability_on as happened_on, opened_on as live_from, closed_on as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from stall
where producer_traceability_on is not null
