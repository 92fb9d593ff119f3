-- name: grant
-- The statement that makes a user a member of a role, its names quoted.
select format('grant %I to %I', cast(:role as text), cast(:member as text)) as statement;

-- name: revoke
-- The statement that ends a membership, its names quoted.
select format('revoke %I from %I', cast(:role as text), cast(:member as text)) as statement;

-- name: may_manage
-- Whether the connected user can create and fill the roles: a superuser, or one who may create roles
-- and owns the schemas (itself or through lensan_etl).
select rolsuper or (
           (rolcreaterole
            or 3 = (select count(*) from pg_roles as known
                    where known.rolname in ('lensan_etl', 'lensan_analyst', 'lensan_steward')
                      and (known.rolname <> 'lensan_etl' or pg_has_role(known.oid, 'usage'))))
           and not exists (
               select 1 from pg_namespace
               where nspname in ('raw', 'core', 'mart', 'ops') and not pg_has_role(nspowner, 'usage'))
       ) as may
from pg_roles
where rolname = current_user;
