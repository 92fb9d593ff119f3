-- Counts the things of one indicator in each report period, for each unit and the province.
-- Grain: one row per period, part and unit. The things are rows (part, unit_code, thing, happened_on,
-- live_from, live_until, valid_from, valid_until, amount): see spec/design.md.
insert into measured
with scoped as (
    select part, unit_code, thing, happened_on, live_from, live_until, valid_from, valid_until, amount
    from thing
    where unit_code is not null
    union all
    select part, '22', thing, happened_on, live_from, live_until, valid_from, valid_until, amount
    from thing
),
per_thing as (
    select period.no, part, unit_code, thing, period.counts_from, period.e,
           min(happened_on) as first_on,
           bool_or(happened_on >= period.counts_from and happened_on < period.e) as is_in_period,
           bool_or(happened_on >= :plan_start and happened_on < period.e) as is_since_plan,
           bool_or(happened_on < period.e
                   and live_from < period.e
                   and (live_until is null or live_until >= period.e)) as is_live,
           sum(amount) filter (where happened_on >= period.counts_from and happened_on < period.e) as amount_in_period,
           sum(amount) filter (where happened_on >= :plan_start and happened_on < period.e) as amount_since_plan
    from scoped
    cross join report_period as period
    where (valid_from is null or valid_from < period.e)
      and (valid_until is null or valid_until >= period.e)
    group by period.no, part, unit_code, thing, period.counts_from, period.e
)
select no, :code, part, unit_code,
       case :in_period
           when 'first' then count(*) filter (where first_on >= counts_from and first_on < e)
           when 'each' then count(*) filter (where is_in_period)
           when 'sum' then coalesce(sum(amount_in_period), 0)
       end,
       case :cumulative
           when 'live' then count(*) filter (where is_live)
           when 'since_plan' then count(*) filter (where is_since_plan)
           when 'sum' then coalesce(sum(amount_since_plan), 0)
       end
from per_thing
group by no, part, unit_code
