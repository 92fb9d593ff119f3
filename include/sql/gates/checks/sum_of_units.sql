-- The province against the sum of the units that have a value and what no unit is proved for. Grain: one row per figure and measure.
with measure as (
    select indicator_code, unit_code, measure.name, measure.value, measure.unplaced
    from mart.indicator_value
    join core.indicator using (indicator_code)
    cross join lateral (values
        ('in_period', in_period, unplaced, indicator.is_sum),
        ('cumulative', cumulative, unplaced_cumulative, indicator.is_sum),
        ('in_period_2', in_period_2, unplaced_2, indicator.is_sum_2),
        ('cumulative_2', cumulative_2, unplaced_cumulative_2, indicator.is_sum_2)
    ) as measure (name, value, unplaced, is_sum)
    where report_kind = :report_kind and period_start = :period_start and measure.is_sum
),
beside as (
    select indicator_code, name,
           sum(value) filter (where unit_code = core.home_province()) as whole,
           sum(value) filter (where unit_code <> core.home_province()) as of_units,
           coalesce(sum(unplaced), 0) as unplaced
    from measure
    group by indicator_code, name
)
select core.home_province() as unit_code, indicator_code, whole as found, of_units + unplaced as expected
from beside
-- Each unit's tonnes are rounded to the kilogram.
where abs(whole - of_units - unplaced) > 0.02
