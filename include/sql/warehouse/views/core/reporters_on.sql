create or replace function core.reporters_on(day date)
returns table (unit_code text, name text, full_name text, "position" integer, is_region boolean) -- noqa: RF06
language sql stable as $$
    with valid_unit as (
        select unit.unit_code, unit.name, unit.full_name, unit.position,
               core.reporting_region(unit.parent_code, day) as reporting_code
        from core.unit
        where unit.valid_from <= day and (unit.valid_to is null or unit.valid_to >= day)
    )
    select valid_unit.unit_code, valid_unit.name, valid_unit.full_name, valid_unit.position, false
    from valid_unit
    where valid_unit.reporting_code is null
    union all
    -- A region stands where its first unit would.
    select region.region_code, region.name, region.full_name, min(valid_unit.position), true
    from core.region
    join valid_unit on valid_unit.reporting_code = region.region_code
    where region.valid_from <= day and (region.valid_to is null or region.valid_to >= day)
    group by region.region_code, region.name, region.full_name
$$;
comment on function core.reporters_on(date) is 'Who reports of a period whose last day it is: units, or the region that does for them. Grain: one row per sender.';
