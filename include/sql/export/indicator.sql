-- The indicators as printed in the report. Grain: one row per unit and indicator.
-- Key: unit_code, indicator_code
select report_kind, period, period_start, period_end, revision, unit_code, indicator_code, in_period,
       in_period_2, previous, growth_pct, cumulative, cumulative_2, base, target_share, completion_pct,
       channel, note
from mart.indicator_published
where report_kind = :report_kind and period = :period and revision = :revision
order by unit_code collate "C", indicator_code collate "C"
