-- What the platforms say and what was declared. Grain: one row per indicator, unit (22: the province)
-- and declaring party; the postal enterprises declare for the whole province and are never official.
with place as (
    select unit_code, position from report_unit
    union all
    select core.home_province(), 0
    union all
    -- A region that declares for its units stands before the first of them.
    select report_region.region_code, min(report_unit.position)
    from report_region
    join report_unit using (unit_code)
    where report_region.is_reporting
    group by report_region.region_code
),
said as (
    select no, indicator_code, unit_code, channel from official
    union all
    select no, indicator_code, region_code, channel from region_official
),
declared as (
    select evidence.indicator_code, evidence.unit_code,
           case when evidence.unit_code = core.home_province() then 'Các địa phương'
                else 'Địa phương' end as declared_by,
           0 as rank, in_period, in_period_2, cumulative, cumulative_2
    from evidence
    where no = 1 and channel = 'submission'
    union all
    select evidence.indicator_code, evidence.unit_code, enterprise.name, 1, in_period, in_period_2,
           cumulative, cumulative_2
    from evidence
    join unnest(cast(:enterprises as text[]), cast(:enterprise_names as text[]))
        as enterprise (code, name) on enterprise.code = evidence.channel
    where no = 1
),
platform as (
    select indicator_code, unit_code, in_period, in_period_2, cumulative, cumulative_2
    from evidence
    where no = 1 and channel = 'platform'
    union all
    select indicator_code, region_code, in_period, in_period_2, cumulative, cumulative_2
    from region_official
    where no = 1 and channel = 'platform'
),
compared as (
    select indicator_code, unit_code, declared.declared_by, declared.rank,
           platform.in_period as in_period_platform, platform.in_period_2 as in_period_platform_2,
           declared.in_period as in_period_declared, declared.in_period_2 as in_period_declared_2,
           platform.cumulative as cumulative_platform, platform.cumulative_2 as cumulative_platform_2,
           declared.cumulative as cumulative_declared, declared.cumulative_2 as cumulative_declared_2
    from platform
    full join declared using (indicator_code, unit_code)
)
select compared.indicator_code as indicator, compared.unit_code as unit, compared.declared_by,
       round(in_period_platform, 3) as in_period_platform, in_period_platform_2,
       round(in_period_declared, 3) as in_period_declared, in_period_declared_2,
       round(in_period_platform, 3) - round(in_period_declared, 3) as in_period_difference,
       round(cumulative_platform, 3) as cumulative_platform, cumulative_platform_2,
       round(cumulative_declared, 3) as cumulative_declared, cumulative_declared_2,
       round(cumulative_platform, 3) - round(cumulative_declared, 3) as cumulative_difference,
       official.channel
from compared
join place using (unit_code)
join indicator on indicator.code = compared.indicator_code
left join said as official
  on official.no = 1 and official.indicator_code = compared.indicator_code
 and official.unit_code = compared.unit_code
where indicator.has_platform and indicator.has_submission or compared.rank = 1
order by indicator.position, place.position, compared.rank, compared.declared_by
