drop view if exists mart.region cascade;
create view mart.region as
select region_code, name, full_name, parents, is_reporting, position, valid_from as valid_from_on,
       valid_to as valid_until_on
from core.region;
comment on view mart.region is 'Regions between units and the province, with their validity. Grain: one row per region and validity.';
comment on column mart.region.region_code is 'The province''s own code; no unit has it.';
comment on column mart.region.name is 'Short name.';
comment on column mart.region.full_name is 'Name as printed.';
comment on column mart.region.parents is 'What its units have as parent (mart.unit.parent_code).';
comment on column mart.region.is_reporting is 'Whether its form stands instead of its units''.';
comment on column mart.region.position is 'Order in reports.';
comment on column mart.region.valid_from_on is 'First day.';
comment on column mart.region.valid_until_on is 'Last day; null while it is valid.';
