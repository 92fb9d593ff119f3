-- Sản phẩm nào đang bán thấp hơn giá thị trường quá 20%?
-- Which listings are priced more than 20% below the market?
with today as (
    select max(period_end) as day from mart.indicator_published where report_kind = 'week'
),
market as (
    select product_key, min(product) as product, max(priced_on) as priced_on,
           percentile_cont(0.5) within group (order by price_vnd_kg) as price_vnd_kg
    from mart.price
    cross join today
    where priced_on > today.day - 56 and priced_on < today.day
    group by product_key
)
select market.product, unit.name as unit, listing.listing_id, listing.platform, listing.price_vnd_kg,
       round(cast(market.price_vnd_kg as numeric)) as market_vnd_kg, market.priced_on,
       round(cast(100 * (1 - listing.price_vnd_kg / market.price_vnd_kg) as numeric), 1) as below_pct
from mart.listing
join market on market.product_key = listing.category_key
cross join today
join mart.unit on unit.unit_code = listing.unit_code
 and unit.valid_from_on < today.day and coalesce(unit.valid_until_on, 'infinity') >= today.day
where listing.live_until_on is null
  and listing.product_group = 'agri' and listing.is_of_producer
  and listing.price_vnd_kg < 0.8 * market.price_vnd_kg
order by below_pct desc, listing.listing_id
