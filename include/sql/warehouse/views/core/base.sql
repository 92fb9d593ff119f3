drop view if exists core.base cascade;
create view core.base as
select * from core.base_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.base is 'Base totals as known. Grain: one row per unit, total and year.';
