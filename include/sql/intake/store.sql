-- name: came_back
update ops.forgotten set came_back_at = :moment
from unnest(cast(:hits as text[])) as hit (number_hash)
where forgotten.number_hash = hit.number_hash;

-- name: file_note
insert into ops.erased_file (old_sha256, noted_at) values (:sha256, :moment)
on conflict (old_sha256) do nothing;

-- name: file_recount
-- Counts a file's rows again after waiting rows were loaded. Ignored rows never change.
update ops.source_file
set rows_accepted = counts.accepted, rows_quarantined = counts.quarantined,
    rows_superseded = counts.superseded
from raw.counts_of(:first, :last) as counts
where file_id = :file_id;

-- name: form_stage
-- The empty tables that one form is staged in; the stage is open.
create temporary table if not exists form_stage (
    indicator_code text, in_period numeric, in_period_2 numeric, cumulative numeric,
    cumulative_2 numeric, note text, places text[], record_id bigint
) on commit drop;
truncate form_stage, stage_bad, stage_verdict;

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
select orphan.record_id, orphan.entity_key, orphan.rule, orphan.value, table_id, source_table.sheet,
       source_row.row_number
from orphan
join raw.source_row using (record_id)
join raw.source_table using (table_id);

-- name: repeated_keys
-- Takes rows from the stage whose key another row of the file has with other values. A row that says
-- nothing that another one does not say gives way instead: the merge keeps the last, so it goes from the
-- stage as superseded. Grain: one row per row and key that is held back.
with repeated as (
    select other.entity_key
    from stage as other
    group by other.entity_key
    having count(*) > 1
),
said as (
    select record_id, entity_key, jsonb_strip_nulls(to_jsonb(stage) - 'record_id') as content
    from stage
    join repeated using (entity_key)
),
ranked as (
    -- Compared with the fullest row of its key only, not with each other: a file may repeat one key for ever.
    select record_id, entity_key, content,
           lead(record_id) over same_content is not null as has_later,
           first_value(record_id) over fullest as fullest_id, first_value(content) over fullest as fullest
    from said
    window same_content as (partition by entity_key, content order by record_id),
           fullest as (partition by entity_key order by length(content::text) desc, record_id desc)
),
less as (
    select record_id, entity_key
    from ranked
    where has_later or record_id <> fullest_id and fullest @> content and fullest <> content
),
gone as (
    delete from stage using less
    where stage.record_id = less.record_id and stage.entity_key = less.entity_key
),
superseded as (
    insert into stage_verdict (record_id, verdict, why)
    select gives_way.record_id, 'superseded', 'another row of the file'
    from (
        select record_id from less
        except
        select stage.record_id
        from stage
        left join less using (record_id, entity_key)
        where less.record_id is null
    ) as gives_way
    on conflict (record_id) do nothing
),
differing as (
    select said.record_id, said.entity_key,
           lag(said.record_id) over by_key as before, lead(said.record_id) over by_key as behind
    from said
    left join less using (record_id, entity_key)
    where less.record_id is null
    window by_key as (partition by said.entity_key order by said.record_id)
),
held as (
    select distinct on (record_id) record_id, entity_key, coalesce(before, behind) as other
    from differing
    where coalesce(before, behind) is not null
    order by record_id, entity_key
),
taken as (
    delete from stage using held where stage.record_id = held.record_id
)
select held.record_id, held.entity_key, source_row.table_id, source_table.sheet, source_row.row_number,
       other_table.sheet as other_sheet, other_row.row_number as other_row
from held
join raw.source_row using (record_id)
join raw.source_table using (table_id)
join raw.source_row as other_row on other_row.record_id = held.other
join raw.source_table as other_table on other_table.table_id = other_row.table_id
order by held.record_id;

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
