-- name: series
-- The key products of the units that the harvest calendar has. Grain: one row per unit and product.
select season.unit_code as unit, season.name_key as product, min(season.name) as name
from core.season_told as season
join core.unit using (unit_code)
where exists (
    select 1 from core.key_product as product
    where product.unit_code = season.unit_code and product.name_key = season.name_key)
group by season.unit_code, season.name_key, unit.position
order by unit.position, season.name_key collate "C";

-- name: calendar
-- Grain: one row per unit, product, month and content.
select unit_code as unit, name_key as product, month_on, planned_tonnes as tonnes, price_low_vnd_kg as price_low,
       known_from, known_until
from core.season_told
where planned_tonnes is not null and month_on >= :first_on and month_on < :until_on;

-- name: quotes
-- Grain: one row per product, date, place and content.
select name_key as product, priced_on, place, price_vnd_kg as price, known_from, known_until
from core.price_told
where priced_on >= :first_on and priced_on < :until_on;

-- name: sales
-- Grain: one row per unit, category, week before :until_on and span in which it was believed.
select unit_code as unit, category_key as product,
       (cast(:until_on as date) - 1 - completed_on) / 7 as weeks_before,
       sum(weight_kg) / 1000 as tonnes, known_from, known_until
from core.sale_told
where completed_on >= :first_on and completed_on < :until_on and unit_code = any(:units)
  and category_key = any(:products)
group by unit_code, category_key, weeks_before, known_from, known_until;

-- name: units_on
-- The day whose units core shows.
select set_config('lensan.units_on', cast(:last_day as text), true);

-- name: asked_at
-- The moment whose knowledge the session shows; null: all that is known.
select nullif(current_setting('lensan.known_at', true), '')::timestamptz;
