-- Listings of the stalls, in any version. Grain: one row per key and name.
select distinct entity_key as key, name
from core.listing_version
where platform || '|' || seller_id = any(cast(:stalls as text[]))
order by key, name
