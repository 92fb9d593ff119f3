create table mart.indicator_evidence (
    report_kind text not null,
    period_start date not null,
    period_end date not null,
    unit_code text not null,
    indicator_code text not null,
    channel text not null,
    in_period numeric,
    in_period_2 numeric,
    cumulative numeric,
    cumulative_2 numeric,
    computed_at timestamptz not null,
    primary key (report_kind, period_start, unit_code, indicator_code, channel)
);
comment on table mart.indicator_evidence is 'What each available channel says, as known now. Grain: one row per period, unit, indicator and channel.';
comment on column mart.indicator_evidence.report_kind is 'week or month';
comment on column mart.indicator_evidence.period_start is 'First day.';
comment on column mart.indicator_evidence.period_end is 'Day after the last day.';
comment on column mart.indicator_evidence.unit_code is 'Unit; 22 is the province.';
comment on column mart.indicator_evidence.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.indicator_evidence.channel is 'platform, submission or, for the postal enterprises'' own forms, their name; these are never official.';
comment on column mart.indicator_evidence.in_period is 'In the period.';
comment on column mart.indicator_evidence.in_period_2 is 'Second part of a two-part value.';
comment on column mart.indicator_evidence.cumulative is 'Up to the end of the period.';
comment on column mart.indicator_evidence.cumulative_2 is 'Second part of a two-part value.';
comment on column mart.indicator_evidence.computed_at is 'Moment of the run that computed it.';

create table mart.indicator_value (
    report_kind text not null,
    period_start date not null,
    period_end date not null,
    unit_code text not null,
    indicator_code text not null,
    in_period numeric,
    in_period_2 numeric,
    previous numeric,
    growth_pct numeric,
    cumulative numeric,
    cumulative_2 numeric,
    base numeric,
    target_share numeric,
    achieved numeric,
    completion_pct numeric,
    is_target_met boolean,
    channel text,
    base_rule text,
    note text,
    computed_at timestamptz not null,
    primary key (report_kind, period_start, unit_code, indicator_code)
);
comment on table mart.indicator_value is 'The indicators as known now. Grain: one row per period, unit and indicator.';
comment on column mart.indicator_value.report_kind is 'week or month';
comment on column mart.indicator_value.period_start is 'First day.';
comment on column mart.indicator_value.period_end is 'Day after the last day.';
comment on column mart.indicator_value.unit_code is 'Unit; 22 is the province.';
comment on column mart.indicator_value.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.indicator_value.in_period is 'In the period, by the official channel.';
comment on column mart.indicator_value.in_period_2 is 'Second part of a two-part value.';
comment on column mart.indicator_value.previous is 'In the previous period, as known now.';
comment on column mart.indicator_value.growth_pct is 'Growth over the previous period, percent, one decimal.';
comment on column mart.indicator_value.cumulative is 'Up to the end of the period.';
comment on column mart.indicator_value.cumulative_2 is 'Second part of a two-part value.';
comment on column mart.indicator_value.base is 'What the target is a share of.';
comment on column mart.indicator_value.target_share is 'Target of the year, share of the base.';
comment on column mart.indicator_value.achieved is 'What is compared with the target.';
comment on column mart.indicator_value.completion_pct is 'achieved / (target share x base), percent, one decimal.';
comment on column mart.indicator_value.is_target_met is 'Whether the target is met ("trên" means exceeded).';
comment on column mart.indicator_value.channel is 'platform, submission or, where a cumulative value was carried forward, null.';
comment on column mart.indicator_value.base_rule is 'How the base was formed.';
comment on column mart.indicator_value.note is 'The notes column of the form.';
comment on column mart.indicator_value.computed_at is 'Moment of the run that computed it.';

