-- Merges the rows of the temporary table "stage" into core.<entity>_version. What came later wins,
-- by export date, then arrival, then name; absence deletes nothing; an unchanged row is not
-- rewritten. "stage_bad" holds the fields that keep rows out: rows older than what is known are
-- superseded instead. Grain of stage: one row per row of the file (a yearly calendar: per month).
create or replace function core.merge_stage(p_entity text, p_file_id integer, p_known_from timestamptz)
returns void
language plpgsql as $$
declare
    v_table text := 'core.' || p_entity || '_version';
    v_columns text;
    v_changed text;
    v_current text := 'left join %1$s as current
           on current.entity_key = stage.entity_key and current.known_until = ''infinity''';
begin
    select string_agg(quote_ident(column_name), ', ' order by ordinal_position),
           string_agg(format('current.%1$I is distinct from stage.%1$I', column_name), ' or ' order by ordinal_position)
               filter (where column_name not in ('entity_key', 'record_id'))
    into v_columns, v_changed
    from information_schema.columns
    where table_schema = 'core' and table_name = p_entity || '_version'
      and column_name not in ('known_from', 'known_until');

    analyze stage;

    -- A newer file has already said something about these keys.
    create temporary table newer_key on commit drop as
    with newer_table as (
        select source_table.table_id
        from ops.source_file as this
        join ops.source_file as newer
          on newer.status = 'loaded'
         and newer.file_id <> this.file_id
         and (newer.export_date, newer.received_at, ops.name_in_order(newer.name))
           > (this.export_date, this.received_at, ops.name_in_order(this.name))
        join raw.source_table on source_table.file_id = newer.file_id and source_table.entity = p_entity
        where this.file_id = p_file_id
    )
    select key as entity_key
    from newer_table
    join raw.source_row using (table_id)
    left join ops.row_verdict on row_verdict.record_id = source_row.record_id
    cross join lateral string_to_table(source_row.entity_key, E'\n') as key
    where source_row.entity_key is not null
      and (row_verdict.verdict is null or row_verdict.verdict = 'superseded')
    union
    -- Lines that were taken as they stand have no row in raw: core names them.
    select line.entity_key
    from newer_table
    join raw.source_run using (table_id)
    -- Run by run: the planner must not begin with all lines where no file is newer.
    cross join lateral (
        select order_line_version.entity_key
        from core.order_line_version
        where order_line_version.record_id >= source_run.first_record_id
          and order_line_version.record_id < source_run.first_record_id + source_run.row_count
        offset 0
    ) as line
    where p_entity = 'order_line'
    union
    select entity_key from stage_guard;

    insert into stage_verdict (record_id, verdict, why)
    select distinct record_id, 'superseded', 'a newer file'
    from (select record_id, entity_key from stage
          union all
          select record_id, entity_key from stage_bad) as candidate
    join newer_key using (entity_key)
    on conflict (record_id) do nothing;

    delete from stage using newer_key where stage.entity_key = newer_key.entity_key;
    delete from stage_bad using newer_key where stage_bad.entity_key = newer_key.entity_key;

    -- Within the file the last row of a key wins.
    create temporary table later_row on commit drop as
    select row_ref, record_id
    from (select ctid as row_ref, record_id,
                 row_number() over (partition by entity_key order by record_id desc) as place
          from stage) as ranked
    where place > 1;

    insert into stage_verdict (record_id, verdict, why)
    select distinct record_id, 'superseded', 'a later row of the file'
    from later_row
    on conflict (record_id) do nothing;

    delete from stage using later_row where stage.ctid = later_row.row_ref;

    -- A calendar row of twelve months is superseded only when all its months are.
    delete from stage_verdict using stage where stage_verdict.record_id = stage.record_id;

    -- Fewer keys than the table has pages: each is looked up. Of what was just copied the planner knows nothing yet,
    -- and would read all of the index.
    if (select count(*) from stage) < pg_relation_size(v_table::regclass) / current_setting('block_size')::integer then
        v_current := 'left join lateral (
            select * from %1$s as line
            where line.entity_key = stage.entity_key and line.known_until = ''infinity''
            limit 1) as current on true';
    end if;
    execute format(
        'create temporary table changed on commit drop as
         select stage.*, current.entity_key is not null as replaces
         from stage
         ' || v_current || '
         where current.entity_key is null or %2$s', v_table, v_changed);

    execute format(
        'update %1$s as current set known_until = $1
         from changed
         where changed.replaces and current.entity_key = changed.entity_key
           and current.known_until = ''infinity''', v_table) using p_known_from;

    execute format(
        'insert into %1$s (%2$s, known_from) select %2$s, $1 from changed', v_table, v_columns)
    using p_known_from;

    insert into stage_verdict (record_id, verdict, why)
    select distinct record_id, 'quarantined', null::text from stage_bad
    on conflict (record_id) do update set verdict = 'quarantined', why = null;

    insert into ops.quarantine (
        record_id, file_id, sheet, row_number, field, column_number, value, rule, parameters, message,
        entity, entity_key, opened_at)
    select record_id, p_file_id, sheet, row_number, field, column_number, value, rule, parameters, message,
           p_entity, entity_key, p_known_from
    from stage_bad
    order by record_id, column_number nulls last, field;

    -- A corrected row has arrived: what was held back before is settled.
    update ops.quarantine
    set closed_at = p_known_from, closed_by = p_file_id
    from stage, ops.source_file as this, ops.source_file as earlier
    where quarantine.closed_at is null
      and quarantine.entity = p_entity
      and quarantine.entity_key = stage.entity_key
      and this.file_id = p_file_id
      and earlier.file_id = quarantine.file_id
      and case when quarantine.file_id = p_file_id then quarantine.record_id < stage.record_id
               else (earlier.export_date, earlier.received_at, ops.name_in_order(earlier.name))
                  < (this.export_date, this.received_at, ops.name_in_order(this.name)) end;

    if p_entity = 'order_line' then
        delete from core.order_line_waiting as waiting
        using ops.quarantine
        where quarantine.record_id = waiting.record_id and quarantine.closed_at is not null;
    end if;

    insert into ops.row_verdict (record_id, verdict, why)
    select record_id, verdict, why from stage_verdict
    on conflict (record_id) do update set verdict = excluded.verdict, why = excluded.why;

    drop table newer_key, later_row, changed;
end
$$;
comment on function core.merge_stage(text, integer, timestamptz) is 'Merges the staged rows of one file into an entity''s history.';
