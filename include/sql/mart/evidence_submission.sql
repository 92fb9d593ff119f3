-- Channel submission, per unit. A month without a monthly form is formed from the weekly forms whose
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
      on declared.report_kind = 'week' and declared.period_end - 1 < period.e
    where period.report_kind = 'month'
    group by period.no, declared.indicator_code, declared.sender, declared.unit_code
)
select no, indicator_code, coalesce(unit_code, '22'),
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
where (unit_code is null or unit_code in (select unit_code from report_unit))
  and (indicator.has_submission or unit_code is null)
