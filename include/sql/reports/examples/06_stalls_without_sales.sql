-- Hộ nào có hàng đăng bán mà 60 ngày qua không có đơn hoàn thành?
-- Which producers have listings but no completed order in the last 60 days?
with today as (
    select max(period_end) as day from mart.indicator_published where report_kind = 'week'
),
listed as (
    select producer_id, count(*) as live_listings, min(listed_on) as first_listed_on
    from mart.listing
    where live_until_on is null and producer_id is not null
    group by producer_id
),
sold as (
    select producer_id, max(completed_on) as last_sold_on, count(*) as lines_ever,
           count(*) filter (where completed_on > today.day - 60) as lines_of_60_days
    from mart.order_line
    cross join today
    where status = 'completed' and producer_id is not null
    group by producer_id
)
select unit.name as unit, listed.producer_id, producer.kind, listed.live_listings,
       listed.first_listed_on, sold.last_sold_on, coalesce(sold.lines_ever, 0) as lines_ever
from listed
join mart.producer on producer.producer_id = listed.producer_id
cross join today
left join mart.unit on unit.unit_code = producer.unit_code
 and unit.valid_from_on < today.day and coalesce(unit.valid_until_on, 'infinity') >= today.day
left join sold on sold.producer_id = listed.producer_id
where coalesce(sold.lines_of_60_days, 0) = 0
  and listed.first_listed_on <= today.day - 60
order by listed.live_listings desc, listed.producer_id
