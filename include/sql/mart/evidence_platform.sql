-- Channel platform. Grain: one row per period, indicator and unit; a unit without things has 0.
insert into evidence
select period.no, indicator.code, place.unit_code, 'platform',
       coalesce(first_part.in_period, 0),
       case when indicator.parts = 2 then coalesce(second_part.in_period, 0) end,
       coalesce(first_part.cumulative, 0),
       case when indicator.parts = 2 then coalesce(second_part.cumulative, 0) end
from report_period as period
cross join indicator
cross join (select unit_code from report_unit union all select '22') as place
left join measured as first_part
  on first_part.no = period.no and first_part.indicator_code = indicator.code
 and first_part.unit_code = place.unit_code and first_part.part = 1
left join measured as second_part
  on second_part.no = period.no and second_part.indicator_code = indicator.code
 and second_part.unit_code = place.unit_code and second_part.part = 2
where indicator.has_platform and period.is_fresh
  and (place.unit_code = '22' or indicator.has_units)
