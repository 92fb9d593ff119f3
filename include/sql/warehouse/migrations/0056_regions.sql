-- Regions between units and the province, and their figures (docs/rules/units.md#regions).
create table core.region (
    region_code text not null,
    name text not null,
    full_name text not null,
    parents text[] not null,
    is_reporting boolean not null,
    position integer not null,
    valid_from date not null,
    valid_to date,
    primary key (region_code, valid_from)
);
comment on table core.region is 'Regions between units and the province, from the list regions.csv. Grain: one row per region and validity.';
comment on column core.region.region_code is 'The province''s own code; no unit has it.';
comment on column core.region.name is 'Short name.';
comment on column core.region.full_name is 'Name as printed.';
comment on column core.region.parents is 'What its units have as parent (core.unit.parent_code).';
comment on column core.region.is_reporting is 'Whether its form stands instead of its units''.';
comment on column core.region.position is 'Order in reports.';
comment on column core.region.valid_from is 'First day.';
comment on column core.region.valid_to is 'Last day; null while it is valid.';

create table mart.region_value (
    report_kind text not null,
    period_start date not null,
    period_end date not null,
    region_code text not null,
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
    channel text,
    note text,
    computed_at timestamptz not null,
    primary key (report_kind, period_start, region_code, indicator_code)
);
comment on table mart.region_value is 'The indicators of regions as known now: things of their units, each counted once. Grain: one row per period, region and indicator.';
comment on column mart.region_value.report_kind is 'week or month';
comment on column mart.region_value.period_start is 'First day.';
comment on column mart.region_value.period_end is 'Day after the last day.';
comment on column mart.region_value.region_code is 'Region (mart.region).';
comment on column mart.region_value.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.region_value.in_period is 'In the period, by the official channel.';
comment on column mart.region_value.in_period_2 is 'Second part of a two-part value.';
comment on column mart.region_value.previous is 'In the previous period, as known now.';
comment on column mart.region_value.growth_pct is 'Growth over the previous period, percent, one decimal.';
comment on column mart.region_value.cumulative is 'Up to the end of the period.';
comment on column mart.region_value.cumulative_2 is 'Second part of a two-part value.';
comment on column mart.region_value.base is 'What the target is a share of, over the units that have a base.';
comment on column mart.region_value.target_share is 'Target of the year, share of the base.';
comment on column mart.region_value.achieved is 'What is compared with the target.';
comment on column mart.region_value.completion_pct is 'achieved / (target share x base), percent, one decimal.';
comment on column mart.region_value.channel is 'platform or submission; null: nobody of it has reported.';
comment on column mart.region_value.note is 'What a reader should know.';
comment on column mart.region_value.computed_at is 'Moment of computing.';

create table mart.region_published (
    report_kind text not null,
    period text not null,
    period_start date not null,
    period_end date not null,
    revision integer not null,
    region_code text not null,
    region text not null,
    is_reporting boolean not null,
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
    primary key (report_kind, period, revision, region_code, indicator_code)
);
comment on table mart.region_published is 'The indicators of regions as printed, never changed. Grain: one row per report, revision, region and indicator.';
comment on column mart.region_published.report_kind is 'week or month';
comment on column mart.region_published.period is 'Due date of the week, or YYYY-MM.';
comment on column mart.region_published.period_start is 'First day.';
comment on column mart.region_published.period_end is 'Day after the last day.';
comment on column mart.region_published.revision is '0, then 1, 2, … for corrections.';
comment on column mart.region_published.region_code is 'Region (mart.region).';
comment on column mart.region_published.region is 'Its name as printed.';
comment on column mart.region_published.is_reporting is 'Whether its form stood instead of its units''.';
comment on column mart.region_published.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.region_published.in_period is 'As printed.';
comment on column mart.region_published.in_period_2 is 'Second part of a two-part value.';
comment on column mart.region_published.previous is 'In the previous period, as known then.';
comment on column mart.region_published.growth_pct is 'Percent.';
comment on column mart.region_published.cumulative is 'As printed.';
comment on column mart.region_published.cumulative_2 is 'Second part of a two-part value.';
comment on column mart.region_published.base is 'Base that was used.';
comment on column mart.region_published.target_share is 'Target that was used.';
comment on column mart.region_published.completion_pct is 'As printed, percent.';
comment on column mart.region_published.channel is 'Channel that was official.';
comment on column mart.region_published.note is 'What a reader should know.';
comment on column mart.region_published.published_at is 'Moment of publication.';
comment on column mart.region_published.sha256 is 'SHA-256 of the workbook.';
