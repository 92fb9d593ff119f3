-- A unit's in-period figure against its last eight periods, in robust terms: further from their median than
-- 10 times their median absolute deviation (as a standard deviation, at least a tenth of the median), and
-- by at least 20; or next to nothing where there was plenty. At least five earlier periods of the same
-- channel are needed. Grain: one row per figure.
with earlier as (
    select present.unit_code, present.indicator_code, present.in_period as found, before.in_period as value
    from mart.indicator_value as present
    join mart.indicator_value as before
      on before.report_kind = present.report_kind and before.unit_code = present.unit_code
     and before.indicator_code = present.indicator_code and before.channel = present.channel
     and before.period_end <= present.period_start and before.period_start > :eight_before
     and before.in_period is not null
    where present.report_kind = :report_kind and present.period_start = :period_start
      and present.unit_code <> core.home_province() and present.in_period is not null
),
middle as (
    select unit_code, indicator_code, found, count(*) as periods,
           percentile_cont(0.5) within group (order by value) as median
    from earlier
    group by unit_code, indicator_code, found
),
spread as (
    select middle.*, (
               select percentile_cont(0.5) within group (order by abs(earlier.value - middle.median))
               from earlier
               where earlier.unit_code = middle.unit_code
                 and earlier.indicator_code = middle.indicator_code
           ) as deviation
    from middle
)
select unit_code, indicator_code, found, round(cast(median as numeric), 3) as expected
from spread
where periods >= 5
  and (abs(found - median) > 10 * greatest(1.4826 * deviation, 0.1 * median, 1)
       and abs(found - median) >= 20 and found > 3 * median
       or median >= 50 and found < 0.05 * median)
