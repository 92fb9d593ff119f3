-- name: add_base
insert into target_base
select :code, unit_code, sum(base), sum(achieved)
from base_row
group by unit_code;

-- name: add_indicator
insert into indicator
values (:code, :position, :parts, :has_platform, :has_submission, :has_units, :is_sum, :is_sum_2, :places,
        :base, :base_needs_platform);

-- name: add_period
-- A period counts from its first day, but never before the plan's start. The platform channel is
-- available when at least one platform has exported sellers, products and orders on or after the
-- period's last day (docs/rules/indicators.md#which-channel-is-official).
insert into report_period
select :no, :report_kind, :week_kind, :s, :e, greatest(cast(:s as date), cast(:plan_start as date)), :year,
       exists(
           select 1
           from unnest(cast(:platforms as text[])) as platform
           where (
               select count(distinct entity)
               from ops.source_file
               where source = platform and status in ('loaded', 'duplicate')
                 and entity in ('stall', 'listing', 'order_line')
                 and received_at <= core.known_at()
                 and export_date >= cast(:e as date) - 1
           ) = 3
       );

-- name: carried
-- What the submission channel gives each unit and each region that reports for its units: its form's values, else its
-- last accepted cumulative of an earlier period, since it is who reports. A unit that is reported by its region has
-- none. Grain: one row per period, indicator and sender.
insert into declared_or_carried
with sender as (
    select no, unit_code, predecessor_code, sender_code, since from period_unit
    union
    select no, sender_code as unit_code, null as predecessor_code, sender_code as sends, max(since)
    from period_unit
    where sender_code <> unit_code
    group by no, sender_code
),
earlier as (
    select distinct on (period.no, submission.unit_code, value.indicator_code)
           period.no, submission.unit_code, value.indicator_code, value.cumulative, value.cumulative_2
    from report_period as period
    join core.submission
      on submission.unit_code is not null
     and case when period.report_kind = 'span' then submission.period_end <= period.e
              when submission.report_kind = period.report_kind then submission.period_start < period.s
              else submission.period_end - 1 < period.s end
    join core.submission_value as value using (submission_id)
    left join sender
      on sender.no = period.no and sender.unit_code = submission.unit_code and sender.sender_code = sender.unit_code
    where value.cumulative is not null and submission.period_end - 1 >= coalesce(sender.since, '-infinity')
    order by period.no, submission.unit_code, value.indicator_code, submission.period_end desc,
             submission.report_kind
),
has_form as (
    select distinct no, unit_code from evidence where channel = 'submission'
)
select period.no, indicator.code as indicator_code, unit.unit_code,
       case when has_form.no is not null then 'submission' end as channel,
       own.in_period, own.in_period_2,
       case when has_form.no is not null then own.cumulative
            when unit.sender_code <> unit.unit_code then null
            when of_unit.no is not null then of_unit.cumulative else of_predecessor.cumulative end as cumulative,
       case when has_form.no is not null then own.cumulative_2
            when unit.sender_code <> unit.unit_code then null
            when of_unit.no is not null then of_unit.cumulative_2 else of_predecessor.cumulative_2 end as cumulative_2
from report_period as period
cross join indicator
join sender as unit on unit.no = period.no
left join has_form on has_form.no = period.no and has_form.unit_code = unit.unit_code
left join evidence as own
  on own.no = period.no and own.indicator_code = indicator.code
 and own.unit_code = unit.unit_code and own.channel = 'submission'
left join earlier as of_unit
  on of_unit.no = period.no and of_unit.indicator_code = indicator.code and of_unit.unit_code = unit.unit_code
left join earlier as of_predecessor
  on of_predecessor.no = period.no and of_predecessor.indicator_code = indicator.code
 and of_predecessor.unit_code = unit.predecessor_code and unit.since = '-infinity'
where indicator.has_submission;

