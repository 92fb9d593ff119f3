drop view if exists core.sale_told cascade;
create view core.sale_told as
select shown.unit_code, listing.category_key,
       (line.completed_at at time zone 'Asia/Ho_Chi_Minh')::date as completed_on,
       coalesce(line.weight_kg, line.quantity * listing.net_weight_kg) as weight_kg,
       line.known_from, line.known_until
from core.order_line_version as line
join core.counted_listing as listing
  on listing.platform = line.platform and listing.product_id = line.product_id
left join core.seat_shown as shown on shown.seat_code = listing.unit_code
where line.status = 'completed' and listing.product_group = 'agri'
  and line.known_from <= core.known_at();
comment on view core.sale_told is 'Completed order lines of agricultural products that count, with all that had been told of them until core.known_at(); listings and stalls as known then. Grain: one row per line and content.';