create table mart.indicator_published (
    report_kind text not null,
    period text not null,
    period_start date not null,
    period_end date not null,
    revision integer not null,
    unit_code text not null,
    indicator_code text not null,
    in_period numeric,
    in_period_2 numeric,
    previous numeric,
    growth_pct numeric,
    cumulative numeric,
    cumulative_2 numeric,
    base numeric,
    target_share numeric,
    completion_pct numeric,
    channel text,
    note text,
    published_at timestamptz not null,
    sha256 text not null,
    primary key (report_kind, period, revision, unit_code, indicator_code)
);
comment on table mart.indicator_published is 'The indicators as printed, never changed. Grain: one row per report, revision, unit and indicator.';
comment on column mart.indicator_published.report_kind is 'week or month';
comment on column mart.indicator_published.period is 'Due date of the week, or YYYY-MM.';
comment on column mart.indicator_published.period_start is 'First day.';
comment on column mart.indicator_published.period_end is 'Day after the last day.';
comment on column mart.indicator_published.revision is '0, then 1, 2, … for corrections.';
comment on column mart.indicator_published.unit_code is 'Unit; 22 is the province.';
comment on column mart.indicator_published.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.indicator_published.in_period is 'As printed.';
comment on column mart.indicator_published.in_period_2 is 'Second part of a two-part value.';
comment on column mart.indicator_published.previous is 'In the previous period, as known then.';
comment on column mart.indicator_published.growth_pct is 'As printed, percent.';
comment on column mart.indicator_published.cumulative is 'As printed.';
comment on column mart.indicator_published.cumulative_2 is 'Second part of a two-part value.';
comment on column mart.indicator_published.base is 'Base that was used.';
comment on column mart.indicator_published.target_share is 'Target that was used.';
comment on column mart.indicator_published.completion_pct is 'As printed, percent.';
comment on column mart.indicator_published.channel is 'Channel that was official.';
comment on column mart.indicator_published.note is 'As printed.';
comment on column mart.indicator_published.published_at is 'Moment of publication.';
comment on column mart.indicator_published.sha256 is 'SHA-256 of the workbook.';

create table ops.report (
    report_kind text not null,
    period text not null,
    revision integer not null,
    period_start date not null,
    period_end date not null,
    published_at timestamptz not null,
    known_at timestamptz,
    code_version text not null,
    figures_sha256 text not null,
    frozen jsonb not null,
    primary key (report_kind, period, revision)
);
comment on table ops.report is 'Published reports, frozen. Grain: one row per report and revision.';
comment on column ops.report.report_kind is 'week or month';
comment on column ops.report.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.report.revision is '0, then 1, 2, … for corrections.';
comment on column ops.report.period_start is 'First day.';
comment on column ops.report.period_end is 'Day after the last day.';
comment on column ops.report.published_at is 'Moment of publication.';
comment on column ops.report.known_at is 'Arrival of the last file it could use.';
comment on column ops.report.code_version is 'Version of lensan that rendered it.';
comment on column ops.report.figures_sha256 is 'SHA-256 of figures.json.';
comment on column ops.report.frozen is 'The whole report object, from which its files can be rendered again.';

create table ops.report_file (
    report_kind text not null,
    period text not null,
    revision integer not null,
    name text not null,
    sha256 text not null,
    size_bytes bigint not null,
    content bytea not null,
    primary key (report_kind, period, revision, name),
    foreign key (report_kind, period, revision) references ops.report
);
comment on table ops.report_file is 'The published files themselves. Grain: one row per file.';
comment on column ops.report_file.report_kind is 'week or month';
comment on column ops.report_file.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.report_file.revision is '0, then 1, 2, … for corrections.';
comment on column ops.report_file.name is 'File name.';
comment on column ops.report_file.sha256 is 'SHA-256 of the bytes.';
comment on column ops.report_file.size_bytes is 'Size in bytes.';
comment on column ops.report_file.content is 'The bytes.';

create table ops.report_source (
    report_kind text not null,
    period text not null,
    revision integer not null,
    file_id integer not null references ops.source_file,
    primary key (report_kind, period, revision, file_id),
    foreign key (report_kind, period, revision) references ops.report
);
comment on table ops.report_source is 'The files that a published report could use. Grain: one row per report and file.';
comment on column ops.report_source.report_kind is 'week or month';
comment on column ops.report_source.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.report_source.revision is '0, then 1, 2, … for corrections.';
comment on column ops.report_source.file_id is 'The file.';
