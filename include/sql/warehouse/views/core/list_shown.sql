-- A list of the year is of the units that made it, or of the one unit that all of such a unit went to; never of a
-- unit of before, which others make up too.
drop view if exists core.list_shown cascade;
create view core.list_shown as
select shown.seat_code, shown.unit_code, shown.seat_code <> shown.unit_code as is_taken_over
from core.seat_shown as shown
where core.units_on() is null
   or exists (select 1 from core.unit where unit.unit_code = shown.seat_code and unit.valid_from <= core.units_on());
comment on view core.list_shown is 'Whose a unit''s lists are on the day of core.units_on(). Grain: one row per unit.';
comment on column core.list_shown.seat_code is 'Unit that made the list.';
comment on column core.list_shown.unit_code is 'Unit whose list it is.';
comment on column core.list_shown.is_taken_over is 'Whether a former unit made it.';
