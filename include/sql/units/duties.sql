-- name: documents
-- Grain: one row per duty, actor and term.
select duty, actor, term, reference, dated_on
from ops.duty_document
where noted_at <= :moment;

-- name: figures
-- Completion as last published before a moment, of the year of each report's last day. Grain: one row per year,
-- unit and indicator with a target.
select distinct on (value.unit_code, value.indicator_code, extract(year from value.period_end - 1))
       extract(year from value.period_end - 1)::integer as year, value.unit_code, value.indicator_code,
       value.completion_pct, value.published_at
from mart.indicator_published as value
where value.completion_pct is not null and value.published_at <= :moment
order by value.unit_code, value.indicator_code, extract(year from value.period_end - 1), value.period_end desc,
         value.published_at desc;

-- name: files
-- Files of which something was taken since a day. The same bytes again are as good as a new file.
-- Grain: one row per file.
select file.source, coalesce(file.sender, file.unit_code) as sender, file.name, file.received_at,
       string_to_array(replace(coalesce(first.entity, file.entity), ' ', ''), ',') as holds
from ops.source_file as file
left join ops.source_file as first on first.file_id = file.duplicate_of
where coalesce(first.status, file.status) = 'loaded'
  and coalesce(first.rows_accepted, file.rows_accepted) + coalesce(first.rows_superseded, file.rows_superseded) > 0
  and file.received_at >= :since and file.received_at <= :moment;

-- name: forms
-- When the first accepted form of each sender and period came. Grain: one row per sender, kind and period.
select coalesce(unit_code, sender) as sender, report_kind, period_start, min(received_at) as received_at
from core.submission_version
where received_at <= :moment
group by coalesce(unit_code, sender), report_kind, period_start;

-- name: note
insert into ops.duty_document (duty, actor, term, reference, dated_on, noted_by, noted_at)
values (:duty, :actor, :term, :reference, :dated_on, :noted_by, :moment)
on conflict (duty, actor, term) do update
set reference = excluded.reference, dated_on = excluded.dated_on, noted_by = excluded.noted_by,
    noted_at = excluded.noted_at;

-- name: reports
-- First publications. Grain: one row per report.
select report_kind, period, published_at
from ops.report
where revision = 0 and published_at <= :moment;

-- name: tell
-- Grain: one row, or none where it was told before.
insert into ops.duty_reminder (duty, actor, term, fact, told_at)
values (:duty, :actor, :term, :fact, :moment)
on conflict (duty, actor, term) do nothing
returning duty;

-- name: told
-- Grain: one row per duty, actor and term that was told.
select duty, actor, term, told_at
from ops.duty_reminder;

-- name: to_send
-- What was told by mails that have not all gone out. Grain: one row per mail, duty and term.
select fact, actor, duty, term
from ops.duty_reminder
where exists (select from ops.mail where mail.fact = duty_reminder.fact and mail.state = 'pending')
   or not exists (select from ops.mail where mail.fact = duty_reminder.fact)
order by told_at, fact, duty, term;
