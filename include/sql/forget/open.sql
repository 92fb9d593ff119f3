drop table if exists pg_temp.erased_number, pg_temp.erased_key, pg_temp.erased_row, pg_temp.erased_listing;
create temporary table erased_number (old text primary key, new text not null) on commit drop;
create temporary table erased_key (
    entity text, old text, new text not null, person text, primary key (entity, old)
) on commit drop;
create temporary table erased_row (
    record_id bigint primary key, entity_key text, cells text[]
) on commit drop;
create temporary table erased_listing (
    key text, old text, new text, new_key text, primary key (key, old)
) on commit drop
