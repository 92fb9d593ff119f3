-- name: assumed
-- Producers whose unit is the part that took most of a divided commune. Grain: one row.
select count(distinct stall.producer_id)::integer as producers
from core.counted_stall as stall
join core.counted_producer as producer using (producer_id)
join report_period as period on period.no = 1 and stall.opened_on < period.e
where producer.is_unit_assumed and (stall.closed_on is null or stall.closed_on >= period.e);

-- name: former_units
-- Whose last declared cumulative stands in the province's: former units, or regions and units that reported before.
-- Grain: one row per indicator and sender.
select distinct declared.indicator_code, sender.name, sender.position
from region_declared as declared
cross join lateral unnest(declared.former_senders) as former_sender (code)
join (
    select unit_code as code, full_name as name, position from core.unit
    union all
    select distinct on (region_code) region_code, full_name, position
    from core.region
    order by code, position desc
) as sender on sender.code = former_sender.code
where declared.no = 1 and declared.is_waiting
order by declared.indicator_code, sender.position;

-- name: last_thing
-- The day of the last thing of the view "thing" before the period's end; null: none. Grain: one row.
select max(thing.happened_on) as last_on
from thing
join report_period as period on period.no = 1 and thing.happened_on < period.e;

-- name: market_countries
-- Countries sold to, by unit and for the province, by the official channel: order lines, or the lists
-- in the forms' notes. Grain: one row per unit and receiving country.
with of_unit as (
    select thing.unit_code, thing.thing,
           bool_or(thing.happened_on >= period.counts_from) as is_in_period
    from thing
    join report_period as period on period.no = 1 and thing.happened_on < period.e
    where thing.happened_on >= :plan_start
    group by thing.unit_code, thing.thing
),
by_platform as (
    select place.unit_code, of_unit.thing, bool_or(of_unit.is_in_period) as is_in_period
    from of_unit
    cross join lateral (values (of_unit.unit_code), (core.home_province())) as place (unit_code)
    group by place.unit_code, of_unit.thing
),
by_submission as (
    select place.unit_code, code as thing,
           bool_or(case
               when period.report_kind = period.week_kind or own.submission_id is not null
                   then submission.report_kind = period.report_kind and submission.period_start = period.s
               else submission.period_end - 1 between period.s and period.e - 1
           end) as is_in_period
    from core.submission
    join core.submission_value as value using (submission_id)
    join report_period as period on period.no = 1 and submission.period_end <= period.e
    cross join lateral unnest(value.places) as code
    cross join lateral (values (submission.unit_code), (core.home_province())) as place (unit_code)
    -- A month without a monthly form is formed of the weekly forms whose last day lies in it.
    left join core.submission as own
      on own.unit_code = submission.unit_code and own.report_kind = period.report_kind
     and own.period_start = period.s
    where value.indicator_code = :code and submission.unit_code is not null
    group by place.unit_code, code
),
official_places as (
    select by_platform.*, 'platform' as channel from by_platform
    union all
    select by_submission.*, 'submission' from by_submission
)
select official_places.unit_code, country.name,
       official_places.is_in_period and official.in_period is not null as is_in_period
from official_places
join official
  on official.no = 1 and official.indicator_code = :code
 and official.unit_code = official_places.unit_code
 and coalesce(official.channel, 'submission') = official_places.channel
join core.country on country.country_code = official_places.thing
order by official_places.unit_code, country.position;

-- name: market_provinces
-- Provinces sold to, by unit and for the province, by the official channel: order lines, or the lists
-- in the forms' notes. Grain: one row per unit and receiving province.
with of_unit as (
    select thing.unit_code, thing.thing,
           bool_or(thing.happened_on >= period.counts_from) as is_in_period
    from thing
    join report_period as period on period.no = 1 and thing.happened_on < period.e
    where thing.happened_on >= :plan_start
      and (thing.valid_from is null or thing.valid_from < period.e)
      and (thing.valid_until is null or thing.valid_until >= period.e)
    group by thing.unit_code, thing.thing
),
by_platform as (
    select place.unit_code, of_unit.thing, bool_or(of_unit.is_in_period) as is_in_period
    from of_unit
    cross join lateral (values (of_unit.unit_code), (core.home_province())) as place (unit_code)
    group by place.unit_code, of_unit.thing
),
by_submission as (
    select place.unit_code, then_called.thing,
           bool_or(case
               when period.report_kind = period.week_kind or own.submission_id is not null
                   then submission.report_kind = period.report_kind and submission.period_start = period.s
               else submission.period_end - 1 between period.s and period.e - 1
           end) as is_in_period
    from core.submission
    join core.submission_value as value using (submission_id)
    join report_period as period on period.no = 1 and submission.period_end <= period.e
    cross join lateral unnest(value.places) as code
    join core.province_successor on province_successor.province_code = code
    cross join lateral (
        select case when period.e <= date '2025-07-01' then code else province_successor.successor_code end as thing
    ) as then_called
    cross join lateral (values (submission.unit_code), (core.home_province())) as place (unit_code)
    -- A month without a monthly form is formed of the weekly forms whose last day lies in it.
    left join core.submission as own
      on own.unit_code = submission.unit_code and own.report_kind = period.report_kind
     and own.period_start = period.s
    where value.indicator_code = :code and submission.unit_code is not null
    group by place.unit_code, then_called.thing
),
official_places as (
    select by_platform.*, 'platform' as channel from by_platform
    union all
    select by_submission.*, 'submission' from by_submission
)
select official_places.unit_code, province.name, province.region,
       official_places.is_in_period and official.in_period is not null as is_in_period
from official_places
join official
  on official.no = 1 and official.indicator_code = :code
 and official.unit_code = official_places.unit_code
 and coalesce(official.channel, 'submission') = official_places.channel
join core.province on province.province_code = official_places.thing
order by official_places.unit_code, province.position;

-- name: new_units
-- Units of the report that the period before had not. Grain: one row per unit.
select unit_code
from period_unit
where no = 1
  and unit_code not in (select earlier.unit_code from period_unit as earlier where earlier.no = 2)
  and exists (select 1 from period_unit as earlier where earlier.no = 2)
order by unit_code;

-- name: platform_freshness
-- Until when each platform has exported all of sellers, products and orders. Grain: one row per platform.
select platform, min(exported_on) as exported_on,
       coalesce(min(exported_on) >= :last_day and count(exported_on) = 3, false) as is_fresh
from unnest(cast(:platforms as text[])) as platform
cross join unnest(array['stall', 'listing', 'order_line']) as wanted
left join lateral (
    select max(export_date) as exported_on
    from ops.source_file
    where source = platform and entity = wanted and status in ('loaded', 'duplicate')
      and received_at <= core.known_at()
) as latest on true
group by platform
order by platform;

-- name: targets
-- The targets of a year. Grain: one row per indicator and unit; unit_code is empty for what is set to all.
select indicator_code, unit_code, amount, is_strict from core.target where year = :year;

-- name: units_reporting
-- Units whose own form for the period was accepted. Grain: one row per unit.
select distinct unit_code from evidence where no = 1 and channel = 'submission' and unit_code <> core.home_province();

-- name: unplanned_key_products
-- Key products of the year without planned output anywhere. Grain: one row per key product.
select key_product.unit_code, key_product.name
from core.key_product
where key_product.year = :year and key_product.planned_tonnes is null
  and not exists (
      select 1 from core.season
      where season.unit_code = key_product.unit_code and season.name_key = key_product.name_key
        and extract(year from season.month_on) = :year and season.planned_tonnes is not null)
order by key_product.unit_code, key_product.name collate "C";
