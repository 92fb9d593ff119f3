create or replace function ops.name_in_order(name text) returns text
language sql immutable parallel safe as $$ select regexp_replace(name, '[.][^./]*$', '') collate "C" $$;
comment on function ops.name_in_order(text) is 'A file name without its ending, by which files found together are in order: "bao-cao (1).xlsx" comes after "bao-cao.xlsx", though a blank stands before a dot.';
