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
where file_id = :file_id
