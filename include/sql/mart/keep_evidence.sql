-- Each channel that was available, the units' carried cumulative among them. Grain: one row per unit,
-- indicator and channel.
insert into mart.indicator_evidence (
    report_kind, period_start, period_end, unit_code, indicator_code, channel,
    in_period, in_period_2, cumulative, cumulative_2, computed_at)
select :report_kind, :period_start, :period_end, unit_code, indicator_code, channel,
       round(in_period, 3), in_period_2, round(cumulative, 3), cumulative_2, :computed_at
from evidence
where no = 1 and channel <> 'carried'
