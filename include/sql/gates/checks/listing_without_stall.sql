-- Listings whose stall no file has told of. Grain: one row per platform.
select cast(null as text) as unit_code, cast(null as text) as indicator_code, listing.platform as field,
       count(*) as found, cast(0 as bigint) as expected
from core.listing_version as listing
left join core.stall_version as stall
  on stall.entity_key = listing.platform || '|' || listing.seller_id and stall.known_until = 'infinity'
where listing.known_until = 'infinity' and stall.entity_key is null
group by listing.platform
