drop view if exists mart.price cascade;
create view mart.price as
select name as product, name_key as product_key, priced_on, place, price_vnd_kg
from core.price;
comment on view mart.price is 'Market prices of the trade office. Grain: one row per product, date and place.';
comment on column mart.price.product is 'Product as the office names it.';
comment on column mart.price.product_key is 'The same, normalised; joins category_key of listings and order lines.';
comment on column mart.price.priced_on is 'Date of the price.';
comment on column mart.price.place is 'Market.';
comment on column mart.price.price_vnd_kg is 'Đồng a kg.';