-- name: region_declared
-- What was declared, by region (docs/rules/units.md#declared-by-former-units): what was declared last before those
-- reported who do now (by a former unit, by the region for its units, or by these themselves) stands until all of them
-- have, of both sums the larger. Grain: period, indicator and region, or the former unit where there are no regions.
insert into region_declared
with before as (
    select distinct unit.no, unit.group_code, 'former' as by_whom, unit.parent_code as sender_code, period.s as until
    from period_unit as unit
    join report_period as period using (no)
    where unit.parent_code is not null
    union
    select unit.no, unit.group_code, 'region', unit.region_code, least(period.s, unit.since)
    from period_unit as unit
    join report_period as period using (no)
    where unit.region_code is not null
    union
    select unit.no, unit.group_code, 'unit', unit.unit_code, least(period.s, unit.since)
    from period_unit as unit
    join report_period as period using (no)
    where unit.sender_code <> unit.unit_code
),
last_declared as (
    select distinct on (before.no, before.group_code, before.by_whom, before.sender_code, value.indicator_code)
           before.no, before.group_code, before.by_whom, before.sender_code, value.indicator_code, value.cumulative,
           value.cumulative_2
    from before
    join core.submission
      on submission.unit_code = before.sender_code and submission.period_end - 1 < before.until
    join core.submission_value as value using (submission_id)
    where value.cumulative is not null
    order by before.no, before.group_code, before.by_whom, before.sender_code, value.indicator_code,
             submission.period_end desc, submission.report_kind
),
summed as (
    select no, group_code, by_whom, indicator_code, sum(cumulative) as cumulative, sum(cumulative_2) as cumulative_2,
           array_agg(sender_code order by sender_code) as senders
    from last_declared
    group by no, group_code, by_whom, indicator_code
),
former as (
    select distinct on (no, group_code, indicator_code) *
    from summed
    order by no, group_code, indicator_code, cumulative desc, by_whom
),
region as (
    select declared.no, declared.indicator_code, sender.group_code as region_code,
           count(declared.channel) as units_reporting,
           count(declared.cumulative) as units_with_value, count(*) as units,
           sum(declared.in_period) as in_period, sum(declared.in_period_2) as in_period_2,
           sum(declared.cumulative) as cumulative, sum(declared.cumulative_2) as cumulative_2
    from declared_or_carried as declared
    join (select distinct no, sender_code, group_code from period_unit) as sender
      on sender.no = declared.no and sender.sender_code = declared.unit_code
    group by declared.no, declared.indicator_code, sender.group_code
)
select region.*, former.cumulative is not null and region.units_with_value < region.units as is_waiting,
       former.cumulative as former_cumulative, former.cumulative_2 as former_cumulative_2, former.senders
from region
left join former
  on former.no = region.no and former.indicator_code = region.indicator_code
 and former.group_code = region.region_code;

-- name: evidence_platform
-- Channel platform. Grain: one row per period, indicator and unit; a unit without things has 0.
insert into evidence
select period.no, indicator.code, place.unit_code, 'platform',
       coalesce(first_part.in_period, 0),
       case when indicator.parts = 2 then coalesce(second_part.in_period, 0) end,
       coalesce(first_part.cumulative, 0),
       case when indicator.parts = 2 then coalesce(second_part.cumulative, 0) end
from report_period as period
cross join indicator
cross join (select unit_code from report_unit union all select core.home_province()) as place
left join measured as first_part
  on first_part.no = period.no and first_part.indicator_code = indicator.code
 and first_part.unit_code = place.unit_code and first_part.part = 1
left join measured as second_part
  on second_part.no = period.no and second_part.indicator_code = indicator.code
 and second_part.unit_code = place.unit_code and second_part.part = 2
where indicator.has_platform and period.is_fresh
  and (place.unit_code = core.home_province() or indicator.has_units);

-- name: evidence_submission
-- Channel submission, per unit. A month without a monthly form (and any span of days) is formed from the weekly forms whose
-- last day lies in it: their last cumulative minus the last one before the month (none before: the
-- first one's cumulative minus its own in-period value). The postal enterprises' forms are kept under
-- their own name, for the reconciliation; they are never official. Grain: period, indicator, sender.
insert into evidence
with declared as (
    select submission.sender, submission.unit_code, submission.report_kind, submission.period_start,
           submission.period_end, value.*
    from core.submission
    join core.submission_value as value using (submission_id)
),
own_form as (
    select period.no, declared.indicator_code, declared.sender, declared.unit_code,
           declared.in_period, declared.in_period_2, declared.cumulative, declared.cumulative_2
    from report_period as period
    join declared
      on declared.report_kind = period.report_kind and declared.period_start = period.s
),
weekly as (
    select period.no, declared.indicator_code, declared.sender, declared.unit_code,
           (array_agg(declared.cumulative order by declared.period_end desc)
               filter (where declared.period_end - 1 >= period.s and declared.cumulative is not null))[1] as last_in,
           (array_agg(declared.cumulative_2 order by declared.period_end desc)
               filter (where declared.period_end - 1 >= period.s and declared.cumulative_2 is not null))[1] as last_in_2,
           coalesce(
               (array_agg(declared.cumulative order by declared.period_end desc)
                   filter (where declared.period_end - 1 < period.s and declared.cumulative is not null))[1],
               (array_agg(declared.cumulative - declared.in_period order by declared.period_end)
                   filter (where declared.period_end - 1 >= period.s and declared.cumulative is not null))[1]
           ) as before,
           coalesce(
               (array_agg(declared.cumulative_2 order by declared.period_end desc)
                   filter (where declared.period_end - 1 < period.s and declared.cumulative_2 is not null))[1],
               (array_agg(declared.cumulative_2 - declared.in_period_2 order by declared.period_end)
                   filter (where declared.period_end - 1 >= period.s and declared.cumulative_2 is not null))[1]
           ) as before_2,
           bool_or(declared.period_end - 1 >= period.s) as has_form
    from report_period as period
    join declared
      on declared.report_kind = period.week_kind and declared.period_end - 1 < period.e
    where period.report_kind <> period.week_kind
    group by period.no, declared.indicator_code, declared.sender, declared.unit_code
)
select no, indicator_code, coalesce(unit_code, core.home_province()),
       case when unit_code is null then sender else 'submission' end,
       in_period, in_period_2, cumulative, cumulative_2
from (
    select * from own_form
    union all
    select no, indicator_code, sender, unit_code, last_in - before, last_in_2 - before_2,
           last_in, last_in_2
    from weekly
    where has_form
      and not exists (
          select 1 from own_form
          where own_form.no = weekly.no and own_form.sender = weekly.sender)
) as formed
join indicator on indicator.code = formed.indicator_code
where (unit_code is null or (no, unit_code) in (select no, sender_code from period_unit))
  and (indicator.has_submission or unit_code is null);

-- name: listed_place
-- The places that forms list in their notes until a period's end, former provinces as what they are now, and whether they
-- are of the period: of a month, of its own form, else of its weekly ones. Grain: one row per period, form, indicator and
-- place.
insert into listed_place
select period.no, value.indicator_code, submission.unit_code,
       case when indicator.places = 'province' and period.e > date '2025-07-01'
            then province_successor.successor_code else place end as place,
       case period.report_kind
           when period.week_kind
               then submission.report_kind = period.report_kind and submission.period_start = period.s
           else case when exists (
                   select 1 from core.submission as own
                   where own.unit_code = submission.unit_code and own.report_kind = period.report_kind
                     and own.period_start = period.s)
                then submission.report_kind = period.report_kind and submission.period_start = period.s
                else submission.report_kind = period.week_kind
                 and submission.period_end - 1 between period.s and period.e - 1 end
       end as is_in_period
from report_period as period
join core.submission on submission.period_end <= period.e and submission.unit_code is not null
join core.submission_value as value using (submission_id)
join indicator on indicator.code = value.indicator_code and indicator.places is not null
cross join lateral unnest(value.places) as place
left join core.province_successor on province_successor.province_code = place;

-- name: evidence_submission_province
-- Channel submission, province: sums over the units that have a value (a unit that did not report
-- keeps its carried cumulative); what is distinct over the province is the union of the lists in the notes,
-- and blank where forms list nothing. "carried": no unit has a form for the period, so that only the cumulative stands;
-- it is no available channel. Grain: one row per period and indicator.
insert into evidence
with places as (
    select no, indicator_code,
           count(distinct place) filter (where is_in_period) as in_period,
           count(distinct place) as cumulative
    from listed_place
    group by no, indicator_code
),
summed as (
    select no, indicator_code, sum(units_reporting) as units_reporting,
           sum(case when is_waiting then greatest(units_with_value, 1) else units_with_value end) as units_with_value,
           sum(in_period) as in_period, sum(in_period_2) as in_period_2,
           sum(case when is_waiting then greatest(cumulative, former_cumulative) else cumulative end) as cumulative,
           sum(case when is_waiting then greatest(cumulative_2, former_cumulative_2) else cumulative_2 end)
               as cumulative_2
    from region_declared
    group by no, indicator_code
)
select summed.no, summed.indicator_code, core.home_province(),
       case when summed.units_reporting > 0 then 'submission' else 'carried' end,
       case when indicator.is_sum then summed.in_period
            when indicator.places is not null and summed.units_reporting > 0
            then coalesce(places.in_period, 0) end,
       case when indicator.is_sum_2 then summed.in_period_2 end,
       case when indicator.is_sum then summed.cumulative
            when indicator.places is not null and summed.units_with_value > 0
            then coalesce(places.cumulative, 0) end,
       case when indicator.is_sum_2 then summed.cumulative_2 end
from summed
join indicator on indicator.code = summed.indicator_code
left join places using (no, indicator_code)
where indicator.has_submission;

-- name: figure_value
insert into figure_value
-- Growth (where the period is as long as the one before), base and completion. Percentages are computed before rounding; numeric rounding is half
-- away from zero. Grain: one row per indicator and unit of the report's period.
with of_units as (
    -- The amounts set to units of the report, summed: the province's where none is set to it.
    select target.year, target.indicator_code, sum(target.amount) as amount, bool_or(target.is_strict) as is_strict
    from core.target
    join report_unit using (unit_code)
    group by target.year, target.indicator_code
),
aim as (
    -- What is set to a unit goes before what is set to all; an amount set to the province says nothing of a unit.
    select official.indicator_code, official.unit_code,
           coalesce(own.share, general.share) as share,
           case when official.unit_code = core.home_province() then coalesce(general.amount, of_units.amount)
                else own.amount end as amount,
           coalesce(general.amount, of_units.amount) is not null as is_amount,
           coalesce(own.is_strict, general.is_strict, of_units.is_strict) as is_strict
    from official
    join report_period as period on period.no = official.no
    left join core.target as own
      on own.year = period.year and own.indicator_code = official.indicator_code
     and own.unit_code = official.unit_code
    left join core.target as general
      on general.year = period.year and general.indicator_code = official.indicator_code and general.unit_code = ''
    left join of_units
      on of_units.year = period.year and of_units.indicator_code = official.indicator_code
    where official.no = 1
),
figure as (
    select present.*, previous.in_period as previous, previous.cumulative as previous_cumulative,
           previous.channel as previous_channel, indicator.position,
           case when not aim.is_amount then aim.share when aim.amount is not null then 1 end as target_share,
           aim.is_strict, aim.is_amount, aim.amount,
           case when not aim.is_amount then indicator.base end as base_rule,
           case when aim.is_amount then aim.amount
                when indicator.base_needs_platform and coalesce(present.channel, '') <> 'platform'
                then null else unit_base.base end as unit_base,
           case when indicator.base_needs_platform and not aim.is_amount then unit_base.achieved
                else present.cumulative end as unit_achieved
    from official as present
    join report_period as period on period.no = present.no
    join indicator on indicator.code = present.indicator_code
    left join official as previous
      on previous.no = 2 and previous.indicator_code = present.indicator_code
     and previous.unit_code = present.unit_code
     and (present.unit_code = core.home_province()
          or exists (select 1 from period_unit where no = 2 and unit_code = present.unit_code))
    left join aim
      on aim.indicator_code = present.indicator_code and aim.unit_code = present.unit_code
    left join target_base as unit_base
      on unit_base.indicator_code = present.indicator_code and unit_base.unit_code = present.unit_code
    where present.no = 1
),
of_region as (
    -- What a region declares for its units is compared with the sum of their bases, where all of them have one.
    select figure.indicator_code, sum(figure.unit_base) as base, max(whole.cumulative) as achieved
    from figure
    join report_region as region on region.unit_code = figure.unit_code and region.is_reporting
    join indicator on indicator.code = figure.indicator_code
    join region_official as whole
      on whole.no = 1 and whole.region_code = region.region_code and whole.indicator_code = figure.indicator_code
    where coalesce(figure.channel, '') <> 'platform' and not coalesce(indicator.base_needs_platform, false)
    group by figure.indicator_code, region.region_code
    having count(*) = count(figure.unit_base)
),
of_reporting_unit as (
    select figure.indicator_code, figure.unit_base as base, figure.unit_achieved as achieved
    from figure
    left join report_region as region on region.unit_code = figure.unit_code and region.is_reporting
    where figure.unit_code <> core.home_province()
      and (region.unit_code is null or figure.channel = 'platform')
    union all
    select indicator_code, base, achieved from of_region
),
province as (
    -- Over those that have a base.
    select indicator_code, sum(base) as base, sum(achieved) filter (where base is not null) as achieved
    from of_reporting_unit
    group by indicator_code
),
completed as (
    select figure.*,
           case when figure.unit_code = core.home_province() and not figure.is_amount then province.base
                else figure.unit_base end as base,
           case when figure.unit_code = core.home_province() and not figure.is_amount then province.achieved
                when figure.unit_base is not null then figure.unit_achieved end as achieved
    from figure
    left join province using (indicator_code)
),
-- Of the province's sums what no unit is proved for: things of no unit, or what a former unit declared.
unplaced as (
    select indicator.code as indicator_code, 'platform' as channel,
           coalesce(sum(measured.in_period) filter (where measured.part = 1), 0) as in_period,
           coalesce(sum(measured.in_period) filter (where measured.part = 2), 0) as in_period_2,
           coalesce(sum(measured.cumulative) filter (where measured.part = 1), 0) as cumulative,
           coalesce(sum(measured.cumulative) filter (where measured.part = 2), 0) as cumulative_2
    from indicator
    left join measured
      on measured.no = 1 and measured.indicator_code = indicator.code and measured.unit_code = ''
    where indicator.is_sum and indicator.has_units
    group by indicator.code
    union all
    select region.indicator_code, 'submission', 0, 0,
           sum(case when region.is_waiting
                    then greatest(region.former_cumulative - coalesce(region.cumulative, 0), 0) else 0 end),
           sum(case when region.is_waiting
                    then greatest(region.former_cumulative_2 - coalesce(region.cumulative_2, 0), 0) else 0 end)
    from region_declared as region
    join indicator on indicator.code = region.indicator_code
    where region.no = 1 and indicator.is_sum
    group by region.indicator_code
)
select completed.position, completed.unit_code, completed.indicator_code, completed.base_rule, completed.channel,
       round(completed.in_period, 3) as in_period, completed.in_period_2, round(previous, 3) as previous,
       case when :is_comparable and previous <> 0 then round((completed.in_period - previous) / previous * 100, 1) end as growth_pct,
       round(completed.cumulative, 3) as cumulative, completed.cumulative_2,
       case when (previous_channel is not distinct from completed.channel) then round(previous_cumulative, 3) end
           as previous_cumulative,
       base, target_share, achieved,
       case when target_share * base <> 0
            then round(achieved / (target_share * base) * 100, 1) end as completion_pct,
       case when target_share * base <> 0 then
            case when is_strict then achieved > target_share * base
                 else achieved >= target_share * base end end as is_target_met,
       round(unplaced.in_period, 3) as unplaced, unplaced.in_period_2 as unplaced_2,
       round(unplaced.cumulative, 3) as unplaced_cumulative, unplaced.cumulative_2 as unplaced_cumulative_2
from completed
left join unplaced
  on completed.unit_code = core.home_province() and unplaced.indicator_code = completed.indicator_code
 and unplaced.channel = coalesce(completed.channel, 'submission');

-- name: keep_evidence
-- Each channel that was available, the units' carried cumulative among them. Grain: one row per unit,
-- indicator and channel.
insert into mart.indicator_evidence (
    report_kind, period_start, period_end, unit_code, indicator_code, channel,
    in_period, in_period_2, cumulative, cumulative_2, computed_at)
select :report_kind, :period_start, :period_end, unit_code, indicator_code, channel,
       round(in_period, 3), in_period_2, round(cumulative, 3), cumulative_2, :computed_at
from evidence
where no = 1 and channel <> 'carried';

-- name: keep_evidence_clear
delete from mart.indicator_evidence
where report_kind = :report_kind and period_start = :period_start and period_end = :period_end;

-- name: keep_value
-- The figures with their notes. Grain: one row per unit and indicator.
insert into mart.indicator_value (
    report_kind, period_start, period_end, unit_code, indicator_code, in_period, in_period_2, previous,
    growth_pct, cumulative, cumulative_2, base, target_share, achieved, completion_pct, is_target_met,
    channel, base_rule, unplaced, unplaced_2, unplaced_cumulative,
    unplaced_cumulative_2, note, computed_at)
select :report_kind, :period_start, :period_end, unit_code, indicator_code, in_period, in_period_2, previous,
       growth_pct, cumulative, cumulative_2, base, target_share, achieved, completion_pct, is_target_met,
       channel, base_rule, unplaced, unplaced_2, unplaced_cumulative, unplaced_cumulative_2, told.note, :computed_at
from figure_value
left join unnest(cast(:units as text[]), cast(:codes as text[]), cast(:notes as text[]))
    as told (unit_code, indicator_code, note) using (unit_code, indicator_code)
on conflict (report_kind, period_start, unit_code, indicator_code) do update set
    period_end = excluded.period_end, in_period = excluded.in_period,
    in_period_2 = excluded.in_period_2, previous = excluded.previous,
    growth_pct = excluded.growth_pct, cumulative = excluded.cumulative,
    cumulative_2 = excluded.cumulative_2, base = excluded.base,
    target_share = excluded.target_share, achieved = excluded.achieved,
    completion_pct = excluded.completion_pct, is_target_met = excluded.is_target_met,
    channel = excluded.channel, base_rule = excluded.base_rule, unplaced = excluded.unplaced, unplaced_2 = excluded.unplaced_2,
    unplaced_cumulative = excluded.unplaced_cumulative,
    unplaced_cumulative_2 = excluded.unplaced_cumulative_2, note = excluded.note,
    computed_at = excluded.computed_at
where (indicator_value.in_period, indicator_value.in_period_2, indicator_value.previous,
       indicator_value.cumulative, indicator_value.cumulative_2, indicator_value.base,
       indicator_value.target_share, indicator_value.achieved, indicator_value.channel,
       indicator_value.unplaced, indicator_value.unplaced_cumulative, indicator_value.note)
   is distinct from
      (excluded.in_period, excluded.in_period_2, excluded.previous, excluded.cumulative,
       excluded.cumulative_2, excluded.base, excluded.target_share, excluded.achieved,
       excluded.channel,
       excluded.unplaced, excluded.unplaced_cumulative, excluded.note);

-- name: measure
-- Counts the things of one indicator in each report period, for each unit, each region and the province.
-- Grain: one row per period, part and unit ('': no unit is proved). The things are rows (part, unit_code, thing, happened_on,
-- live_from, live_until, valid_from, valid_until, amount).
insert into measured
with per_thing_of_unit as (
    select period.no, thing.part, thing.unit_code, thing.thing, period.counts_from, period.e,
           min(thing.happened_on) as first_on,
           bool_or(thing.happened_on >= period.counts_from and thing.happened_on < period.e) as is_in_period,
           bool_or(thing.happened_on >= :plan_start and thing.happened_on < period.e) as is_since_plan,
           bool_or(thing.happened_on < period.e
                   and thing.live_from < period.e
                   and (thing.live_until is null or thing.live_until >= period.e)) as is_live,
           sum(thing.amount) filter (where thing.happened_on >= period.counts_from and thing.happened_on < period.e)
               as amount_in_period,
           sum(thing.amount) filter (where thing.happened_on >= :plan_start and thing.happened_on < period.e)
               as amount_since_plan
    from thing
    cross join report_period as period
    where (thing.valid_from is null or thing.valid_from < period.e)
      and (thing.valid_until is null or thing.valid_until >= period.e)
    group by period.no, thing.part, thing.unit_code, thing.thing, period.counts_from, period.e
),
per_thing as (
    select no, part, coalesce(unit_code, '') as unit_code, thing, counts_from, e, first_on, is_in_period,
           is_since_plan, is_live, amount_in_period, amount_since_plan
    from per_thing_of_unit
    union all
    select no, part, core.home_province(), thing, counts_from, e, min(first_on), bool_or(is_in_period),
           bool_or(is_since_plan), bool_or(is_live), sum(amount_in_period), sum(amount_since_plan)
    from per_thing_of_unit
    group by no, part, thing, counts_from, e
    union all
    select no, part, region.region_code, thing, counts_from, e, min(first_on), bool_or(is_in_period),
           bool_or(is_since_plan), bool_or(is_live), sum(amount_in_period), sum(amount_since_plan)
    from per_thing_of_unit
    join report_region as region using (unit_code)
    group by no, part, region.region_code, thing, counts_from, e
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
group by no, part, unit_code;

-- name: official
-- The official value: the first channel of the indicator's list that is available. Grain: one row per
-- period, indicator and unit. A period that ended before the plan's start has no values.
insert into official
select period.no, indicator.code, place.unit_code,
       case when platform.no is not null then 'platform'
            when place.unit_code = core.home_province() then nullif(whole.channel, 'carried')
            else carried.channel end,
       case when platform.no is not null then platform.in_period
            when place.unit_code = core.home_province() then whole.in_period else carried.in_period end,
       case when platform.no is not null then platform.in_period_2
            when place.unit_code = core.home_province() then whole.in_period_2 else carried.in_period_2 end,
       case when platform.no is not null then platform.cumulative
            when place.unit_code = core.home_province() then whole.cumulative
            else carried.cumulative end,
       case when platform.no is not null then platform.cumulative_2
            when place.unit_code = core.home_province() then whole.cumulative_2
            else carried.cumulative_2 end
from report_period as period
cross join indicator
join (select no, unit_code from period_unit union all values (1, core.home_province()), (2, core.home_province()))
    as place using (no)
left join evidence as platform
  on platform.no = period.no and platform.indicator_code = indicator.code
 and platform.unit_code = place.unit_code and platform.channel = 'platform'
left join evidence as whole
  on whole.no = period.no and whole.indicator_code = indicator.code
 and whole.unit_code = core.home_province() and whole.channel in ('submission', 'carried')
left join declared_or_carried as carried
  on carried.no = period.no and carried.indicator_code = indicator.code
 and carried.unit_code = place.unit_code
where period.e > :plan_start;

-- name: official_channel
select channel from official where no = 1 and indicator_code = :code and unit_code = :unit;

-- name: report_units
-- The units of a report: those valid on the period's last day, which core shows from now on. Grain: one row per unit.
select set_config('lensan.units_on', cast(:last_day as text), true);

insert into report_unit
select unit_code, name, full_name, position
from core.unit
where valid_from <= :last_day and (valid_to is null or valid_to >= :last_day);

-- name: period_units
-- Of each period, of the one before the report's too: its own units. A unit whose only predecessor was one of them
-- (predecessor_code) carries on what that declared. sender_code: who reports of it, itself or its region, and since
-- when; group_code: whose declared sums are compared with what was declared before. Grain: one row per period and unit.
insert into period_unit
with valid as (
    select period.no, unit.unit_code, unit.parent_code, unit.valid_from, period.e - 1 as last_on
    from report_period as period
    join core.unit
      on unit.valid_from <= period.e - 1 and (unit.valid_to is null or unit.valid_to >= period.e - 1)
)
select valid.no, valid.unit_code, valid.parent_code, seat.seat_code as predecessor_code, region.region_code,
       case when region.is_reporting then region.region_code else valid.unit_code end as sender_code,
       core.reporting_since(valid.parent_code, valid.last_on) as since,
       coalesce(region.region_code, valid.parent_code, valid.unit_code) as group_code
from valid
left join core.seat
  on seat.unit_code = valid.unit_code and seat.valid_from = valid.valid_from and seat.seat_code = valid.parent_code
left join core.region
  on valid.parent_code = any(region.parents) and region.valid_from <= valid.last_on
 and (region.valid_to is null or region.valid_to >= valid.last_on);

-- name: rested_clear
delete from rested where indicator_code = :code;

-- name: settle_sales
-- What this transaction changed of stalls, listings and producers is settled before sums of sales are read.
set constraints core.settle_sales immediate;

-- name: tell_days
-- The planner must know that periods are two.
analyze report_period;

select set_config('lensan.whole_months_from', :whole_months_from, true),
       set_config('lensan.whole_months_until', :whole_months_until, true),
       set_config('lensan.days_until', :days_until, true);

-- name: units
select unit_code, name, full_name from report_unit order by position;

-- name: values
-- Grain: one row per indicator and unit of the report's period, in the order of the form.
select unit_code, indicator_code, base_rule, channel, in_period, in_period_2, previous, growth_pct,
       cumulative, cumulative_2, previous_cumulative, base, target_share, achieved, completion_pct,
       is_target_met, unplaced, unplaced_2, unplaced_cumulative, unplaced_cumulative_2
from figure_value
order by position, unit_code <> core.home_province(), unit_code;

-- name: work_tables
-- The session's work tables for one report's figures, empty. They are made once in a transaction: to make one takes a
-- hundred times what it takes to empty it. What figures/frames/hold_* held for those before is dropped.
drop view if exists pg_temp.thing, pg_temp.counted_listing;
drop table if exists pg_temp.listing, pg_temp.counted_stall;
create temporary table if not exists report_period (
    no integer primary key, report_kind text, week_kind text, s date, e date, counts_from date, year integer,
    is_fresh boolean
) on commit drop;
create temporary table if not exists indicator (
    code text primary key, position integer, parts integer, has_platform boolean,
    has_submission boolean, has_units boolean, is_sum boolean, is_sum_2 boolean, places text,
    base text, base_needs_platform boolean
) on commit drop;
create temporary table if not exists measured (
    no integer, indicator_code text, part integer, unit_code text, in_period numeric, cumulative numeric
) on commit drop;
create temporary table if not exists target_base (
    indicator_code text, unit_code text, base numeric, achieved numeric
) on commit drop;
create temporary table if not exists evidence (
    no integer, indicator_code text, unit_code text, channel text,
    in_period numeric, in_period_2 numeric, cumulative numeric, cumulative_2 numeric
) on commit drop;
create temporary table if not exists official (
    no integer, indicator_code text, unit_code text, channel text,
    in_period numeric, in_period_2 numeric, cumulative numeric, cumulative_2 numeric
) on commit drop;
create temporary table if not exists rested (
    indicator_code text, file_id integer, records_in_period bigint, records_cumulative bigint
) on commit drop;
create temporary table if not exists adjusted (
    period text, unit_code text, indicator_code text, indicator_position integer, measure text,
    measure_position integer, old_value numeric, old_value_2 numeric, new_value numeric,
    new_value_2 numeric, files text
) on commit drop;
create temporary table if not exists report_unit (
    unit_code text, name text, full_name text, position integer
) on commit drop;
create temporary table if not exists period_unit (
    no integer, unit_code text, parent_code text, predecessor_code text, region_code text, sender_code text,
    since date, group_code text
) on commit drop;
create temporary table if not exists report_region (
    unit_code text, region_code text, full_name text, position integer, is_reporting boolean
) on commit drop;
create temporary table if not exists region_official (
    no integer, region_code text, indicator_code text, channel text,
    in_period numeric, in_period_2 numeric, cumulative numeric, cumulative_2 numeric
) on commit drop;
create temporary table if not exists listed_place (
    no integer, indicator_code text, unit_code text, place text, is_in_period boolean
) on commit drop;
create temporary table if not exists declared_or_carried (
    no integer, indicator_code text, unit_code text, channel text,
    in_period numeric, in_period_2 numeric, cumulative numeric, cumulative_2 numeric
) on commit drop;
create temporary table if not exists region_declared (
    no integer, indicator_code text, region_code text, units_reporting bigint, units_with_value bigint, units bigint,
    in_period numeric, in_period_2 numeric, cumulative numeric, cumulative_2 numeric, is_waiting boolean,
    former_cumulative numeric, former_cumulative_2 numeric, former_senders text[]
) on commit drop;
create temporary table if not exists figure_value (
    position integer, unit_code text, indicator_code text, base_rule text, channel text,
    in_period numeric, in_period_2 numeric, previous numeric, growth_pct numeric,
    cumulative numeric, cumulative_2 numeric, previous_cumulative numeric, base numeric, target_share numeric,
    achieved numeric, completion_pct numeric, is_target_met boolean, unplaced numeric, unplaced_2 numeric,
    unplaced_cumulative numeric, unplaced_cumulative_2 numeric
) on commit drop;
delete from report_period;
delete from indicator;
delete from measured;
delete from target_base;
delete from evidence;
delete from official;
delete from rested;
delete from adjusted;
delete from report_unit;
delete from period_unit;
delete from report_region;
delete from region_official;
delete from listed_place;
delete from declared_or_carried;
delete from region_declared;
delete from figure_value;
