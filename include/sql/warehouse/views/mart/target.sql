drop view if exists mart.target cascade;
create view mart.target as
select year, indicator_code, share as target_share, is_strict, legal_basis
from core.target;
comment on view mart.target is 'Targets of the plan. Grain: one row per year and indicator.';
comment on column mart.target.year is 'Year.';
comment on column mart.target.indicator_code is 'Indicator, as I or II.3.';
comment on column mart.target.target_share is 'Share of the base.';
comment on column mart.target.is_strict is 'Whether the plan says "trên": met only when exceeded.';
comment on column mart.target.legal_basis is 'Where it is set.';
