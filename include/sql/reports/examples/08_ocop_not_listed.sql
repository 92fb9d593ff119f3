-- Sản phẩm OCOP từ 3 sao nào chưa lên sàn, và chứng nhận nào sắp hết hạn?
-- Which OCOP products of three stars and more are on no platform, and whose certificate ends soon?
with today as (
    select max(period_end) as day from mart.indicator_published where report_kind = 'week'
)
select unit.name as unit, ocop.ocop_code, ocop.stars, ocop.recognised_on, ocop.valid_until_on,
       ocop.valid_until_on < today.day + 90 as ends_within_90_days,
       live.ocop_code is not null as is_listed
from mart.ocop
cross join today
left join (
    select distinct ocop_code from mart.listing where ocop_code is not null and live_until_on is null
) as live on live.ocop_code = ocop.ocop_code
left join mart.unit on unit.unit_code = ocop.unit_code
 and unit.valid_from_on < today.day and coalesce(unit.valid_until_on, 'infinity') >= today.day
where ocop.stars >= 3 and ocop.recognised_on < today.day and ocop.valid_until_on >= today.day
  and (live.ocop_code is null or ocop.valid_until_on < today.day + 90)
order by is_listed, unit.position, ocop.stars desc, ocop.ocop_code
