-- name: address_of_file
-- The address a file was mailed from and whose it is (null: unknown). Grain: one row per address.
select distinct object.sender_address as address, known.sender
from ops.remote_object as object
left join ops.sender_address as known on known.address = object.sender_address
where object.file_id = :file_id and object.sender_address is not null
order by address;

-- name: claim_file
-- The file's register row, locked until the end of the transaction. Grain: one row.
select file_id, status, rule, received_at, export_date
from ops.source_file
where source = :source and name = :name and sha256 = :sha256
for update;

-- name: file_duplicate
update ops.source_file
set status = 'duplicate', duplicate_of = :duplicate_of, entity = :entity, unit_code = :unit_code,
    sender = :sender, period_start = :period_start, period_end = :period_end,
    rule = 'same_bytes', reason = :reason, parameters = cast(:parameters as jsonb), loaded_at = received_at
where file_id = :file_id;

-- name: file_loaded
-- Settles a file. The counts come from the rows kept in raw and their verdicts, the rows read from
-- the reader: where they do not add up the table's conservation constraint refuses the load.
with kept as (
    select
        count(*) filter (where row_verdict.verdict is null) as accepted,
        count(*) filter (where row_verdict.verdict = 'quarantined') as quarantined,
        count(*) filter (where row_verdict.verdict = 'superseded') as superseded,
        count(*) filter (where row_verdict.verdict = 'ignored') as ignored
    from raw.source_table
    join raw.source_row using (table_id)
    left join ops.row_verdict using (record_id)
    where source_table.file_id = :file_id
)
update ops.source_file
set status = 'loaded', rule = null, reason = null, parameters = null, detail = null,
    entity = :entity, unit_code = :unit_code, sender = :sender,
    period_start = :period_start, period_end = :period_end,
    rows_read = :rows_read,
    rows_accepted = kept.accepted,
    rows_quarantined = kept.quarantined,
    rows_superseded = kept.superseded,
    rows_ignored = kept.ignored + :rows_not_kept,
    loaded_at = received_at
from kept
where file_id = :file_id
returning rows_read, rows_accepted, rows_quarantined, rows_superseded, rows_ignored;

-- name: file_recount
-- Counts a file's rows again after waiting rows were loaded. Ignored rows never change.
with kept as (
    select
        count(*) filter (where row_verdict.verdict is null) as accepted,
        count(*) filter (where row_verdict.verdict = 'quarantined') as quarantined,
        count(*) filter (where row_verdict.verdict = 'superseded') as superseded
    from raw.source_table
    join raw.source_row using (table_id)
    left join ops.row_verdict using (record_id)
    where source_table.file_id = :file_id
)
update ops.source_file
set rows_accepted = kept.accepted, rows_quarantined = kept.quarantined,
    rows_superseded = kept.superseded
from kept
where file_id = :file_id;

-- name: file_rejected
update ops.source_file
set status = 'rejected', rule = :rule, reason = :reason, parameters = cast(:parameters as jsonb),
    detail = :detail, unit_code = coalesce(:unit_code, unit_code),
    rows_read = null, rows_accepted = null, rows_quarantined = null, rows_superseded = null,
    rows_ignored = null, loaded_at = received_at
where file_id = :file_id;

-- name: file_stopped
-- A file whose merge a check stopped: nothing of it is in the warehouse, and the next sweep tries again.
update ops.source_file
set rule = :rule, reason = :reason, parameters = cast(:parameters as jsonb), detail = :detail
where file_id = :file_id;

-- name: file_taken_up
-- A file that had been stopped is merged now: it is known from now on, not since it was first seen.
update ops.source_file
set received_at = :moment, rule = null, reason = null, parameters = null, detail = null
where file_id = :file_id
returning received_at;

-- name: files_held
update ops.source_file set rule = 'source_held', reason = :reason, parameters = cast(:parameters as jsonb)
where source = :source and status = 'received' and rule is null;

-- name: form_stage
create temporary table if not exists form_stage (
    indicator_code text, in_period numeric, in_period_2 numeric, cumulative numeric,
    cumulative_2 numeric, note text, places text[], record_id bigint
) on commit drop;
truncate form_stage;

-- name: held
-- Checks of severity fail that did not pass when gate core last looked at a source, save those that only
-- stop single files: until they pass nothing of it is merged. Grain: one row per check.
select result.check_name
from ops.check_result as result
where result.run_id = (
        select max(run_id) from ops.check_run where gate = 'core' and check_run.source = :source)
  and result.severity = 'fail' and not result.is_passed
  and result.check_name <> all(cast(:stopping as text[]))
order by result.check_name;

-- name: known_files
-- Files of a source that have been dealt with. Grain: one row per file.
select name, sha256, status from ops.source_file where source = :source and status <> 'received';

