-- Listings of both marketplaces. Grain: one row per listing.
-- Key: listing_id
select * from mart.listing
order by listing_id
