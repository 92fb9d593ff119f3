-- Paper numbers that two producers bear, where nobody decided that they are two. Grain: one row per unit,
-- number of such producers; without the numbers.
with bears as (
    select stall.producer_id, stall.paper_number from core.stall where stall.province_code = core.home_province()
    union
    select registry.producer_id, registry.paper_number from core.registry
    union
    select wallet.producer_id, wallet.paper_number from core.wallet
),
shared as (
    select paper_number, min(producer_id) as producer_id, count(distinct producer_id) as producers
    from bears
    where paper_number is not null and producer_id is not null
    group by paper_number
    having count(distinct producer_id) > 1
)
select producer.unit_code, cast(null as text) as indicator_code, sum(shared.producers) as found,
       count(*) as expected
from shared
join core.producer using (producer_id)
group by producer.unit_code
