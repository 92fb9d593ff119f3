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
set status = 'loaded', rule = null, reason = null, detail = null,
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
returning rows_read, rows_accepted, rows_quarantined, rows_superseded, rows_ignored
