-- Stages the waiting order lines of a file that can be loaded now.
insert into stage
select waiting.entity_key, waiting.platform, waiting.order_no, waiting.line_no, waiting.ordered_at,
       waiting.completed_at, waiting.seller_id, waiting.product_id, waiting.quantity,
       waiting.weight_kg, waiting.amount_vnd, waiting.receiving_province_code,
       waiting.receiving_country_code, waiting.buyer_phone, waiting.status, waiting.record_id
from core.order_line_waiting as waiting
join core.stall_version as stall
  on stall.entity_key = waiting.platform || '|' || waiting.seller_id and stall.known_until = 'infinity'
join core.listing_version as listing
  on listing.entity_key = waiting.platform || '|' || waiting.product_id and listing.known_until = 'infinity'
where waiting.file_id = :file_id
  and (waiting.weight_kg is not null or listing.net_weight_kg is not null)
returning record_id
