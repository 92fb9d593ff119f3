-- name: address_of_file
-- The address a file was mailed from and whose it is (null: unknown). Grain: one row per address.
select distinct object.sender_address as address, known.sender
from ops.remote_object as object
left join ops.sender_address as known on known.address = object.sender_address
where object.file_id = :file_id and object.sender_address is not null
order by address;

-- name: claim_file
-- The file's newest register row, locked until the end of the transaction. Grain: one row.
select file_id, status, rule, received_at, export_date
from ops.source_file
where source = :source and name = :name and sha256 = :sha256
order by file_id desc
limit 1
for update;

-- name: file_duplicate
update ops.source_file
set status = 'duplicate', duplicate_of = :duplicate_of, entity = :entity, unit_code = :unit_code,
    sender = :sender, period_start = :period_start, period_end = :period_end,
    rule = 'same_bytes', reason = :reason, parameters = cast(:parameters as jsonb), loaded_at = received_at
where file_id = :file_id;

-- name: file_loaded
-- Settles a file. The counts come from the rows and runs kept in raw and their verdicts, the rows read from
-- the reader: where they do not add up the table's conservation constraint refuses the load.
update ops.source_file
set status = 'loaded', rule = null, reason = null, parameters = null, detail = null,
    entity = :entity, unit_code = :unit_code, sender = :sender,
    period_start = :period_start, period_end = :period_end,
    rows_read = :rows_read,
    rows_accepted = counts.accepted,
    rows_quarantined = counts.quarantined,
    rows_superseded = counts.superseded,
    rows_ignored = counts.ignored + :rows_not_kept,
    understood = cast(:understood as jsonb),
    loaded_at = received_at
from raw.counts_of(:first, :last) as counts
where file_id = :file_id
returning rows_read, rows_accepted, rows_quarantined, rows_superseded, rows_ignored;

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

-- name: form_of_period
-- The file of another form of a sender and period that holds now. Grain: one row at most.
select source_file.name
from core.submission_version as form
join ops.source_file using (file_id)
where form.sender = :sender and form.report_kind = :report_kind and form.period_start = :period_start
  and form.known_until = 'infinity' and form.file_id <> :file_id;

-- name: same_bytes
-- The last loaded file that has the same bytes, if any, where nothing else of its kind was loaded since:
-- who sends A, then B, then A again means A. Of exports only where B is not younger by its own date: an old
-- export that turns up again takes nothing back. Grain: one row at most.
select same.file_id, same.name, same.entity, same.unit_code, same.sender, same.period_start, same.period_end
from ops.source_file as same
where same.sha256 = :sha256 and same.source = :source and same.status = 'loaded'
  and not exists (
        select from ops.source_file as since
        where since.source = same.source and since.status = 'loaded' and since.file_id > same.file_id
          and since.sha256 <> same.sha256
          and (since.sender is not null or since.export_date <= :export_date)
          and since.entity is not distinct from same.entity
          and since.sender is not distinct from same.sender
          and since.period_start is not distinct from same.period_start)
order by same.file_id desc
limit 1;

-- name: waived
select check_name from ops.check_waiver where file_id = :file_id;
