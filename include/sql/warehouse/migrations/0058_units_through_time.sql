-- Units of any level, with the one they lie in, and which unit a seat is of on a day (docs/rules/units.md).
alter table core.unit add column level text not null default 'district', add column parent_code text,
    add column latitude numeric, add column longitude numeric;
alter table core.unit alter column level drop default;
comment on table core.unit is 'Units with their validity, from the list units.csv. Grain: one row per unit and validity.';
comment on column core.unit.kind is 'As in its name: Thành phố, Thị xã, Huyện, Phường, Xã or Đặc khu';
comment on column core.unit.level is 'district or commune';
comment on column core.unit.parent_code is 'The region it lies in: the former district that most of it came from; null: none.';
comment on column core.unit.latitude is 'Of its centre, in degrees; null: not known.';
comment on column core.unit.longitude is 'Of its centre, in degrees; null: not known.';

create table core.seat (
    seat_code text not null,
    valid_from date,
    valid_to date,
    unit_code text not null,
    is_assumed boolean not null,
    unique nulls not distinct (seat_code, valid_from)
);
comment on table core.seat is 'Which unit a seat is of, day by day; what no unit is proved of has no row. Grain: one row per seat and span of days.';
comment on column core.seat.seat_code is 'What is proved of where a producer belongs: a unit, or a unit and those after it (193>06685).';
comment on column core.seat.valid_from is 'First day; null: of no day, the unit that was named first.';
comment on column core.seat.valid_to is 'Last day; null with valid_from.';
comment on column core.seat.unit_code is 'Unit (core.unit).';
comment on column core.seat.is_assumed is 'The part of a divided commune that took most of it, with nothing said of which part.';

comment on column core.producer_version.unit_code is 'Seat (core.seat): the registry''s unit, else that of the first-opened stall, else the wallet account''s, and what became of it.';
comment on column core.sale_stall.unit_code is 'Seat of its producer (core.seat).';
comment on column core.sale_by_category.unit_code is 'Seat of the producer (core.seat); null: not known.';
comment on column core.sale_by_place.unit_code is 'Seat of the producer (core.seat); null: not known.';
