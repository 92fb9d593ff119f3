-- III.2  Tonnes of agricultural products sold. Grain: one row per completed order line, or per day or month,
-- unit and category of them.
select 1 as part, unit_code, entity_key as thing,
       completed_on as happened_on, completed_on as live_from, null::date as live_until,
       null::date as valid_from, null::date as valid_until,
       weight_kg / 1000 as amount, record_id, records
from core.counted_sale
where product_group = 'agri'
