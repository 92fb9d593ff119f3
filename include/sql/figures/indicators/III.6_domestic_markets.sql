-- III.6  Receiving provinces, the home province among them. Grain: one row per sale and list of
-- provinces: a report until 2025-07-01 counts the 63 of then, a later one the 34 since.
with line as (
    select unit_code, receiving_province_code, completed_on, record_id, records
    from core.counted_market
    where product_group = 'agri'
      and receiving_country_code = 'VN' and receiving_province_code is not null
)
select 1 as part, line.unit_code, line.receiving_province_code as thing,
       line.completed_on as happened_on, line.completed_on as live_from, null::date as live_until,
       null::date as valid_from, date '2025-07-01' as valid_until, null::numeric as amount,
       line.record_id, line.records
from line
union all
select 1 as part, line.unit_code, province_successor.successor_code as thing,
       line.completed_on as happened_on, line.completed_on as live_from, null::date as live_until,
       date '2025-07-01' as valid_from, null::date as valid_until, null::numeric as amount,
       line.record_id, line.records
from line
join core.province_successor on province_successor.province_code = line.receiving_province_code
