-- Which files changed a figure of a published report is found once, not by every later report.
create table ops.report_change (
    report_kind text not null,
    period text not null,
    revision integer not null,
    unit_code text not null,
    indicator_code text not null,
    measure text not null,
    new_value numeric,
    new_value_2 numeric,
    file_ids integer[] not null,
    primary key (report_kind, period, revision, unit_code, indicator_code, measure),
    foreign key (report_kind, period, revision) references ops.report
);
comment on table ops.report_change is 'Figures of published reports that are different now, and the files that changed them, until something new bears on their period. Grain: one row per report, revision, unit, indicator and measure.';
comment on column ops.report_change.report_kind is 'week or month';
comment on column ops.report_change.period is 'Due date of the week, or YYYY-MM.';
comment on column ops.report_change.revision is '0 for the report as first published, 1, 2, … for its corrections.';
comment on column ops.report_change.unit_code is 'Unit; the province''s code for the province.';
comment on column ops.report_change.indicator_code is 'Indicator.';
comment on column ops.report_change.measure is 'in_period, growth_pct, cumulative or completion_pct.';
comment on column ops.report_change.new_value is 'What it is now; null: blank.';
comment on column ops.report_change.new_value_2 is 'Second part of what it is now (125/34); null: blank, or there is none.';
comment on column ops.report_change.file_ids is 'The files that changed it, in the order of their arrival; empty: none is known.';
