-- A release keeps whether its mails are wanted, and an officer's "not yet" is kept with its reason.
alter table ops.release add column wants_mail boolean not null default true;
comment on column ops.release.wants_mail is 'Whether it is to be mailed: yes for the schedule and the officer, for a backfill or a run by hand only when asked.';

-- What was released before and never mailed was a backfill, or was not to be mailed.
update ops.release set wants_mail = false
where not exists (
    select 1 from ops.mail
    where mail.report_kind = release.report_kind and mail.period = release.period);

create table ops.not_yet (
    report_kind text not null,
    period text not null,
    said_at timestamptz not null,
    said_by text not null,
    reason text not null,
    primary key (report_kind, period, said_at, said_by)
);
comment on table ops.not_yet is 'Words of officers that a report should not be released yet; the deadline wins over them. Grain: one row per word.';
comment on column ops.not_yet.report_kind is 'week or month';
comment on column ops.not_yet.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.not_yet.said_at is 'Moment it was said.';
comment on column ops.not_yet.said_by is 'Login or name of who said it.';
comment on column ops.not_yet.reason is 'Why, in the officer''s words.';
