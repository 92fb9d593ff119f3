-- Số liệu sàn và số liệu đơn vị tự khai lệch nhau bao nhiêu?
-- How far are the platforms' figures from what the units declare?
with latest as (
    select * from mart.indicator_evidence
    where report_kind = 'week'
      and period_end = (select max(period_end) from mart.indicator_published where report_kind = 'week')
)
select coalesce(unit.name, 'Toàn tỉnh') as unit, platform.indicator_code,
       platform.cumulative as on_the_platforms, declared.cumulative as declared,
       declared.cumulative - platform.cumulative as difference,
       round(100 * (declared.cumulative - platform.cumulative) / nullif(platform.cumulative, 0), 1) as difference_pct
from latest as platform
join latest as declared
  on declared.unit_code = platform.unit_code and declared.indicator_code = platform.indicator_code
 and declared.channel = 'submission'
left join mart.unit on unit.unit_code = platform.unit_code
 and unit.valid_from_on < platform.period_end and coalesce(unit.valid_until_on, 'infinity') >= platform.period_end
where platform.channel = 'platform'
  and declared.cumulative is distinct from platform.cumulative
order by abs(declared.cumulative - platform.cumulative) / nullif(platform.cumulative, 0) desc nulls last,
         unit, platform.indicator_code
