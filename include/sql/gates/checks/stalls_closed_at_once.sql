-- A file that closed more than half of the stalls that were open before, at least twenty. Grain: one row
-- for the file, or none. Asked inside the file's own transaction.
with told as (
    select version.entity_key, version.closed_on
    from core.stall_version as version
    where version.known_until = 'infinity' and ops.file_of(version.record_id) = :file_id
),
this as (
    select source, received_at from ops.source_file where file_id = :file_id
),
before as (
    select version.entity_key
    from core.stall_version as version
    cross join this
    where version.platform = this.source and version.closed_on is null
      and version.known_until >= this.received_at and ops.file_of(version.record_id) <> :file_id
)
select count(*) filter (where told.closed_on is not null) as found, count(*) as expected
from before
left join told using (entity_key)
having count(*) filter (where told.closed_on is not null) >= 20
   and count(*) filter (where told.closed_on is not null) * 2 > count(*)
