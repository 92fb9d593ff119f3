-- Platforms minus declared, in the period, against the same difference of the last eight periods: further from
-- their median than eight times their median absolute deviation (as a standard deviation), and by at least 50.
-- The two need not agree; what is odd is a difference unlike a unit's usual one. At least five earlier periods
-- are needed. Grain: one row per figure.
with difference as (
    select platform.unit_code, platform.indicator_code, platform.period_start,
           platform.in_period as found, declared.in_period as declared,
           platform.in_period - declared.in_period as value
    from mart.indicator_evidence as platform
    join mart.indicator_evidence as declared
      on declared.report_kind = platform.report_kind and declared.period_start = platform.period_start
     and declared.unit_code = platform.unit_code
     and declared.indicator_code = platform.indicator_code and declared.channel = 'submission'
    where platform.channel = 'platform' and platform.unit_code <> core.home_province()
      and platform.report_kind = :report_kind
      and platform.period_start > :eight_before and platform.period_start <= :period_start
),
middle as (
    select present.unit_code, present.indicator_code, present.found, present.declared, present.value,
           count(*) as periods, percentile_cont(0.5) within group (order by before.value) as median
    from difference as present
    join difference as before
      on before.unit_code = present.unit_code and before.indicator_code = present.indicator_code
     and before.period_start < present.period_start
    where present.period_start = :period_start and present.value is not null and before.value is not null
    group by present.unit_code, present.indicator_code, present.found, present.declared, present.value
),
spread as (
    select middle.*, (
               select percentile_cont(0.5) within group (order by abs(before.value - middle.median))
               from difference as before
               where before.unit_code = middle.unit_code
                 and before.indicator_code = middle.indicator_code
                 and before.period_start < :period_start
           ) as deviation
    from middle
)
select unit_code, indicator_code, found, declared as expected
from spread
where periods >= 5
  and abs(value - median) > 8 * greatest(1.4826 * deviation, 1) and abs(value - median) >= 50
