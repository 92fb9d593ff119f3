-- A published figure. Grain: one row.
select in_period, in_period_2, cumulative, cumulative_2, channel, published_at
from mart.indicator_published
where report_kind = :report_kind and period = :period and revision = :revision
  and unit_code = :unit and indicator_code = :code
