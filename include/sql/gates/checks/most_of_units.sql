-- What is distinct over the province is at least the largest unit's and at most the units' sum. Grain: one
-- row per figure and measure.
with measure as (
    select indicator_code, unit_code, 'in_period' as name, in_period as value
    from mart.indicator_value where report_kind = :report_kind and period_start = :period_start and channel is not null
    union all
    select indicator_code, unit_code, 'cumulative', cumulative
    from mart.indicator_value where report_kind = :report_kind and period_start = :period_start and channel is not null
),
beside as (
    select indicator_code, name,
           max(value) filter (where unit_code = core.home_province()) as whole,
           bool_or(unit_code = core.home_province()) as has_whole,
           count(value) filter (where unit_code <> core.home_province()) as units,
           max(value) filter (where unit_code <> core.home_province()) as most,
           sum(value) filter (where unit_code <> core.home_province()) as sum
    from measure
    join core.indicator using (indicator_code)
    where indicator.has_units and not indicator.is_sum
    group by indicator_code, name
)
select core.home_province() as unit_code, indicator_code, whole as found, most as expected
from beside
where has_whole and units = :units and (whole < most or whole > sum)
