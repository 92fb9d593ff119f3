insert into mart.indicator_published (
    report_kind, period, period_start, period_end, revision, unit_code, indicator_code, in_period,
    in_period_2, previous, growth_pct, cumulative, cumulative_2, base, target_share, completion_pct,
    channel, note, published_at, sha256)
values (
    :report_kind, :period, :period_start, :period_end, :revision, :unit_code, :indicator_code,
    :in_period, :in_period_2, :previous, :growth_pct, :cumulative, :cumulative_2, :base, :target_share,
    :completion_pct, :channel, :note, :published_at, :sha256)
