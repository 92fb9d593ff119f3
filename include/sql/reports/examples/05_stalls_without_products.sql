-- Gian hàng nào còn mở mà không có sản phẩm nào đang bán, theo đơn vị và sàn?
-- How many open stalls have no product on sale, by unit and platform?
with today as (
    select max(period_end) as day from mart.indicator_published where report_kind = 'week'
)
select unit.name as unit, stall.platform, count(*) as open_stalls,
       count(*) filter (where live.stall_id is null) as without_products,
       round(100.0 * count(*) filter (where live.stall_id is null) / count(*), 1) as without_products_pct,
       min(stall.opened_on) filter (where live.stall_id is null) as oldest_opened_on
from mart.stall
join mart.producer on producer.producer_id = stall.producer_id
cross join today
join mart.unit on unit.unit_code = producer.unit_code
 and unit.valid_from_on < today.day and coalesce(unit.valid_until_on, 'infinity') >= today.day
left join (select distinct stall_id from mart.listing where live_until_on is null) as live
  on live.stall_id = stall.stall_id
where stall.closed_on is null
group by unit.name, unit.position, stall.platform
order by without_products desc, unit.position, stall.platform
