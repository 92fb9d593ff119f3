-- Order lines without their stall or listing: the merge keeps such lines waiting. Grain: one row per platform.
select cast(null as text) as unit_code, cast(null as text) as indicator_code, line.platform as field,
       count(*) as found, cast(0 as bigint) as expected
from core.order_line_version as line
left join core.stall_version as stall
  on stall.entity_key = line.platform || '|' || line.seller_id and stall.known_until = 'infinity'
left join core.listing_version as listing
  on listing.entity_key = line.platform || '|' || line.product_id and listing.known_until = 'infinity'
where line.known_until = 'infinity' and (stall.entity_key is null or listing.entity_key is null)
group by line.platform
