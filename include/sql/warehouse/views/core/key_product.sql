drop view if exists core.key_product cascade;
create view core.key_product as
select * from core.key_product_version
where known_from <= core.known_at() and known_until > core.known_at();
comment on view core.key_product is 'Key products as known. Grain: one row per unit, product and year.';
