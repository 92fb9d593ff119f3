-- name: append
select ops.audit_append(
    :actor, :action, :subject, cast(:detail as jsonb),
    coalesce(cast(:moment as timestamptz), clock_timestamp())) as hash;

-- name: broken
-- The first act whose hash is not what its columns give, or that does not follow the one before.
with linked as (
    select audit_id, at, actor, action, subject, detail, previous_hash, hash,
           coalesce(lag(hash) over chain, '') as hash_before,
           coalesce(lag(audit_id) over chain, 0) as id_before
    from ops.audit
    window chain as (order by audit_id)
)
select audit_id, at, action,
       case when audit_id <> id_before + 1 then 'acts before it are missing'
            when previous_hash <> hash_before then 'it does not follow the act before'
            else 'it was changed' end as what
from linked
where audit_id <> id_before + 1
   or previous_hash <> hash_before
   or hash <> ops.audit_hash(audit_id, at, actor, action, subject, detail, previous_hash)
order by audit_id
limit 1;

-- name: head
with newest as (
    select audit_id, hash from ops.audit order by audit_id desc limit 1
)
select coalesce(max(audit_id), 0) as acts, coalesce(max(hash), '') as head,
       exists(select 1 from ops.audit where hash = :noted) as has_noted
from newest;

-- name: list
-- Grain: one row per act.
select audit_id, at, actor, action, subject, detail, hash
from ops.audit
where audit_id > :after
order by audit_id;
