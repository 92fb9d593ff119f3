-- A unit's cumulative, by the platforms' count, above the whole that the target is a share of; of declared values
-- the form's own doubts say it. Grain: one row per figure.
select unit_code, indicator_code, achieved as found, base as expected
from mart.indicator_value
join core.indicator using (indicator_code, base_rule)
where report_kind = :report_kind and period_start = :period_start
  and unit_code <> core.home_province() and channel = 'platform'
  and indicator.is_base_of_cumulative and achieved > base
