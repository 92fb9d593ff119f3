-- Targets as absolute numbers, and of one unit (docs/rules/indicators.md#absolute-numbers-and-targets-of-a-unit).
alter table core.target alter column share drop not null;
alter table core.target add column amount numeric, add column unit_code text not null default '';
alter table core.target drop constraint target_pkey, add primary key (year, indicator_code, unit_code);
alter table core.target add check ((share is null) <> (amount is null));
comment on table core.target is 'Targets of the plan, from targets.csv. Grain: one row per year, indicator and unit.';
comment on column core.target.share is 'Share of the base; null: an absolute number.';
comment on column core.target.amount is 'The number to reach, in the indicator''s unit of measure; null: a share.';
comment on column core.target.unit_code is 'The one unit that it is of; empty: a share of each unit''s base, an amount of the province.';
comment on column mart.indicator_value.base is 'Base of the target; where the target is an absolute number, that number.';
