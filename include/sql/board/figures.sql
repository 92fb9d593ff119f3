-- The province's figures of a period and of those before it: as printed last where it is published, else
-- as last computed. Grain: one row per period and indicator.
with printed as (
    select distinct on (period_start, indicator_code)
           period_start, indicator_code, revision, in_period, in_period_2, growth_pct, cumulative,
           cumulative_2, completion_pct, channel, published_at as at
    from mart.indicator_published
    where report_kind = :report_kind and unit_code = '22'
      and period_start between :first_start and :last_start
    order by period_start, indicator_code, revision desc
),

computed as (
    select period_start, indicator_code, in_period, in_period_2, growth_pct, cumulative, cumulative_2,
           completion_pct, channel, computed_at as at
    from mart.indicator_value
    where report_kind = :report_kind and unit_code = '22'
      and period_start between :first_start and :last_start
)

select period_start, indicator_code, revision, in_period, in_period_2, growth_pct, cumulative,
       cumulative_2, completion_pct, channel, at
from printed
union all
select period_start, indicator_code, null, in_period, in_period_2, growth_pct, cumulative,
       cumulative_2, completion_pct, channel, at
from computed
where not exists (
    select 1 from printed
    where printed.period_start = computed.period_start
      and printed.indicator_code = computed.indicator_code)
order by indicator_code, period_start