-- name: merge_stage
select core.merge_stage(:entity, :file_id, :known_from);

-- name: merge_submission
select core.merge_submission(
    :submission_id, :file_id, :sender, :unit_code, :report_kind, :period_start, :period_end, :received_at);

-- name: open_stage
select core.open_stage(:entity);

-- name: order_line_orphans
-- Takes order lines whose stall, listing or weight is not known yet from the stage: they wait.
-- Grain: one row per order line.
with orphan as (
    select stage.record_id,
           stage.entity_key,
           case when stall.entity_key is null then 'unknown_stall'
                when listing.entity_key is null then 'unknown_listing'
                else 'no_weight' end as rule,
           case when stall.entity_key is null then stage.seller_id
                when listing.entity_key is null then stage.product_id
           end as value
    from stage
    left join core.stall_version as stall
      on stall.entity_key = stage.platform || '|' || stage.seller_id and stall.known_until = 'infinity'
    left join core.listing_version as listing
      on listing.entity_key = stage.platform || '|' || stage.product_id and listing.known_until = 'infinity'
    where stall.entity_key is null
       or listing.entity_key is null
       or (stage.weight_kg is null and listing.net_weight_kg is null)
),
waiting as (
    insert into core.order_line_waiting
    select stage.*, '-infinity', 'infinity', :file_id
    from stage join orphan using (record_id)
),
staged as (
    delete from stage using orphan where stage.record_id = orphan.record_id
)
select orphan.record_id, orphan.entity_key, orphan.rule, orphan.value, source_table.sheet, source_row.row_number
from orphan
join raw.source_row using (record_id)
join raw.source_table using (table_id);

-- name: register_file
-- Grain: one row per source, name and content; null when this very file is registered already.
insert into ops.source_file (
    source, name, sha256, size_bytes, received_at, export_date, status, wants_answer)
values (
    :source, :name, :sha256, :size_bytes, :received_at, :export_date, 'received', :wants_answer)
on conflict (source, name, sha256) do nothing
returning file_id;

-- name: same_bytes
-- The loaded file that has the same bytes, if any.
select file_id, name, entity, unit_code, sender, period_start, period_end
from ops.source_file
where sha256 = :sha256 and source = :source and status = 'loaded'
order by file_id
limit 1;

-- name: stage_columns
-- Columns of the session's stage table, in order.
select attname as column_name
from pg_attribute
where attrelid = 'pg_temp.stage'::regclass and attnum > 0 and not attisdropped
order by attnum;

-- name: waiting_files
-- Files of which a waiting order line can be loaded now, oldest first. Grain: one row per file.
select distinct source_file.file_id, source_file.export_date, source_file.received_at, source_file.name
from core.order_line_waiting as waiting
join core.stall_version as stall
  on stall.entity_key = waiting.platform || '|' || waiting.seller_id and stall.known_until = 'infinity'
join core.listing_version as listing
  on listing.entity_key = waiting.platform || '|' || waiting.product_id and listing.known_until = 'infinity'
join ops.source_file using (file_id)
where waiting.weight_kg is not null or listing.net_weight_kg is not null
order by source_file.export_date, source_file.received_at, source_file.name;

-- name: waiting_settle
-- After the merge: the rows no longer wait, their quarantine entries are closed, and their verdict is
-- what the merge said (superseded) or none (accepted).
with settled as (
    select record_id from stage
    union
    select record_id from stage_verdict where verdict = 'superseded'
),
closed as (
    update ops.quarantine set closed_at = :moment
    from settled
    where quarantine.record_id = settled.record_id and quarantine.closed_at is null
),
gone as (
    delete from core.order_line_waiting using settled
    where order_line_waiting.record_id = settled.record_id
)
delete from ops.row_verdict using settled
where row_verdict.record_id = settled.record_id and row_verdict.verdict = 'quarantined';

-- name: waiting_stage
-- Stages the waiting order lines of a file that can be loaded now.
insert into stage
select waiting.entity_key, waiting.platform, waiting.order_no, waiting.line_no, waiting.ordered_at,
       waiting.completed_at, waiting.seller_id, waiting.product_id, waiting.quantity,
       waiting.weight_kg, waiting.amount_vnd, waiting.receiving_province_code,
       waiting.receiving_country_code, waiting.buyer_phone, waiting.status, waiting.record_id
from core.order_line_waiting as waiting
join core.stall_version as stall
  on stall.entity_key = waiting.platform || '|' || waiting.seller_id and stall.known_until = 'infinity'
join core.listing_version as listing
  on listing.entity_key = waiting.platform || '|' || waiting.product_id and listing.known_until = 'infinity'
where waiting.file_id = :file_id
  and (waiting.weight_kg is not null or listing.net_weight_kg is not null)
returning record_id;

-- name: waived
select check_name from ops.check_waiver where file_id = :file_id;
