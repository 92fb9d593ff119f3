-- The official value: the first channel of the indicator's list that is available. Grain: one row per
-- period, indicator and unit. A period that ended before the plan's start has no values.
insert into official
select period.no, indicator.code, place.unit_code,
       case when platform.no is not null then 'platform'
            when place.unit_code = '22' then nullif(whole.channel, 'carried')
            else carried.channel end,
       case when platform.no is not null then platform.in_period
            when place.unit_code = '22' then whole.in_period else carried.in_period end,
       case when platform.no is not null then platform.in_period_2
            when place.unit_code = '22' then whole.in_period_2 else carried.in_period_2 end,
       case when platform.no is not null then platform.cumulative
            when place.unit_code = '22' then whole.cumulative
            else carried.cumulative end,
       case when platform.no is not null then platform.cumulative_2
            when place.unit_code = '22' then whole.cumulative_2
            else carried.cumulative_2 end
from report_period as period
cross join indicator
cross join (select unit_code from report_unit union all select '22') as place
left join evidence as platform
  on platform.no = period.no and platform.indicator_code = indicator.code
 and platform.unit_code = place.unit_code and platform.channel = 'platform'
left join evidence as whole
  on whole.no = period.no and whole.indicator_code = indicator.code
 and whole.unit_code = '22' and whole.channel in ('submission', 'carried')
left join declared_or_carried as carried
  on carried.no = period.no and carried.indicator_code = indicator.code
 and carried.unit_code = place.unit_code
where period.e > :plan_start
