-- Sản phẩm nào sắp vào vụ (trong hai tháng tới) mà đơn vị chưa có gian hàng nào đăng bán?
-- Which products come to their harvest within two months while nobody of the unit lists them?
with today as (
    select max(period_end) as day from mart.indicator_published where report_kind = 'week'
),
coming as (
    select season.unit_code, season.product, season.product_key, min(season.month_on) as from_month,
           sum(season.planned_tonnes) as planned_tonnes,
           min(season.price_low_vnd_kg) as price_low_vnd_kg, max(season.price_high_vnd_kg) as price_high_vnd_kg
    from mart.season
    cross join today
    where season.month_on >= date_trunc('month', today.day)
      and season.month_on < date_trunc('month', today.day) + interval '3 months'
      and season.planned_tonnes > 0
    group by season.unit_code, season.product, season.product_key
)
select unit.name as unit, coming.product, coming.from_month, coming.planned_tonnes,
       coming.price_low_vnd_kg, coming.price_high_vnd_kg,
       (select count(distinct listing.unit_code)
        from mart.listing
        where listing.category_key = coming.product_key and listing.live_until_on is null) as units_that_list_it
from coming
cross join today
join mart.unit on unit.unit_code = coming.unit_code
 and unit.valid_from_on < today.day and coalesce(unit.valid_until_on, 'infinity') >= today.day
where not exists (
    select 1 from mart.listing
    where listing.unit_code = coming.unit_code and listing.category_key = coming.product_key
      and listing.listed_on < today.day
      and (listing.live_until_on is null or listing.live_until_on >= today.day))
order by coming.from_month, coming.planned_tonnes desc, unit.position
