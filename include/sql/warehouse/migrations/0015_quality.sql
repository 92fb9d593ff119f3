-- Verdicts of the checks at the three gates, and the decisions of operators about them.
create table ops.quality_check (
    check_name text primary key,
    gate text not null check (gate in ('rows', 'core', 'figures')),
    source text,
    entity text,
    severity text not null check (severity in ('fail', 'warn')),
    label text not null,
    reason text not null,
    mended_by text not null,
    mended_by_name text not null
);
comment on table ops.quality_check is 'The checks as they are declared now, in the contracts and in include/quality. Grain: one row per check.';
comment on column ops.quality_check.check_name is 'Name, as postmart.rows.unknown_word or figures.jump.';
comment on column ops.quality_check.gate is 'rows (as read), core (after merging) or figures (before publishing).';
comment on column ops.quality_check.source is 'The source it looks at; null where it looks at all.';
comment on column ops.quality_check.entity is 'The entity it looks at, where it is one.';
comment on column ops.quality_check.severity is 'fail or warn';
comment on column ops.quality_check.label is 'What is wrong where it fails, in Vietnamese.';
comment on column ops.quality_check.reason is 'Why it matters, in Vietnamese.';
comment on column ops.quality_check.mended_by is 'Who can mend it: sender, district, officer, steward or engineer.';
comment on column ops.quality_check.mended_by_name is 'The same as printed, in Vietnamese.';

create table ops.check_run (
    run_id bigint generated always as identity primary key,
    gate text not null check (gate in ('rows', 'core', 'figures')),
    source text,
    report_kind text not null,
    period text not null,
    checked_at timestamptz not null,
    known_until timestamptz
);
create index on ops.check_run (report_kind, period, gate, source);
comment on table ops.check_run is 'Each time a gate looked. Kept two years. Grain: one row per gate, source and moment.';
comment on column ops.check_run.run_id is 'Number of the run.';
comment on column ops.check_run.gate is 'rows, core or figures';
comment on column ops.check_run.source is 'The source that was looked at; null: what belongs to none.';
comment on column ops.check_run.report_kind is 'week or month: of the report it was for.';
comment on column ops.check_run.period is 'Due date of the week, or YYYY-MM: of the report it was for.';
comment on column ops.check_run.checked_at is 'Moment of the sweep or report that asked.';
comment on column ops.check_run.known_until is 'Arrival of the last thing it knew.';

create table ops.check_result (
    run_id bigint not null references ops.check_run on delete cascade,
    check_name text not null,
    severity text not null check (severity in ('fail', 'warn')),
    is_passed boolean not null,
    checked_rows bigint,
    failed_rows bigint not null,
    primary key (run_id, check_name)
);
create index on ops.check_result (check_name);
comment on table ops.check_result is 'Verdicts of Great Expectations, without values. Grain: one row per run and check.';
comment on column ops.check_result.run_id is 'The run.';
comment on column ops.check_result.check_name is 'The check.';
comment on column ops.check_result.severity is 'fail or warn, as declared then';
comment on column ops.check_result.is_passed is 'Whether it passed.';
comment on column ops.check_result.checked_rows is 'Rows it looked at, where it counts them.';
comment on column ops.check_result.failed_rows is 'Rows that did not pass.';

create table ops.check_finding (
    run_id bigint not null references ops.check_run on delete cascade,
    check_name text not null,
    position integer not null,
    unit_code text,
    indicator_code text,
    field text,
    found numeric,
    expected numeric,
    failed_rows bigint,
    primary key (run_id, check_name, position)
);
comment on table ops.check_finding is 'Where a check failed, without personal data; of each check the first two hundred. Grain: one row per run, check and place.';
comment on column ops.check_finding.run_id is 'The run.';
comment on column ops.check_finding.check_name is 'The check.';
comment on column ops.check_finding.position is 'Number within the check.';
comment on column ops.check_finding.unit_code is 'Unit; 22 is the province.';
comment on column ops.check_finding.indicator_code is 'Indicator.';
comment on column ops.check_finding.field is 'Entity and header of the column, or number of the file.';
comment on column ops.check_finding.found is 'What was found.';
comment on column ops.check_finding.expected is 'What it was compared with.';
comment on column ops.check_finding.failed_rows is 'Rows there.';

create table ops.check_waiver (
    file_id integer not null references ops.source_file,
    check_name text not null,
    waived_at timestamptz not null,
    waived_by text not null,
    reason text not null,
    primary key (file_id, check_name)
);
comment on table ops.check_waiver is 'Files that an operator lets in although a check stopped them. Grain: one row per file and check.';
comment on column ops.check_waiver.file_id is 'The file.';
comment on column ops.check_waiver.check_name is 'The check.';
comment on column ops.check_waiver.waived_at is 'Moment of the decision.';
comment on column ops.check_waiver.waived_by is 'Who decided.';
comment on column ops.check_waiver.reason is 'Why.';

alter table ops.rule add column mended_by text not null default 'sender';
comment on column ops.rule.mended_by is 'Who can mend it: sender or engineer.';
