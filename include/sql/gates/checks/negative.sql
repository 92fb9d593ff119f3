-- Figures below zero. Grain: one row per figure.
select unit_code, indicator_code, least(in_period, in_period_2, cumulative, cumulative_2, base) as found,
       0 as expected
from mart.indicator_value
where report_kind = :report_kind and period_start = :period_start
  and least(in_period, in_period_2, cumulative, cumulative_2, base) < 0
