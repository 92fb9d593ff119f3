select entity, count(distinct record_id) filter (where closed_at is null) as rows,
       count(distinct record_id) filter (where closed_at is not null) as closed
from ops.quarantine
group by entity
order by entity
