-- Nông sản đi đâu: tỉnh, thành phố nào mua, bốn tuần qua so với bốn tuần trước?
-- Where do the products go: which provinces buy, in the last four weeks against the four before?
with today as (
    select max(period_end) as day from mart.indicator_published where report_kind = 'week'
)
select coalesce(province.name, country.name) as market, province.region,
       round(sum(line.weight_kg) filter (where line.completed_on >= today.day - 28) / 1000, 3) as tonnes_last_28_days,
       round(sum(line.weight_kg) filter (where line.completed_on < today.day - 28) / 1000, 3) as tonnes_28_days_before,
       round(sum(line.amount_vnd) filter (where line.completed_on >= today.day - 28) / 1e6, 1) as million_vnd_last_28_days,
       count(distinct line.producer_id) as producers
from mart.order_line as line
cross join today
left join mart.province on province.province_code = line.receiving_province_code
left join mart.country on country.country_code = line.receiving_country_code and line.receiving_country_code <> 'VN'
where line.status = 'completed' and line.is_of_producer and line.product_group = 'agri'
  and line.completed_on >= today.day - 56 and line.completed_on < today.day
group by coalesce(province.name, country.name), province.region
order by tonnes_last_28_days desc nulls last, market
