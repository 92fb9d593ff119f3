drop view if exists core.key_product cascade;
create view core.key_product as
select shown.unit_code,
       product.entity_key, product.name, product.name_key, product.year, product.planned_tonnes,
       product.certificate, product.record_id, product.known_from, product.known_until
from core.key_product_version as product
left join core.list_shown as shown on shown.seat_code = product.unit_code
where product.known_from <= core.known_at() and product.known_until > core.known_at()
  -- What the unit itself lists goes before what it took over.
  and not (shown.is_taken_over is true and exists (
      select 1 from core.key_product_version as own
      where own.unit_code = shown.unit_code and own.name_key = product.name_key and own.year = product.year
        and own.known_from <= core.known_at() and own.known_until > core.known_at()));
comment on view core.key_product is 'Key products as known, of the units of core.units_on(); null: of a former unit that several succeeded. Grain: one row per unit, product and year.';
