drop view if exists core.base cascade;
create view core.base as
select shown.unit_code,
       base.entity_key, base.name, base.name_key, base.year, base.value, base.record_id, base.known_from,
       base.known_until
from core.base_version as base
left join core.list_shown as shown on shown.seat_code = base.unit_code
where base.known_from <= core.known_at() and base.known_until > core.known_at()
  -- What the unit itself says goes before what it took over.
  and not (shown.is_taken_over is true and exists (
      select 1 from core.base_version as own
      where own.unit_code = shown.unit_code and own.name_key = base.name_key and own.year = base.year
        and own.known_from <= core.known_at() and own.known_until > core.known_at()));
comment on view core.base is 'Base totals as known, of the units of core.units_on(); null: of a former unit that several succeeded. Grain: one row per unit, total and year.';
