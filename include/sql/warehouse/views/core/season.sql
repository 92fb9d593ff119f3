drop view if exists core.season cascade;
create view core.season as
select * from core.season_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.season is 'The harvest calendar as known. Grain: one row per product, unit and month.';
