-- The earliest day that what became known of an entity after a moment bears on, by the columns that are read: a
-- figure of a time before that day cannot have changed. A date that changed bears on itself, old and new, so that
-- what only ended bears on its end; anything else that changed, and what is new, bears on all dates of the row.
create or replace function core.changed_from(p_entity text, p_columns text[], p_since timestamptz)
returns date
language plpgsql stable as $$
declare
    v_table text := format('core.%I', p_entity || '_version');
    v_unknown text;
    v_dates text;
    v_changed_dates text;
    v_others text;
    v_day date;
begin
    select string_agg(name, ', ') into v_unknown
    from unnest(p_columns) as name
    where name not in (
        select column_name from information_schema.columns
        where table_schema = 'core' and table_name = p_entity || '_version');
    if v_unknown is not null then
        raise exception '% has no column %', v_table, v_unknown;
    end if;

    with bears as (
        -- A list of a year counts from its first day. A certificate without an end has one by itself.
        select column_name,
               case when column_name = 'year' then 'make_date(%1$s.year, 1, 1)'
                    when column_name = 'month_on' then 'date_trunc(''year'', %1$s.month_on)::date'
                    when column_name = 'expires_on' then null
                    when data_type = 'date' then '%1$s.' || quote_ident(column_name)
                    when data_type = 'timestamp with time zone'
                    then '(%1$s.' || quote_ident(column_name) || ' at time zone ''Asia/Ho_Chi_Minh'')::date'
               end as day
        from information_schema.columns
        where table_schema = 'core' and table_name = p_entity || '_version' and column_name = any(p_columns)
    )
    select string_agg(format(day, 'new') || ', ' || format(day, 'old'), ', ') filter (where day is not null),
           string_agg(
               format('case when %1$s is distinct from %2$s then least(%1$s, %2$s) end',
                      format(day, 'new'), format(day, 'old')), ', ') filter (where day is not null),
           coalesce(string_agg(
               format('or new.%1$I is distinct from old.%1$I', column_name), ' ') filter (where day is null), '')
    into v_dates, v_changed_dates, v_others
    from bears;
    if v_dates is null then
        raise exception '% has no date among the columns read: %', v_table, p_columns;
    end if;

    execute format(
        'select min(case when old.entity_key is null %1$s then least(%2$s) else least(%3$s) end)
         from %4$s as new
         left join %4$s as old on old.entity_key = new.entity_key and old.known_until = new.known_from
         where new.known_from > $1', v_others, v_dates, v_changed_dates, v_table)
    into v_day using p_since;
    return v_day;
end
$$;
comment on function core.changed_from(text, text[], timestamptz) is 'The earliest day that changes of the columns read of an entity since a moment bear on.';
