create table ops.rule (
    rule text primary key,
    label text not null,
    reason text not null
);
comment on table ops.rule is 'The rules that files, rows and forms are checked by, as printed. From include/reference/rules.csv. Grain: one row per rule.';
comment on column ops.rule.rule is 'Code, as in ops.quarantine, ops.row_warning and ops.source_file.';
comment on column ops.rule.label is 'What is wrong, in Vietnamese.';
comment on column ops.rule.reason is 'Why it matters or what was done, in Vietnamese.';

create table ops.report_check (
    report_kind text not null,
    period text not null,
    checked_until timestamptz not null,
    primary key (report_kind, period)
);
comment on table ops.report_check is 'Until which arrival a published report was compared with the warehouse. Grain: one row per published period.';
comment on column ops.report_check.report_kind is 'week or month';
comment on column ops.report_check.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.report_check.checked_until is 'Its values in mart.indicator_value are those of everything known until this moment.';

alter table ops.report add column reason text;
comment on column ops.report.reason is 'Why a correction was published, as the operator said; null for the first publication.';

create index on core.stall_version (known_from);
create index on core.stall_version (known_until) where known_until <> 'infinity';
create index on core.listing_version (known_from);
create index on core.listing_version (known_until) where known_until <> 'infinity';
create index on core.order_line_version (known_from);
create index on core.order_line_version (known_until) where known_until <> 'infinity';
create index on core.producer_member_version (known_from);
create index on core.producer_version (known_from);
