drop view if exists core.counted_sale cascade;
create view core.counted_sale as
select sale_day.platform || '|' || sale_day.product_id as entity_key, sale_day.completed_on,
       sale_day.receiving_province_code, sale_day.receiving_country_code,
       sale_day.weight_kg + coalesce(sale_day.unweighed_quantity * listing.net_weight_kg, 0) as weight_kg,
       listing.product_group, listing.category_key, stall.producer_unit_code as unit_code,
       null::bigint as record_id
from core.sale_day
join core.stall on stall.platform = sale_day.platform and stall.seller_id = sale_day.seller_id
join core.listing_version as listing
  on listing.platform = sale_day.platform and listing.product_id = sale_day.product_id
 and listing.known_until = 'infinity'
where core.reads_days() and stall.is_counted
union all
select entity_key, completed_on, receiving_province_code, receiving_country_code, weight_kg,
       product_group, category_key, unit_code, record_id
from core.counted_order_line
where not core.reads_days() and status = 'completed';
comment on view core.counted_sale is 'Completed sales of stalls that count. Grain: one row per day, listing and receiving place; per order line where core.reads_days() says no.';
