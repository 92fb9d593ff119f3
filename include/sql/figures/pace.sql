-- name: measured
-- The figures that are being reported, of the session's work tables. Grain: one row per unit and indicator with a target.
create temporary table pace_now on commit drop as
select unit_code, indicator_code, achieved, base, target_share, is_target_met, channel
from figure_value
where target_share is not null;

-- name: kept
-- The figures of a period as they were computed last. Grain: one row per unit and indicator with a target.
create temporary table pace_now on commit drop as
select unit_code, indicator_code, achieved, base, target_share, is_target_met, channel
from mart.indicator_value
where report_kind = :report_kind and period_start = :period_start and period_end = :period_end
  and target_share is not null;

-- name: fill
-- What a week must bring to meet the target by the end of its year, and what a week brought of late
-- (docs/rules/reports.md#pace). Of late: since the earliest of the periods of the same year that ended in the
-- window before this one and whose figures come from the same channel; of fewer than :least_points nothing is said.
-- Grain: one row per unit and indicator whose target is an amount.
create temporary table pace on commit drop as
with of_units as (
    select indicator_code, bool_or(is_strict) as is_strict
    from core.target
    where year = :year and unit_code <> ''
    group by indicator_code
),
aim as (
    select pace_now.unit_code, pace_now.indicator_code, pace_now.achieved, pace_now.channel, told.position,
           coalesce(pace_now.is_target_met, false) as is_met, told.step,
           greatest(told.step / 10, 0.001) as shown_step,
           case when coalesce(own.is_strict, general.is_strict, of_units.is_strict)
                then floor(pace_now.target_share * pace_now.base / told.step) * told.step + told.step
                else ceil(pace_now.target_share * pace_now.base / told.step) * told.step end as goal
    from pace_now
    join unnest(cast(:codes as text[]), cast(:steps as numeric[])) with ordinality
        as told (indicator_code, step, position) using (indicator_code)
    left join core.target as own
      on own.year = :year and own.indicator_code = pace_now.indicator_code
     and own.unit_code = pace_now.unit_code
    left join core.target as general
      on general.year = :year and general.indicator_code = pace_now.indicator_code and general.unit_code = ''
    left join of_units on of_units.indicator_code = pace_now.indicator_code
    where pace_now.target_share * pace_now.base > 0
),
point as (
    select unit_code, indicator_code, channel, count(*) as points, min(period_end) as first_on,
           (array_agg(achieved order by period_end))[1] as first_achieved
    from mart.indicator_value
    where report_kind = :report_kind and period_end < :period_end
      and period_end >= cast(:period_end as date) - cast(:window_days as integer)
      and period_end > make_date(:year, 1, 1)
      and achieved is not null and channel is not null and computed_at <= core.known_at()
    group by unit_code, indicator_code, channel
),
lately as (
    select aim.*, cast(:ends_on as date) - cast(:period_end as date) as days_left,
           case when point.points >= :least_points
                then cast(:period_end as date) - point.first_on end as recent_days,
           case when point.points >= :least_points
                then (aim.achieved - point.first_achieved) * 7
                     / (cast(:period_end as date) - point.first_on) end as recent
    from aim
    left join point using (unit_code, indicator_code, channel)
),
judged as (
    select lately.*,
           case when is_met then 'met'
                when days_left <= 0 then 'missed'
                when recent is null then 'too_short'
                when achieved + recent * days_left / 7 >= goal then 'on_pace'
                else 'behind' end as outlook,
           case when recent > 0 and not is_met then ceil((goal - achieved) * 7 / recent) end as days_needed
    from lately
)
select judged.position, coalesce(unit.position, 0) as unit_position, judged.indicator_code, judged.unit_code,
       round(achieved, 3) as achieved, round(goal, 3) as goal,
       cast(:ends_on as date) - 1 as due_on,
       case when not is_met and days_left > 0
            then round(ceil((goal - achieved) * 7 / greatest(days_left, 7) / shown_step) * shown_step, 3)
       end as needed_weekly,
       round(recent, case when step < 1 then 3 else 1 end) as recent_weekly, recent_days, outlook,
       case when days_needed < 3650
            then cast(:period_end as date) + cast(days_needed as integer) end as expected_on
from judged
left join core.unit
  on unit.unit_code = judged.unit_code and unit.valid_from < :period_end
 and (unit.valid_to is null or unit.valid_to >= cast(:period_end as date) - 1);

-- name: clear
drop table if exists pg_temp.pace_now, pg_temp.pace;
