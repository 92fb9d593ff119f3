-- I  OCOP products of the catalogue on the platforms. Grain: one row per code and listing.
-- Any seller of the province counts, companies included; the unit is the catalogue's.
select 1 as part, ocop.unit_code, ocop.ocop_code as thing,
       listing.listed_on as happened_on, listing.listed_on as live_from, listing.live_until,
       ocop.recognised_on as valid_from, ocop.valid_until,
       null::numeric as amount, listing.record_id
from core.ocop
join core.listing using (ocop_code)
where ocop.stars >= 3 and listing.province_code = core.home_province()
