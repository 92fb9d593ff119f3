-- Reports that somebody asks for out of turn (docs/decisions/0035-ad-hoc-reports.md), and their mails.
create table ops.adhoc_report (
    number text primary key,
    title text not null,
    reason text not null,
    asked_by text not null,
    period_start date not null,
    period_end date not null,
    units text[] not null,
    indicators text[] not null,
    published_at timestamptz not null,
    known_at timestamptz not null,
    code_version text not null,
    frozen jsonb not null,
    check (period_start < period_end)
);
comment on table ops.adhoc_report is 'Ad-hoc reports, frozen. Grain: one row per report.';
comment on column ops.adhoc_report.number is 'Year in which it was made and number in that year, as 2021-3.';
comment on column ops.adhoc_report.title is 'What it is called; a person''s words.';
comment on column ops.adhoc_report.reason is 'Why it was asked for; a person''s words.';
comment on column ops.adhoc_report.asked_by is 'Who made it.';
comment on column ops.adhoc_report.period_start is 'First day.';
comment on column ops.adhoc_report.period_end is 'Day after the last day.';
comment on column ops.adhoc_report.units is 'The units asked for; empty: all of its last day.';
comment on column ops.adhoc_report.indicators is 'The indicators asked for, in the order of the form.';
comment on column ops.adhoc_report.published_at is 'Moment it was made.';
comment on column ops.adhoc_report.known_at is 'Arrival of the last file it could use.';
comment on column ops.adhoc_report.code_version is 'Version of lensan that rendered it.';
comment on column ops.adhoc_report.frozen is 'The whole report object.';

create table ops.adhoc_report_file (
    number text not null references ops.adhoc_report,
    name text not null,
    sha256 text not null,
    size_bytes bigint not null,
    content bytea not null,
    primary key (number, name)
);
comment on table ops.adhoc_report_file is 'The files of ad-hoc reports themselves. Grain: one row per file.';
comment on column ops.adhoc_report_file.number is 'Of the report.';
comment on column ops.adhoc_report_file.name is 'File name.';
comment on column ops.adhoc_report_file.sha256 is 'SHA-256 of the bytes.';
comment on column ops.adhoc_report_file.size_bytes is 'Size in bytes.';
comment on column ops.adhoc_report_file.content is 'The bytes.';

alter table ops.mail drop constraint mail_kind_check;
alter table ops.mail add constraint mail_kind_check
    check (kind in ('report', 'reminder', 'feedback', 'receipt', 'alarm', 'adhoc'));
comment on column ops.mail.kind is 'report, reminder, feedback (a workbook returned), receipt, alarm or adhoc (an ad-hoc report).';
