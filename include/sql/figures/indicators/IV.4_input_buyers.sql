-- IV.4  Producers of the province that ordered input goods, known by the buyer's phone.
-- Grain: one row per order line, or per day or month and buyer of them. A phone of several producers names none.
with phone_owner as materialized (
    select phone, case when min(producer_id) = max(producer_id) then min(producer_id) end as producer_id
    from (
        select phone, producer_id from core.registry
        union
        select phone, producer_id from core.stall where province_code = core.home_province()
    ) as known
    where phone is not null and producer_id is not null
    group by phone
)
select 1 as part, producer.unit_code, producer.producer_id::text as thing,
       ordered_input.ordered_on as happened_on, ordered_input.ordered_on as live_from,
       null::date as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount,
       ordered_input.record_id, ordered_input.records
from core.ordered_input
join phone_owner on phone_owner.phone = ordered_input.buyer_phone
join core.counted_producer as producer on producer.producer_id = phone_owner.producer_id
