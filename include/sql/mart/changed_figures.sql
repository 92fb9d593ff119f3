-- Figures of a published period (its last revision) that are different now. Grain: one row per unit,
-- indicator and measure.
select published.unit_code, published.indicator_code, measure.name as measure,
       measure.old_value, measure.old_value_2, measure.new_value, measure.new_value_2
from mart.indicator_published as published
join mart.indicator_value as value
  on value.report_kind = published.report_kind and value.period_start = published.period_start
 and value.unit_code = published.unit_code and value.indicator_code = published.indicator_code
cross join lateral (values
    ('in_period', published.in_period, published.in_period_2, value.in_period, value.in_period_2),
    ('cumulative', published.cumulative, published.cumulative_2, value.cumulative, value.cumulative_2),
    ('growth_pct', published.growth_pct, null, value.growth_pct, null),
    ('completion_pct', published.completion_pct, null, value.completion_pct, null)
) as measure (name, old_value, old_value_2, new_value, new_value_2)
where published.report_kind = :report_kind and published.period = :period
  and published.revision = :revision
  and row(measure.old_value, measure.old_value_2) is distinct from row(measure.new_value, measure.new_value_2)
