drop view if exists core.season cascade;
create view core.season as
select shown.unit_code, season.unit_code as named_unit_code,
       season.entity_key, season.name, season.name_key, season.month_on, season.planned_tonnes,
       season.certificate, season.price_low_vnd_kg, season.price_high_vnd_kg, season.contact,
       season.contact_phone, season.record_id, season.known_from, season.known_until
from core.season_version as season
left join core.list_shown as shown on shown.seat_code = season.unit_code
where season.known_from <= core.known_at() and season.known_until > core.known_at()
  -- What is planned for the unit itself goes before what it took over.
  and not (shown.is_taken_over is true and exists (
      select 1 from core.season_version as own
      where own.unit_code = shown.unit_code and own.name_key = season.name_key and own.month_on = season.month_on
        and own.known_from <= core.known_at() and own.known_until > core.known_at()));
comment on view core.season is 'The harvest calendar as known, of the units of core.units_on(); null: of a former unit that several succeeded. Grain: one row per product, unit and month.';
