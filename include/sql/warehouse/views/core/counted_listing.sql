drop view if exists core.counted_listing cascade;
create view core.counted_listing as
select *
from core.listing
where is_counted;
comment on view core.counted_listing is 'Listings of stalls that count. Grain: one row per listing.';
