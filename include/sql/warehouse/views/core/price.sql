drop view if exists core.price cascade;
create view core.price as
select * from core.price_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.price is 'Market prices as known. Grain: one row per product, date and place.';
