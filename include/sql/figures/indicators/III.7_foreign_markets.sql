-- III.7  Receiving countries other than Vietnam. Grain: one row per sale.
select 1 as part, unit_code, receiving_country_code as thing,
       completed_on as happened_on, completed_on as live_from, null::date as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id,
       records
from core.counted_market
where product_group = 'agri'
  and receiving_country_code <> 'VN'
