drop view if exists mart.unit cascade;
create view mart.unit as
select unit_code, name, full_name, kind, position, valid_from as valid_from_on, valid_to as valid_until_on,
       level, parent_code, latitude, longitude
from core.unit;
comment on view mart.unit is 'Units with their validity. Grain: one row per unit and validity.';
comment on column mart.unit.unit_code is 'GSO code; never read without a date.';
comment on column mart.unit.name is 'Short name.';
comment on column mart.unit.full_name is 'Name as printed.';
comment on column mart.unit.kind is 'Thành phố, Thị xã, Huyện, Phường, Xã or Đặc khu';
comment on column mart.unit.position is 'Order in reports.';
comment on column mart.unit.valid_from_on is 'First day.';
comment on column mart.unit.valid_until_on is 'Last day; null while it is valid.';
comment on column mart.unit.level is 'district or commune';
comment on column mart.unit.parent_code is 'The region it lies in: the former district that most of it came from; null: none.';
comment on column mart.unit.latitude is 'Of its centre, in degrees; null: not known.';
comment on column mart.unit.longitude is 'Of its centre, in degrees; null: not known.';
