create or replace function core.refresh_statistics() returns integer
language plpgsql as $$
declare
    changed record;
    tables integer := 0;
begin
    for changed in
        select schemaname, relname
        from pg_stat_user_tables
        where schemaname in ('core', 'raw')
          and (last_analyze is null and last_autoanalyze is null
               or n_mod_since_analyze > 50 + n_live_tup / 10)
        order by schemaname, relname
    loop
        execute format('analyze %I.%I', changed.schemaname, changed.relname);
        tables := tables + 1;
    end loop;
    return tables;
end
$$;
comment on function core.refresh_statistics() is 'Analyzes tables of core and raw that changed much: the planner must not guess before autovacuum comes. Returns how many.';
