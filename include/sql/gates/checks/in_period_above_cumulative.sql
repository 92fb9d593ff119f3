-- What is counted since the plan's start holds what is counted in the period. Grain: one row per figure.
select unit_code, indicator_code, in_period as found, cumulative as expected
from mart.indicator_value
join core.indicator using (indicator_code)
where report_kind = :report_kind and period_start = :period_start
  and channel = 'platform' and indicator.is_growing and in_period > cumulative
