drop view if exists mart.key_product cascade;
create view mart.key_product as
select unit_code, name as product, name_key as product_key, year, planned_tonnes, certificate
from core.key_product;
comment on view mart.key_product is 'The units'' key products. Grain: one row per unit, product and year.';
comment on column mart.key_product.unit_code is 'Unit.';
comment on column mart.key_product.product is 'Product as the unit names it.';
comment on column mart.key_product.product_key is 'The same, normalised; joins category_key of listings and order lines.';
comment on column mart.key_product.year is 'Year of the list.';
comment on column mart.key_product.planned_tonnes is 'Planned output by the unit''s own list.';
comment on column mart.key_product.certificate is 'Certificate; null means none.';
