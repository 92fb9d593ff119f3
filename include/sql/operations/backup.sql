-- name: clear
-- Empties a warehouse before a restore.
drop schema if exists mart cascade;
drop schema if exists core cascade;
drop schema if exists raw cascade;
drop schema if exists ops cascade;
drop table if exists public.lensan_migration;

-- name: contents
-- Whether the warehouse holds anything that a restore would lose. Grain: one row.
select to_regclass('ops.source_file') is not null as has_tables;

-- name: counts
-- What a warehouse holds, to be compared after a restore. Grain: one row.
select (select count(*) from ops.source_file) as files,
       (select count(*) from raw.source_row) as raw_rows,
       (select coalesce(sum(row_count), 0) from raw.source_run) as rows_in_runs,
       (select count(*) from core.order_line_version) as order_lines,
       (select count(*) from core.stall_version) as stalls,
       (select count(*) from ops.quarantine) as quarantined,
       (select count(*) from ops.report) as reports,
       (select count(*) from ops.delivery) as deliveries,
       (select count(*) from ops.audit) as acts;

-- name: has_forgotten
-- Whether the warehouse is one that can tell who was forgotten. Grain: one row.
select to_regclass('ops.forgotten') is not null and to_regclass('ops.forgotten_salt') is not null;

-- name: raw_files
-- The raw files that the warehouse knows. Grain: one row per content.
select distinct sha256 from ops.source_file order by sha256;

-- name: server
select current_setting('server_version') as version,
       cast(current_setting('server_version_num') as integer) as version_number,
       clock_timestamp() as now;
