create temporary table if not exists base_row (unit_code text, thing text, base numeric, achieved numeric) on commit drop;
truncate base_row;
insert into base_row (unit_code, thing, base, achieved)
{body}
