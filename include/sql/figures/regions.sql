-- name: report_regions
-- Which region each of the report's units lies in on its last day. Grain: one row per unit that lies in one.
insert into report_region
select report_unit.unit_code, region.region_code, region.full_name, region.position, region.is_reporting
from report_unit
join core.unit
  on unit.unit_code = report_unit.unit_code and unit.valid_from <= :last_day
 and (unit.valid_to is null or unit.valid_to >= :last_day)
join core.region
  on unit.parent_code = any(region.parents) and region.valid_from <= :last_day
 and (region.valid_to is null or region.valid_to >= :last_day);

-- name: region_official
-- What is said of each region, by the channel that is official: things of its units, each once, or what was declared,
-- by its units or by itself. Distinct over the region is the union of the lists in the notes, blank where forms list
-- nothing. Grain: one row per period, region and indicator that units have figures of.
insert into region_official
with region as (
    select distinct region_code from report_region
),
member as (
    select unit_code, region_code from report_region
    union
    select region_code as unit_code, region_code as of_region from report_region
    union
    select unit.parent_code, report_region.region_code from report_region join core.unit using (unit_code)
),
places as (
    select no, region_code, indicator_code,
           count(distinct place) filter (where is_in_period) as in_period,
           count(distinct place) as cumulative
    from listed_place
    join member using (unit_code)
    group by no, region_code, indicator_code
)
select period.no, region.region_code, indicator.code,
       case when is_platform then 'platform' when declared.units_reporting > 0 then 'submission' end,
       case when is_platform then coalesce(first_part.in_period, 0)
            when indicator.is_sum then declared.in_period
            when indicator.places is not null and declared.units_reporting > 0 then coalesce(places.in_period, 0) end,
       case when indicator.parts = 2 and is_platform then coalesce(second_part.in_period, 0)
            when indicator.is_sum_2 then declared.in_period_2 end,
       case when is_platform then coalesce(first_part.cumulative, 0)
            when indicator.is_sum and declared.is_waiting
            then greatest(declared.cumulative, declared.former_cumulative)
            when indicator.is_sum then declared.cumulative
            when indicator.places is not null and (declared.units_with_value > 0 or declared.is_waiting)
            then coalesce(places.cumulative, 0) end,
       case when indicator.parts = 2 and is_platform then coalesce(second_part.cumulative, 0)
            when indicator.is_sum_2 and declared.is_waiting
            then greatest(declared.cumulative_2, declared.former_cumulative_2)
            when indicator.is_sum_2 then declared.cumulative_2 end
from report_period as period
cross join indicator
cross join region
cross join lateral (select indicator.has_platform and period.is_fresh as is_platform) as official
left join measured as first_part
  on first_part.no = period.no and first_part.indicator_code = indicator.code
 and first_part.unit_code = region.region_code and first_part.part = 1
left join measured as second_part
  on second_part.no = period.no and second_part.indicator_code = indicator.code
 and second_part.unit_code = region.region_code and second_part.part = 2
left join region_declared as declared
  on declared.no = period.no and declared.indicator_code = indicator.code
 and declared.region_code = region.region_code and indicator.has_submission
left join places
  on places.no = period.no and places.indicator_code = indicator.code and places.region_code = region.region_code
where indicator.has_units and period.e > :plan_start;

-- name: values
-- The figures of regions. A base is summed over the units that have one; where the region declares for them it counts
-- only if all have. Growth and completion as of the province. Grain: one row per indicator and region.
with of_units as (
    select region.region_code, value.indicator_code, region.is_reporting, region.full_name, region.position,
           sum(value.base) as base, sum(value.achieved) as achieved, count(*) = count(value.base) as is_whole,
           bool_or(value.base_rule is null and value.target_share is not null) as is_amount
    from report_region as region
    join figure_value as value using (unit_code)
    group by region.region_code, value.indicator_code, region.is_reporting, region.full_name, region.position
),
figure as (
    select present.region_code, present.indicator_code, indicator.position as indicator_position,
           of_units.position as region_position, of_units.full_name, of_units.is_reporting, present.channel,
           present.in_period, present.in_period_2, previous.in_period as previous, present.cumulative,
           present.cumulative_2,
           case when declares and not of_units.is_whole then null else of_units.base end as base,
           case when not declares then of_units.achieved
                when of_units.is_whole and not coalesce(indicator.base_needs_platform and not of_units.is_amount, false)
                then present.cumulative end as achieved,
           case when of_units.is_amount then 1 else target.share end as target_share
    from region_official as present
    join indicator on indicator.code = present.indicator_code
    join report_period as period on period.no = present.no
    join of_units using (region_code, indicator_code)
    cross join lateral (
        select of_units.is_reporting and coalesce(present.channel, '') <> 'platform' as declares
    ) as way
    left join region_official as previous
      on previous.no = 2 and previous.region_code = present.region_code
     and previous.indicator_code = present.indicator_code
     and exists (
         select 1
         from period_unit
         join report_region using (unit_code)
         where period_unit.no = 2 and report_region.region_code = present.region_code)
    left join core.target
      on target.year = period.year and target.indicator_code = present.indicator_code and target.unit_code = ''
    where present.no = 1
)
select region_code, indicator_code, full_name, is_reporting, channel, round(in_period, 3) as in_period, in_period_2,
       round(previous, 3) as previous,
       case when :is_comparable and previous <> 0
            then round((in_period - previous) / previous * 100, 1) end as growth_pct,
       round(cumulative, 3) as cumulative, cumulative_2, base, target_share, achieved,
       case when target_share * base <> 0
            then round(achieved / (target_share * base) * 100, 1) end as completion_pct
from figure
order by region_position, region_code, indicator_position;

-- name: units
-- Grain: one row per unit that lies in a region, in the order of reports.
select report_region.region_code, report_region.unit_code
from report_region
join report_unit using (unit_code)
order by report_region.position, report_unit.position;

-- name: reporting
-- The units whose region reports for them. Grain: one row per unit.
select unit_code, region_code, full_name from report_region where is_reporting;

-- name: keep_clear
delete from mart.region_value
where report_kind = :report_kind and period_start = :period_start;

-- name: keep
insert into mart.region_value (
    report_kind, period_start, period_end, region_code, indicator_code, in_period, in_period_2, previous, growth_pct,
    cumulative, cumulative_2, base, target_share, achieved, completion_pct, channel, note, computed_at)
values (
    :report_kind, :period_start, :period_end, :region_code, :indicator_code, :in_period, :in_period_2, :previous,
    :growth_pct, :cumulative, :cumulative_2, :base, :target_share, :achieved, :completion_pct, :channel, :note,
    :computed_at);
