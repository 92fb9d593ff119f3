-- Đơn vị nào chậm so với chỉ tiêu năm, chậm ở đâu, còn thiếu bao nhiêu?
-- Which units lag behind the year's targets, where, and how many things are missing?
with latest as (
    select * from mart.indicator_value
    where report_kind = 'week'
      and period_end = (select max(period_end) from mart.indicator_published where report_kind = 'week')
),
producers as (
    select unit_code,
           count(*) filter (where kind is distinct from 'company') as known_producers,
           count(*) filter (where kind is distinct from 'company' and stalls = 0) as without_stall,
           count(*) filter (where kind is distinct from 'company' and payment_account_on is null) as without_account
    from mart.producer
    group by unit_code
)
select unit.name as unit, latest.indicator_code, latest.cumulative, latest.achieved, latest.base,
       round(latest.target_share * 100) as target_pct, latest.completion_pct,
       greatest(ceil(latest.base * latest.target_share - coalesce(latest.achieved, latest.cumulative)), 0) as still_missing,
       latest.growth_pct as growth_since_last_week_pct,
       case latest.indicator_code
           when 'II.3' then producers.without_stall || ' of ' || producers.known_producers || ' known producers have no stall'
           when 'II.4' then producers.without_account || ' of ' || producers.known_producers || ' have no e-payment account'
           else latest.note
       end as why
from latest
join mart.unit on unit.unit_code = latest.unit_code
 and unit.valid_from_on < latest.period_end and coalesce(unit.valid_until_on, 'infinity') >= latest.period_end
left join producers on producers.unit_code = latest.unit_code
where latest.completion_pct < 100
order by latest.completion_pct, unit.position, latest.indicator_code
