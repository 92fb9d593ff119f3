-- A unit's, by the platforms' count; of declared values the form's own checks say it. The cumulative above the whole that the target is a share of. Grain: one row per figure.
select unit_code, indicator_code, achieved as found, base as expected
from mart.indicator_value
where report_kind = :report_kind and period_start = :period_start
  and unit_code <> core.home_province() and channel = 'platform'
  and base_rule in ('ocop_valid', 'producers_declared') and achieved > base
