-- What was shown of the figures in the packages for the public (docs/rules/privacy.md).
create table ops.public_figure (
    package_no integer not null,
    report_kind text not null,
    period text not null,
    revision integer not null,
    period_end date not null,
    indicator_code text not null,
    part integer not null,
    unit_code text not null,
    value numeric not null,
    is_shown boolean not null,
    primary key (package_no, indicator_code, part, unit_code),
    unique (report_kind, period, revision, indicator_code, part, unit_code),
    foreign key (report_kind, period, revision) references ops.report
);
comment on table ops.public_figure is 'The cumulatives that each public package was to show, and whether it did: what is withheld stands here too. Grain: one row per package, indicator, part and unit.';
comment on column ops.public_figure.package_no is '1, 2, …, in the order of publication.';
comment on column ops.public_figure.report_kind is 'week or month.';
comment on column ops.public_figure.period is 'Name of the period.';
comment on column ops.public_figure.revision is '0 is what was published first.';
comment on column ops.public_figure.period_end is 'First day after the period.';
comment on column ops.public_figure.indicator_code is 'Indicator, as I or II.3.';
comment on column ops.public_figure.part is '1, or 2 for the second part of values printed as 125/34.';
comment on column ops.public_figure.unit_code is 'Unit, or the home province.';
comment on column ops.public_figure.value is 'The cumulative as printed; of a unit that the report does not have, and of a period that ended before the one of a package before, the last one.';
comment on column ops.public_figure.is_shown is 'Whether the package shows it; else the last one shown stands there.';

create table ops.public_contribution (
    indicator_code text not null,
    part integer not null,
    unit_code text not null,
    contributor text not null,
    amount numeric not null,
    primary key (indicator_code, part, unit_code, contributor)
);
comment on table ops.public_contribution is 'What each producer contributed to the value that a public package showed last: what it changed since tells who stands behind the next one. Grain: one row per indicator, part, unit and producer.';
comment on column ops.public_contribution.indicator_code is 'Indicator, as I or II.3.';
comment on column ops.public_contribution.part is '1, or 2 for the second part of values printed as 125/34.';
comment on column ops.public_contribution.unit_code is 'Unit, or the home province.';
comment on column ops.public_contribution.contributor is 'Number of the producer, or the key of a stall without one.';
comment on column ops.public_contribution.amount is 'Things or tonnes in the value.';
