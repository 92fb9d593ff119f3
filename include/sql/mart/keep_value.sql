insert into mart.indicator_value (
    report_kind, period_start, period_end, unit_code, indicator_code, in_period, in_period_2, previous,
    growth_pct, cumulative, cumulative_2, base, target_share, achieved, completion_pct, is_target_met,
    channel, base_rule, note, computed_at)
values (
    :report_kind, :period_start, :period_end, :unit_code, :indicator_code, :in_period, :in_period_2,
    :previous, :growth_pct, :cumulative, :cumulative_2, :base, :target_share, :achieved,
    :completion_pct, :is_target_met, :channel, :base_rule, :note, :computed_at)
on conflict (report_kind, period_start, unit_code, indicator_code) do update set
    period_end = excluded.period_end, in_period = excluded.in_period,
    in_period_2 = excluded.in_period_2, previous = excluded.previous,
    growth_pct = excluded.growth_pct, cumulative = excluded.cumulative,
    cumulative_2 = excluded.cumulative_2, base = excluded.base,
    target_share = excluded.target_share, achieved = excluded.achieved,
    completion_pct = excluded.completion_pct, is_target_met = excluded.is_target_met,
    channel = excluded.channel, base_rule = excluded.base_rule, note = excluded.note,
    computed_at = excluded.computed_at
where (indicator_value.in_period, indicator_value.in_period_2, indicator_value.previous,
       indicator_value.cumulative, indicator_value.cumulative_2, indicator_value.base,
       indicator_value.target_share, indicator_value.achieved, indicator_value.channel,
       indicator_value.note)
   is distinct from
      (excluded.in_period, excluded.in_period_2, excluded.previous, excluded.cumulative,
       excluded.cumulative_2, excluded.base, excluded.target_share, excluded.achieved,
       excluded.channel, excluded.note)
