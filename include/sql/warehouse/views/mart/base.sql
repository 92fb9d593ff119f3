drop view if exists mart.base cascade;
create view mart.base as
select unit_code, year, name as total, value from core.base;
comment on view mart.base is 'Base totals declared by the units. Grain: one row per unit, total and year.';
comment on column mart.base.unit_code is 'Unit.';
comment on column mart.base.year is 'Year.';
comment on column mart.base.total is 'Name of the total as given, as Tổng số hộ SXNN.';
comment on column mart.base.value is 'Value.';
