create schema raw;
create schema core;
create schema mart;
create schema ops;
comment on schema raw is 'Rows as read from the files, append-only. Holds personal data.';
comment on schema core is 'Cleaned entities and events with their history. Holds personal data.';
comment on schema mart is 'What analysts query. No personal data.';
comment on schema ops is 'Files, checks, runs, reports, deliveries.';

create table ops.source_file (
    file_id integer generated always as identity primary key,
    source text not null,
    name text not null,
    sha256 text not null,
    size_bytes bigint not null,
    received_at timestamptz not null,
    export_date date not null,
    entity text,
    unit_code text,
    sender text,
    period_start date,
    period_end date,
    status text not null check (status in ('received', 'loaded', 'rejected', 'duplicate')),
    rule text,
    reason text,
    detail text,
    duplicate_of integer references ops.source_file,
    rows_read integer,
    rows_accepted integer,
    rows_quarantined integer,
    rows_superseded integer,
    rows_ignored integer,
    loaded_at timestamptz,
    constraint conservation check (
        status <> 'loaded'
        or rows_read = rows_accepted + rows_quarantined + rows_superseded + rows_ignored
    ),
    unique (source, name, sha256)
);
create index on ops.source_file (sha256);
create index on ops.source_file (source, entity, export_date);
comment on table ops.source_file is 'Every file that ever arrived. Grain: one row per source, name and content.';
comment on column ops.source_file.file_id is 'Number of the file in this warehouse.';
comment on column ops.source_file.source is 'The contract it came by: include/sources/<source>.yml.';
comment on column ops.source_file.name is 'Path below the source''s location.';
comment on column ops.source_file.sha256 is 'SHA-256 of its bytes; the raw store keeps them under it.';
comment on column ops.source_file.size_bytes is 'Size in bytes.';
comment on column ops.source_file.received_at is 'Moment of the sweep that first saw it; files found together share it.';
comment on column ops.source_file.export_date is 'Date in its name, else its modification date (Asia/Ho_Chi_Minh).';
comment on column ops.source_file.entity is 'What it holds; several entities are joined by commas.';
comment on column ops.source_file.unit_code is 'The unit that sent it, for district workbooks.';
comment on column ops.source_file.sender is 'The sender of a form: a unit code or an enterprise.';
comment on column ops.source_file.period_start is 'First day of the form''s period.';
comment on column ops.source_file.period_end is 'Day after the last day of the form''s period.';
comment on column ops.source_file.status is 'received, loaded, rejected or duplicate (the same bytes again).';
comment on column ops.source_file.rule is 'Code of the rule that rejected it.';
comment on column ops.source_file.reason is 'Why it was rejected, in Vietnamese, for its sender.';
comment on column ops.source_file.detail is 'The same for engineers, in English.';
comment on column ops.source_file.duplicate_of is 'The file with the same bytes that was loaded before.';
comment on column ops.source_file.rows_read is 'Rows in the file, blank ones and headers included.';
comment on column ops.source_file.rows_accepted is 'Rows that are in the warehouse.';
comment on column ops.source_file.rows_quarantined is 'Rows held back with a reason in ops.quarantine.';
comment on column ops.source_file.rows_superseded is 'Rows replaced by a newer row of the same key.';
comment on column ops.source_file.rows_ignored is 'Blank, header, total and note rows.';
comment on column ops.source_file.loaded_at is 'Moment of the sweep that loaded it.';

create table raw.source_table (
    table_id bigint primary key,
    file_id integer not null references ops.source_file,
    sheet text,
    entity text not null,
    header_row integer,
    headers text[] not null
);
comment on table raw.source_table is 'A table found in a file. Grain: one row per table.';
comment on column raw.source_table.table_id is 'file_id * 65536 + number of the table in the file.';
comment on column raw.source_table.file_id is 'The file.';
comment on column raw.source_table.sheet is 'Sheet name; null for CSV and JSON Lines.';
comment on column raw.source_table.entity is 'Entity it was recognised as.';
comment on column raw.source_table.header_row is 'Row number of its header; null where the format has none.';
comment on column raw.source_table.headers is 'Headers as in the file, by column.';

