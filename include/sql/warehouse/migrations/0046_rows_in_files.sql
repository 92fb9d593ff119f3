-- Rows of a file that were taken as they stand are found in the file itself: the raw store keeps its bytes for
-- ever. raw.source_row holds the others.
create table raw.source_run (
    first_record_id bigint primary key,
    table_id bigint not null references raw.source_table,
    first_row_number integer not null,
    row_count integer not null check (row_count > 0)
);
create index on raw.source_run (table_id);
comment on table raw.source_run is 'Rows of a table that follow each other: one by one their record_id and their row_number go up. Of such a table raw.source_row holds only the rows of which something is to be said. Grain: one row per run.';
comment on column raw.source_run.first_record_id is 'record_id of its first row.';
comment on column raw.source_run.table_id is 'The table it stands in.';
comment on column raw.source_run.first_row_number is 'Row number of its first row, as in raw.source_row.';
comment on column raw.source_run.row_count is 'How many rows it has.';

-- A key has one content now: a file whose keys are all new is proven to be one while it is copied. What comes
-- in the order of record_id and known_from is found by block ranges, which cost a load nothing. Completed
-- lines of a time are added up in core.sale_day; who wants each of them reads most of the table.
drop index core.order_line_version_entity_key_idx;
drop index core.order_line_version_completed_at_idx;
drop index core.order_line_version_known_from_idx;
create unique index on core.order_line_version (entity_key) where known_until = 'infinity';
create index on core.order_line_version using brin (record_id) with (pages_per_range = 32);
create index on core.order_line_version using brin (known_from) with (pages_per_range = 32);
