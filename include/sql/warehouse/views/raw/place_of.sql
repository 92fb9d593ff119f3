-- Where a record stands, whether its row is kept in the warehouse or in its file alone.
create or replace function raw.place_of(p_record_id bigint)
returns table (table_id bigint, row_number integer, entity_key text)
language sql stable as $$
    select source_row.table_id, source_row.row_number, source_row.entity_key
    from raw.source_row
    where source_row.record_id = p_record_id
    union all
    select run.table_id, run.first_row_number + (p_record_id - run.first_record_id)::integer, null
    from (
        select * from raw.source_run
        where source_run.first_record_id <= p_record_id
        order by source_run.first_record_id desc
        limit 1
    ) as run
    where p_record_id < run.first_record_id + run.row_count
      and not exists (select from raw.source_row where source_row.record_id = p_record_id)
$$;
comment on function raw.place_of(bigint) is 'Table and row number of a record; its key where the row is kept in raw.source_row. Grain: one row, none where there is no such record.';
