-- IV.4  Producers of the province that ordered input goods, known by the buyer's phone.
-- Grain: one row per order line. A phone of several producers names none.
with phone_owner as (
    select phone, min(producer_id) as producer_id
    from (
        select phone, producer_id from core.registry
        union
        select phone, producer_id from core.stall where province_code = core.home_province()
    ) as known
    where phone is not null and producer_id is not null
    group by phone
    having count(distinct producer_id) = 1
)
select 1 as part, producer.unit_code, producer.producer_id::text as thing,
       order_line.ordered_on as happened_on, order_line.ordered_on as live_from,
       null::date as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount,
       order_line.record_id
from core.order_line
join phone_owner on phone_owner.phone = order_line.buyer_phone
join core.counted_producer as producer on producer.producer_id = phone_owner.producer_id
where order_line.product_group = 'input'
  and order_line.status not in ('cancelled', 'returned')
