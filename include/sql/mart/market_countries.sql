-- Countries sold to, by unit and for the province, by the official channel: order lines, or the lists
-- in the forms' notes. Grain: one row per unit and receiving country.
with by_platform as (
    select place.unit_code, thing.thing,
           bool_or(thing.happened_on >= period.counts_from) as is_in_period
    from thing
    join report_period as period on period.no = 1 and thing.happened_on < period.e
    cross join lateral (values (thing.unit_code), ('22')) as place (unit_code)
    where thing.happened_on >= :plan_start
    group by place.unit_code, thing.thing
),
by_submission as (
    select place.unit_code, code as thing,
           bool_or(case
               when period.report_kind = 'week' or own.submission_id is not null
                   then submission.report_kind = period.report_kind and submission.period_start = period.s
               else submission.period_end - 1 between period.s and period.e - 1
           end) as is_in_period
    from core.submission
    join core.submission_value as value using (submission_id)
    join report_period as period on period.no = 1 and submission.period_end <= period.e
    cross join lateral unnest(value.places) as code
    cross join lateral (values (submission.unit_code), ('22')) as place (unit_code)
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
order by official_places.unit_code, country.position