create table raw.source_row (
    record_id bigint primary key,
    table_id bigint not null references raw.source_table,
    row_number integer not null,
    entity_key text,
    cells text[] not null
);
comment on table raw.source_row is 'Rows as read: every row of a table that is not blank. Grain: one row per row of a file.';
comment on column raw.source_row.record_id is 'file_id * 4294967296 + number of the row in the file, over all its tables.';
comment on column raw.source_row.table_id is 'The table it stands in.';
comment on column raw.source_row.row_number is 'As a person counts in the opened file: the first is 1.';
comment on column raw.source_row.entity_key is 'Key of what the row is about, where it could be read.';
comment on column raw.source_row.cells is 'Cells as read (legacy text decoded), by column.';

create table ops.row_verdict (
    record_id bigint primary key,
    verdict text not null check (verdict in ('quarantined', 'superseded', 'ignored')),
    why text
);
comment on table ops.row_verdict is 'What became of rows that were not accepted. Grain: one row per such row; a row of raw.source_row without one was accepted.';
comment on column ops.row_verdict.record_id is 'The row.';
comment on column ops.row_verdict.verdict is 'quarantined, superseded or ignored.';
comment on column ops.row_verdict.why is 'header, total, note, or the key''s newer row.';

create table ops.quarantine (
    quarantine_id bigint generated always as identity primary key,
    record_id bigint not null,
    file_id integer not null references ops.source_file,
    sheet text,
    row_number integer not null,
    field text not null,
    column_number integer,
    value text,
    rule text not null,
    message text not null,
    entity text not null,
    entity_key text,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_by integer references ops.source_file
);
create index on ops.quarantine (record_id);
create index on ops.quarantine (entity, entity_key) where closed_at is null;
comment on table ops.quarantine is 'Values that kept a row out. Grain: one row per row of a file and bad field. Holds personal data: stewards only.';
comment on column ops.quarantine.quarantine_id is 'Number of the entry.';
comment on column ops.quarantine.record_id is 'The row in raw.source_row.';
comment on column ops.quarantine.file_id is 'The file.';
comment on column ops.quarantine.sheet is 'Sheet; null for CSV and JSON Lines.';
comment on column ops.quarantine.row_number is 'Row as a person counts in the opened file.';
comment on column ops.quarantine.field is 'Header of the column as in the file.';
comment on column ops.quarantine.column_number is 'Number of the column in the sheet, from 1; null where it has none.';
comment on column ops.quarantine.value is 'What stands there.';
comment on column ops.quarantine.rule is 'Code of the rule it breaks.';
comment on column ops.quarantine.message is 'What is wrong and what is expected, in Vietnamese.';
comment on column ops.quarantine.entity is 'Entity of the row.';
comment on column ops.quarantine.entity_key is 'Key of what the row is about, where it could be read.';
comment on column ops.quarantine.opened_at is 'Moment of the load that held it back.';
comment on column ops.quarantine.closed_at is 'Moment at which a corrected row, or what it waited for, arrived.';
comment on column ops.quarantine.closed_by is 'The file that closed it.';

create table ops.row_warning (
    record_id bigint not null,
    file_id integer not null references ops.source_file,
    field text,
    rule text not null,
    message text not null
);
create index on ops.row_warning (file_id);
comment on table ops.row_warning is 'Doubts about rows that were accepted. Grain: one row per row and doubt.';
comment on column ops.row_warning.record_id is 'The row in raw.source_row.';
comment on column ops.row_warning.file_id is 'The file.';
comment on column ops.row_warning.field is 'Header of the column as in the file.';
comment on column ops.row_warning.rule is 'Code of the doubt.';
comment on column ops.row_warning.message is 'The doubt in Vietnamese.';
