-- The province against the sum of the units that have a value. Grain: one row per figure and measure.
with measure as (
    select indicator_code, unit_code, 'in_period' as name, in_period as value
    from mart.indicator_value where report_kind = :report_kind and period_start = :period_start
    union all
    select indicator_code, unit_code, 'cumulative', cumulative
    from mart.indicator_value where report_kind = :report_kind and period_start = :period_start
    union all
    select indicator_code, unit_code, 'in_period_2', in_period_2
    from mart.indicator_value where report_kind = :report_kind and period_start = :period_start and indicator_code = 'III.5'
    union all
    select indicator_code, unit_code, 'cumulative_2', cumulative_2
    from mart.indicator_value where report_kind = :report_kind and period_start = :period_start and indicator_code = 'III.5'
),
beside as (
    select indicator_code, name,
           sum(value) filter (where unit_code = core.home_province()) as whole,
           sum(value) filter (where unit_code <> core.home_province()) as of_units
    from measure
    where indicator_code = any(:summed)
    group by indicator_code, name
)
select core.home_province() as unit_code, indicator_code, whole as found, of_units as expected
from beside
-- Each unit's tonnes are rounded to the kilogram.
where abs(whole - of_units) > 0.02
