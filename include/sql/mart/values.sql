-- Grain: one row per indicator and unit of the report's period, in the order of the form.
select unit_code, indicator_code, base_rule, channel, in_period, in_period_2, previous, growth_pct,
       cumulative, cumulative_2, base, target_share, achieved, completion_pct, is_target_met
from figure_value
order by position, unit_code <> '22', unit_code
