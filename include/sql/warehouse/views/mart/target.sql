drop view if exists mart.target cascade;
create view mart.target as
select year, indicator_code, nullif(unit_code, '') as unit_code, share as target_share, amount as target_amount, is_strict, legal_basis
from core.target;
comment on view mart.target is 'Targets of the plan. Grain: one row per year, indicator and unit.';
comment on column mart.target.year is 'Year.';
comment on column mart.target.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.target.unit_code is 'The one unit that it is of; null: a share of each unit''s base, an amount of the province.';
comment on column mart.target.target_share is 'Share of the base; null: an absolute number.';
comment on column mart.target.target_amount is 'The number to reach, in the indicator''s unit of measure; null: a share.';
comment on column mart.target.is_strict is 'Whether the plan says "trên": met only when exceeded.';
comment on column mart.target.legal_basis is 'Where it is set.';
