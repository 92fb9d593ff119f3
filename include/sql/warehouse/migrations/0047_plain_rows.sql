-- Which rows of a file were taken as they stand: a later export of the same lines need not read them again.
create table raw.plain_rows (
    table_id bigint primary key references raw.source_table,
    reader text not null,
    rows bytea not null,
    is_alike boolean not null
);
comment on table raw.plain_rows is 'Rows of a list that were accepted as they stand, so that what their bytes say is known. Grain: one row per list of a delimited file that was read by columns.';
comment on column raw.plain_rows.table_id is 'The list.';
comment on column raw.plain_rows.reader is 'SHA-256 of the program and the contract that read it: another one may read the same bytes otherwise. Empty where a later file needs all rows.';
comment on column raw.plain_rows.rows is 'A bit for each row number from 0 on, the first in the highest bit of the first byte.';
comment on column raw.plain_rows.is_alike is 'Whether some of the rows were not read, since their bytes are those of a row of the export before; what these say stands in core under that record.';
