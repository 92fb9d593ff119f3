drop view if exists core.order_line cascade;
create view core.order_line as
select line.entity_key, line.platform, line.order_no, line.line_no, line.ordered_at,
       line.completed_at,
       (line.ordered_at at time zone 'Asia/Ho_Chi_Minh')::date as ordered_on,
       (line.completed_at at time zone 'Asia/Ho_Chi_Minh')::date as completed_on,
       line.seller_id, line.product_id, line.quantity,
       coalesce(line.weight_kg, line.quantity * listing.net_weight_kg) as weight_kg,
       line.amount_vnd, line.receiving_province_code, line.receiving_country_code,
       line.buyer_phone, line.status, line.record_id,
       listing.product_group, listing.category, listing.category_key, listing.name_key,
       stall.province_code, stall.producer_id, stall.producer_kind,
       stall.producer_unit_code as unit_code, stall.is_counted
from core.order_line_version as line
join core.stall
  on stall.entity_key = line.platform || '|' || line.seller_id
join core.listing_version as listing
  on listing.entity_key = line.platform || '|' || line.product_id
 and listing.known_from <= core.known_at() and listing.known_until > core.known_at()
where line.known_from <= core.known_at() and line.known_until > core.known_at();
comment on view core.order_line is 'Order lines as known, with their product and producer. Grain: one row per line.';
