with newest as (
    select audit_id, hash from ops.audit order by audit_id desc limit 1
)
select coalesce(max(audit_id), 0) as acts, coalesce(max(hash), '') as head,
       exists (select 1 from ops.audit where hash = :noted) as has_noted
from newest
