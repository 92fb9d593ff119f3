-- name: base
-- The newest loaded list of order lines of the file's source, if no file of it is newer than this one and rows of
-- it were taken as they stand. None where a listing has lost its weight: its lines would wait now.
-- Grain: one row at most.
with newest as (
    select file.file_id, file.sha256, file.export_date, file.received_at, file.name, source_table.table_id,
           source_table.headers
    from ops.source_file as file
    join raw.source_table on source_table.file_id = file.file_id and source_table.entity = 'order_line'
    where file.source = (select source from ops.source_file where file_id = :file_id)
      and file.status = 'loaded'
    order by file.export_date desc, file.received_at desc, file.name collate "C" desc, file.file_id desc
    limit 1
)
select newest.file_id, newest.sha256, newest.export_date, newest.headers, plain_rows.reader, plain_rows.rows
from newest
join raw.plain_rows on plain_rows.table_id = newest.table_id
join ops.source_file as this on this.file_id = :file_id
where (newest.export_date, newest.received_at, newest.name collate "C")
   <= (this.export_date, this.received_at, this.name collate "C")
  and not exists (
    select from core.listing_version as listing
    join core.listing_version as before using (entity_key)
    where listing.platform = :platform and listing.known_until = 'infinity'
      and listing.net_weight_kg is null and before.net_weight_kg is not null);

-- name: guards
-- Newer files than this, some of whose rows were not read since an earlier file says them. Grain: one row per file.
select newer.file_id, newer.source, newer.name, newer.sha256, newer.export_date, plain_rows.rows
from ops.source_file as this
join ops.source_file as newer
  on newer.status = 'loaded' and newer.source = this.source and newer.file_id <> this.file_id
 and (newer.export_date, newer.received_at, newer.name collate "C")
   > (this.export_date, this.received_at, this.name collate "C")
join raw.source_table on source_table.file_id = newer.file_id
join raw.plain_rows on plain_rows.table_id = source_table.table_id and plain_rows.is_alike
where this.file_id = :file_id
order by newer.file_id;

-- name: is_key_said_twice
-- Whether a row that was read has a key that core knows and no row of the earlier file that is gone from it had:
-- a row that was not read may have it too. Grain: one row.
with said as materialized (
    select entity_key from stage
    union all
    select entity_key from stage_bad
    except
    select entity_key from stage_gone
)
select exists(
    select from said
    join core.order_line_version as line
      on line.entity_key = said.entity_key and line.known_until = 'infinity'
);

-- name: is_said_otherwise
-- Whether a row of the file that is held back has the key of one that is not: later files settle it.
-- Grain: one row.
with held_back as materialized (
    select entity_key from ops.quarantine where file_id = :file_id and entity_key is not null
)
select exists (select entity_key from held_back intersect select entity_key from stage)
    or exists (
        -- Key by key: those held back are few, and of what the file brought nothing is known to the planner yet.
        select from held_back
        cross join lateral (
            select record_id
            from core.order_line_version
            where order_line_version.entity_key = held_back.entity_key
              and order_line_version.known_until = 'infinity'
            order by record_id
            limit 1
        ) as line
        where line.record_id between :first and :last);

-- name: keep_plain_rows
insert into raw.plain_rows (table_id, reader, rows, is_alike) values (:table_id, :reader, :rows, :is_alike);

-- name: open_gone
-- The empty table of keys that the earlier file had in rows that were not found again.
create temporary table if not exists stage_gone (entity_key text) on commit drop;
truncate stage_gone;

-- name: rows_in_raw
-- Rows of a file that were read one by one and say something. Grain: one row per row.
select source_row.row_number, source_row.entity_key
from raw.source_row
left join ops.row_verdict using (record_id)
where source_row.record_id between :first and :last and source_row.entity_key is not null
  and (row_verdict.verdict is null or row_verdict.verdict = 'quarantined');

-- name: rows_not_taken
-- Rows of a file that were not accepted. Grain: one row per row.
select source_row.row_number
from ops.row_verdict
join raw.source_row using (record_id)
where row_verdict.record_id between :first and :last;
