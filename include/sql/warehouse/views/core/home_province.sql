-- Immutable, though it reads a table: the province changes only with another installation, so that plans
-- may take it for the constant it is. The owner's rights, since views of mart ask it for whoever reads them.
create or replace function core.home_province() returns text
language sql immutable parallel safe security definer set search_path = '' as $$
    select province_code from core.office limit 1
$$;
comment on function core.home_province() is 'Code of the province whose reports these are (core.office); as unit_code it stands for the province as a whole.';
