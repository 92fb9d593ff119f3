create temporary table figure_value on commit drop as
-- Growth, base and completion. Percentages are computed before rounding; numeric rounding is half
-- away from zero. Grain: one row per indicator and unit of the report's period.
with figure as (
    select present.*, previous.in_period as previous, indicator.position,
           target.share as target_share, target.is_strict,
           indicator.base as base_rule,
           case when indicator.base_needs_platform and coalesce(present.channel, '') <> 'platform'
                then null else unit_base.base end as unit_base,
           case when indicator.base_needs_platform then unit_base.achieved
                else present.cumulative end as unit_achieved
    from official as present
    join report_period as period on period.no = present.no
    join indicator on indicator.code = present.indicator_code
    left join official as previous
      on previous.no = 2 and previous.indicator_code = present.indicator_code
     and previous.unit_code = present.unit_code
    left join core.target on target.year = period.year and target.indicator_code = present.indicator_code
    left join target_base as unit_base
      on unit_base.indicator_code = present.indicator_code and unit_base.unit_code = present.unit_code
    where present.no = 1
),
province as (
    -- Over the units that have a base.
    select figure.indicator_code, sum(figure.unit_base) as base,
           sum(figure.unit_achieved) filter (where figure.unit_base is not null) as achieved
    from figure
    where figure.unit_code <> '22'
    group by figure.indicator_code
),
completed as (
    select figure.*,
           case when figure.unit_code = '22' then province.base else figure.unit_base end as base,
           case when figure.unit_code = '22' then province.achieved
                when figure.unit_base is not null then figure.unit_achieved end as achieved
    from figure
    left join province using (indicator_code)
)
select position, unit_code, indicator_code, base_rule, channel,
       round(in_period, 3) as in_period, in_period_2, round(previous, 3) as previous,
       case when previous <> 0 then round((in_period - previous) / previous * 100, 1) end as growth_pct,
       round(cumulative, 3) as cumulative, cumulative_2, base, target_share, achieved,
       case when target_share * base <> 0
            then round(achieved / (target_share * base) * 100, 1) end as completion_pct,
       case when target_share * base <> 0 then
            case when is_strict then achieved > target_share * base
                 else achieved >= target_share * base end end as is_target_met
from completed
