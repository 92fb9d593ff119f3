drop view if exists core.season_told cascade;
create view core.season_told as
select shown.unit_code, season.name, season.name_key, season.month_on, season.planned_tonnes,
       season.price_low_vnd_kg, season.known_from, season.known_until
from core.season_version as season
join core.list_shown as shown on shown.seat_code = season.unit_code
where season.known_from <= core.known_at()
  -- What is planned for the unit itself goes before what it took over, at any time.
  and not (shown.is_taken_over and exists (
      select 1 from core.season_version as own
      where own.unit_code = shown.unit_code and own.name_key = season.name_key and own.month_on = season.month_on
        and own.known_from <= core.known_at()));
comment on view core.season_told is 'The harvest calendar with all that it had said until core.known_at(), of the units of core.units_on(). Grain: one row per product, unit, month and content.';
