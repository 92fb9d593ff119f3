drop view if exists ops.check_trend cascade;
create view ops.check_trend as
with judged as (
    select result.check_name, run.report_kind, run.period, run.run_id, run.checked_at, result.severity,
           result.is_passed, result.checked_rows, result.failed_rows,
           row_number() over (
               partition by result.check_name, run.report_kind, run.period order by run.run_id desc) as place
    from ops.check_result as result
    join ops.check_run as run using (run_id)
)
select check_name, report_kind, period, max(severity) filter (where place = 1) as severity,
       count(*) as runs, count(*) filter (where not is_passed) as runs_failed,
       bool_and(is_passed) filter (where place = 1) as is_passed,
       max(checked_rows) filter (where place = 1) as checked_rows,
       max(failed_rows) filter (where place = 1) as failed_rows,
       max(checked_at) as checked_at
from judged
group by check_name, report_kind, period;
comment on view ops.check_trend is 'How each check went, report by report. Grain: one row per check and period.';
comment on column ops.check_trend.check_name is 'The check (ops.quality_check).';
comment on column ops.check_trend.report_kind is 'week or month';
comment on column ops.check_trend.period is 'Due date of the week, or YYYY-MM: of the report it was for.';
comment on column ops.check_trend.severity is 'fail or warn';
comment on column ops.check_trend.runs is 'How often it was asked for that period.';
comment on column ops.check_trend.runs_failed is 'How often it did not pass.';
comment on column ops.check_trend.is_passed is 'Whether it passed when it was last asked.';
comment on column ops.check_trend.checked_rows is 'Rows it looked at then, where it counts them.';
comment on column ops.check_trend.failed_rows is 'Rows that did not pass then.';
comment on column ops.check_trend.checked_at is 'When it was last asked.';
