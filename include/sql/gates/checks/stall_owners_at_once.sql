-- A file that gave another paper number to more than half of the stalls that bore one, at least twenty.
-- Grain: one row for the file, or none. Asked inside the file's own transaction.
with this as (
    select source, received_at from ops.source_file where file_id = :file_id
),
pair as (
    select old.entity_key, new.paper_number <> old.paper_number as is_other
    from core.stall_version as old
    cross join this
    left join core.stall_version as new
      on new.entity_key = old.entity_key and new.known_until = 'infinity'
     and ops.file_of(new.record_id) = :file_id
    where old.platform = this.source and old.paper_number is not null
      and old.known_until >= this.received_at and ops.file_of(old.record_id) <> :file_id
)
select count(*) filter (where is_other) as found, count(*) as expected
from pair
having count(*) filter (where is_other) >= 20 and count(*) filter (where is_other) * 2 > count(*)
