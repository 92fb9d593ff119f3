-- What views and checks need to know of the indicators. The files declare it (include/sql/figures); the rows
-- are loaded with the other reference lists. Grain: one row per indicator.
create table core.indicator (
    indicator_code text primary key,
    position integer not null,
    has_platform boolean not null,
    has_units boolean not null,
    is_growing boolean not null,
    is_additive boolean not null,
    is_sum boolean not null,
    is_sum_2 boolean,
    base_rule text,
    is_base_of_cumulative boolean,
    training_topic text
);
comment on table core.indicator is 'What is declared of the indicators, as views and checks need it. Grain: one row per indicator.';
comment on column core.indicator.indicator_code is 'Indicator, as I or II.3.';
comment on column core.indicator.position is 'Order in the form.';
comment on column core.indicator.has_platform is 'Whether the platforms tell of it; else it is only declared.';
comment on column core.indicator.has_units is 'Whether units have values of their own.';
comment on column core.indicator.is_growing is 'Whether the cumulative counts all since the plan''s start, so that it never falls.';
comment on column core.indicator.is_additive is 'Whether the last cumulative and a period''s value make the next cumulative.';
comment on column core.indicator.is_sum is 'Whether the province is the sum of the units; else it is distinct over the province.';
comment on column core.indicator.is_sum_2 is 'The same of the second part; null where there is none.';
comment on column core.indicator.base_rule is 'The base of its target: a file of include/sql/figures/bases; null without a target.';
comment on column core.indicator.is_base_of_cumulative is 'Whether the cumulative is compared with the base; else the base says what is achieved. Null without a base.';
comment on column core.indicator.training_topic is 'Topic of the training lists that prove what is declared; null where there are none.';
