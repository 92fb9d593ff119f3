create or replace function core.reporting_region(parent text, day date) returns text
language sql stable parallel safe as $$
    select region_code
    from core.region
    where is_reporting and parent = any(parents) and valid_from <= day and (valid_to is null or valid_to >= day)
$$;
comment on function core.reporting_region(text, date) is 'The region whose form stands on a day for the units that have a parent; null: they report themselves.';
