-- What is counted since the plan's start grows, save for what is returned: the province's may not fall by more
-- than a twentieth. Where the channel was another one in the period before, the two are not compared. Grain:
-- one row per figure.
select present.unit_code, present.indicator_code, present.cumulative as found,
       before.cumulative as expected
from mart.indicator_value as present
join mart.indicator_value as before
  on before.report_kind = present.report_kind and before.period_end = present.period_start
 and before.unit_code = present.unit_code and before.indicator_code = present.indicator_code
 and before.channel = present.channel
join core.indicator on indicator.indicator_code = present.indicator_code and indicator.is_growing
where present.report_kind = :report_kind and present.period_start = :period_start
  and present.channel = 'platform'
  and present.unit_code = core.home_province() and present.cumulative < before.cumulative * 0.95
