create or replace function core.open_stage(p_entity text) returns void
language plpgsql as $$
begin
    drop table if exists pg_temp.stage, pg_temp.stage_bad, pg_temp.stage_verdict,
        pg_temp.stage_guard;
    execute format(
        'create temporary table stage (like core.%I including defaults) on commit drop',
        p_entity || '_version');
    alter table stage drop column known_from, drop column known_until;
    create temporary table stage_bad (
        record_id bigint not null,
        entity_key text,
        sheet text,
        row_number integer not null,
        field text not null,
        column_number integer,
        value text,
        rule text not null,
        parameters jsonb not null,
        message text not null
    ) on commit drop;
    create temporary table stage_verdict (
        record_id bigint primary key, verdict text not null, why text
    ) on commit drop;
    -- Keys that newer files say without a row that names them.
    create temporary table stage_guard (entity_key text not null) on commit drop;
end
$$;
comment on function core.open_stage(text) is 'Makes the temporary tables into which the rows of one entity are copied.';
