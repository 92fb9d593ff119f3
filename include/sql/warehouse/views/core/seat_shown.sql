drop view if exists core.seat_shown cascade;
create view core.seat_shown as
select seat_code, unit_code, is_assumed
from core.seat
where core.units_on() is null and valid_from is null
   or valid_from <= core.units_on() and valid_to >= core.units_on();
comment on view core.seat_shown is 'The unit of each seat on the day of core.units_on(). Grain: one row per seat of which a unit is proved.';
comment on column core.seat_shown.seat_code is 'Seat (core.seat).';
comment on column core.seat_shown.unit_code is 'Its unit on that day.';
comment on column core.seat_shown.is_assumed is 'The larger part of a divided commune.';
