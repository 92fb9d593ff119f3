drop view if exists mart.province cascade;
create view mart.province as
select province_code, gso_code, name, region, position, valid_from as valid_from_on,
       valid_to as valid_until_on
from core.province;
comment on view mart.province is 'Provinces: the 63 before 2025-07-01 and the 34 since. Grain: one row per province and its time.';
comment on column mart.province.province_code is 'Code in this warehouse: the GSO code of before 2025-07-01, 2025-24 and so on for those of after it.';
comment on column mart.province.gso_code is 'The GSO code of its time; never read without a date.';
comment on column mart.province.valid_from_on is 'First day; null for those of before 2025-07-01.';
comment on column mart.province.valid_until_on is 'Last day; null while it is there.';
comment on column mart.province.name is 'Name.';
comment on column mart.province.region is 'Bắc, Trung or Nam';
comment on column mart.province.position is 'Order in lists.';
