-- Files of which a waiting order line can be loaded now, oldest first. Grain: one row per file.
select distinct source_file.file_id, source_file.export_date, source_file.received_at, source_file.name
from core.order_line_waiting as waiting
join core.stall_version as stall
  on stall.entity_key = waiting.platform || '|' || waiting.seller_id and stall.known_until = 'infinity'
join core.listing_version as listing
  on listing.entity_key = waiting.platform || '|' || waiting.product_id and listing.known_until = 'infinity'
join ops.source_file using (file_id)
where waiting.weight_kg is not null or listing.net_weight_kg is not null
order by source_file.export_date, source_file.received_at, source_file.name
