-- Grain: one row per act.
select audit_id, at, actor, action, subject, detail, hash
from ops.audit
where audit_id > :after
order by audit_id
