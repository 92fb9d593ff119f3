-- name: drop_thing
drop view if exists pg_temp.thing;

-- name: show_sales
-- How sales are shown to the end of the transaction (core.sales_shown).
select set_config('lensan.sales', :shown, true);

-- name: show_lines
-- Sales line by line, of the days asked for, to the end of the transaction.
select set_config('lensan.sales', 'by line', true), set_config('lensan.lines_from', :lines_from, true),
       set_config('lensan.lines_until', :lines_until, true);

-- name: lines_of_all_days
select set_config('lensan.lines_from', '', true), set_config('lensan.lines_until', '', true);

-- name: traced
-- The records behind an indicator's platform value in the report's period, for a unit (22: the province).
-- Grain: one row per thing and record, or per sum kept of records of one file (their number: records). Says of
-- each whether it counts in the period and cumulatively.
select scoped.part, scoped.unit_code, scoped.thing, scoped.happened_on, scoped.live_from,
       scoped.live_until, scoped.amount, scoped.record_id,
       coalesce(case :in_period when 'first' then happened_on = first_on and first_on >= counts_from and first_on < e
                       else happened_on >= counts_from and happened_on < e end, false) as is_in_period,
       coalesce(case :cumulative when 'live' then happened_on < e and live_from < e
                                     and (live_until is null or live_until >= e)
                        else happened_on >= :plan_start and happened_on < e end, false) as is_cumulative,
       scoped.records
from (
    select thing.*, period.counts_from, period.e,
           min(thing.happened_on) over (partition by thing.part, thing.thing) as first_on
    from thing
    join report_period as period on period.no = 1
    where (:unit = core.home_province() or thing.unit_code = :unit)
      and (thing.valid_from is null or thing.valid_from < period.e)
      and (thing.valid_until is null or thing.valid_until >= period.e)
) as scoped;

-- name: traced_submission
-- The rows of the forms behind an indicator's declared value in the report's period, for a unit (22: the
-- province). In the period: the unit's own form, or for a month without one its weekly forms of the
-- month and the last before. Cumulative: its last accepted cumulative; of the lists of markets, every
-- form so far. Grain: one row per row of a form.
with declared as (
    select submission.unit_code, submission.report_kind, submission.period_start,
           submission.period_end, value.indicator_code, value.in_period, value.in_period_2,
           value.cumulative, value.cumulative_2, value.places, value.record_id,
           period.s, period.e, period.report_kind as kind, period.week_kind,
           submission.report_kind = period.report_kind and submission.period_start = period.s as is_own
    from core.submission
    join core.submission_value as value using (submission_id)
    join report_period as period on period.no = 1 and submission.period_end <= period.e
    join report_unit using (unit_code)
    where value.indicator_code = :code and (:unit = core.home_province() or submission.unit_code = :unit)
),
placed as (
    select declared.*,
           bool_or(is_own) over of_unit as has_own,
           kind <> week_kind and report_kind = week_kind and period_end - 1 >= s as is_of_month,
           report_kind = week_kind and period_end - 1 < s
           and row_number() over (
               partition by unit_code, report_kind, period_end - 1 < s, cumulative is null
               order by period_end desc) = 1 and cumulative is not null as is_last_before,
           row_number() over (
               partition by unit_code, cumulative is null
               order by is_own desc, period_end desc, report_kind) = 1 as is_last
    from declared
    window of_unit as (partition by unit_code)
)
select 1 as part, unit_code, indicator_code || ' ' || period_end - 1 as thing,
       period_end - 1 as happened_on, period_start as live_from, null::date as live_until,
       in_period as amount, record_id,
       case when has_own then is_own else is_of_month or kind <> week_kind and is_last_before end as is_in_period,
       case when :is_list then places is not null
            when has_own then is_own
            else is_last and cumulative is not null end as is_cumulative,
       1 as records
from placed;
