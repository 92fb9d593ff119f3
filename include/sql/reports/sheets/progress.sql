-- Achieved against the target: the province period by period, the units in this one. Earlier periods
-- as known now. Grain: one row per period, indicator and unit.
with charted as (
    select report_kind, period_start, period_end, unit_code, indicator_code, achieved, base,
           target_share, completion_pct
    from mart.indicator_value
    where report_kind = :report_kind and unit_code = core.home_province() and period_end <= :period_start
      and period_end > cast(:period_start as date) - case :cadence when 'week' then 182 else 731 end
      and computed_at <= core.known_at()
    union all
    select :report_kind, :period_start, :period_end, unit_code, indicator_code, achieved, base,
           target_share, completion_pct
    from figure_value
)
select case :cadence when 'week' then to_char(charted.period_end, 'YYYY-MM-DD')
                         else to_char(charted.period_start, 'YYYY-MM') end as period,
       charted.indicator_code as indicator, charted.unit_code as unit,
       round(charted.achieved, 3) as achieved,
       round(charted.target_share * charted.base, 3) as target,
       charted.completion_pct
from charted
join indicator on indicator.code = charted.indicator_code
left join report_unit using (unit_code)
where charted.target_share is not null
order by indicator.position, charted.period_end, coalesce(report_unit.position, 0)
