drop view if exists mart.season cascade;
create view mart.season as
select unit_code, name as product, name_key as product_key, month_on, planned_tonnes, certificate,
       price_low_vnd_kg, price_high_vnd_kg
from core.season;
comment on view mart.season is 'The harvest calendar of the agriculture office. Without its contacts. Grain: one row per product, unit and month.';
comment on column mart.season.unit_code is 'Unit.';
comment on column mart.season.product is 'Product as the office names it.';
comment on column mart.season.product_key is 'The same, normalised; joins category_key of listings and order lines.';
comment on column mart.season.month_on is 'First day of the month.';
comment on column mart.season.planned_tonnes is 'Planned output of the month; null where the calendar is silent.';
comment on column mart.season.certificate is 'Quality or certificate.';
comment on column mart.season.price_low_vnd_kg is 'Lower end of the price range, đồng a kg.';
comment on column mart.season.price_high_vnd_kg is 'Upper end of the price range, đồng a kg.';
