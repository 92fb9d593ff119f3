-- BN.3  Agricultural listings that were sold. Grain: one row per completed order line.
select 1 as part, unit_code, platform || '|' || product_id as thing,
       completed_on as happened_on, completed_on as live_from, null::date as live_until,
       null::date as valid_from, null::date as valid_until, null::numeric as amount, record_id
from core.counted_order_line
where status = 'completed' and product_group = 'agri'
