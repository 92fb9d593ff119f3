drop view if exists mart.unit_report cascade;
create view mart.unit_report as
with form as (
    select unit_code, report_kind, period_start, period_end, min(received_at) as received_at,
           count(*) as forms
    from core.submission_version
    where unit_code is not null and known_from <= core.known_at()
    group by unit_code, report_kind, period_start, period_end
),
given as (
    select submission.unit_code, submission.report_kind, submission.period_start,
           count(value.in_period) as values_given
    from core.submission
    join core.submission_value as value using (submission_id)
    group by submission.unit_code, submission.report_kind, submission.period_start
)
select form.unit_code, form.report_kind, form.period_start, form.period_end, form.received_at, form.forms,
       form.received_at <= due.at as is_on_time,
       coalesce(given.values_given, 0) as values_given, declared.rows as values_expected
from form
cross join lateral (
    -- The last that holds by the period's end; for a period before all of them the first.
    select (form.period_end + deadline.days_after_end + deadline.due_time)
           at time zone 'Asia/Ho_Chi_Minh' as at
    from core.deadline
    where deadline.report_kind = form.report_kind
    order by deadline.valid_from <= form.period_end desc, abs(form.period_end - deadline.valid_from)
    limit 1
) as due
cross join lateral (
    select cast(count(*) as integer) as rows
    from core.indicator
    where has_submission and plan = split_part(form.report_kind, '_', 2)
) as declared
left join given using (unit_code, report_kind, period_start);
comment on view mart.unit_report is 'When each unit''s form came, and how complete it is. Grain: one row per unit, kind and period for which one came.';
comment on column mart.unit_report.unit_code is 'Unit (mart.unit).';
comment on column mart.unit_report.report_kind is 'week or month, of a further plan as week_kh2.';
comment on column mart.unit_report.period_start is 'First day.';
comment on column mart.unit_report.period_end is 'Day after the last day.';
comment on column mart.unit_report.received_at is 'Arrival of the first form that was accepted.';
comment on column mart.unit_report.forms is 'Forms that were accepted; each replaced the one before.';
comment on column mart.unit_report.is_on_time is 'Whether the first came by the deadline.';
comment on column mart.unit_report.values_given is 'Rows with a value for the period in the form that holds.';
comment on column mart.unit_report.values_expected is 'Indicators of the plan that units declare.';
