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
where row_verdict.record_id = settled.record_id and row_verdict.verdict = 'quarantined'
