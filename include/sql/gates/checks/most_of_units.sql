-- What is distinct over the province is at least the largest unit's and at most the units' sum. Grain: one
-- row per figure and measure.
with measure as (
    select indicator_code, unit_code, 'in_period' as name, in_period as value
    from mart.indicator_value where report_kind = :report_kind and period_start = :period_start and channel is not null
    union all
    select indicator_code, unit_code, 'cumulative', cumulative
    from mart.indicator_value where report_kind = :report_kind and period_start = :period_start and channel is not null
)
select '22' as unit_code, indicator_code, max(value) filter (where unit_code = '22') as found,
       max(value) filter (where unit_code <> '22') as expected
from measure
where indicator_code in ('III.6', 'III.7')
group by indicator_code, name
having bool_or(unit_code = '22') and count(value) filter (where unit_code <> '22') = :units
   and (max(value) filter (where unit_code = '22') < max(value) filter (where unit_code <> '22')
        or max(value) filter (where unit_code = '22') > sum(value) filter (where unit_code <> '22'))
