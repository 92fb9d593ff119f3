-- name: lock
select pg_advisory_xact_lock(:key);

-- name: migration_record
insert into public.lensan_migration (name, sha256)
values (:name, :sha256)
on conflict (name) do update set sha256 = excluded.sha256, run_at = statement_timestamp();

-- name: migration_table
create table if not exists public.lensan_migration (
    name text primary key,
    sha256 text not null,
    run_at timestamptz not null default statement_timestamp()
);

-- name: migrations_done
select name, sha256 from public.lensan_migration;

-- name: role_grant
-- The statement that makes a user a member of a role, its names quoted.
select format('grant %I to %I', cast(:role as text), cast(:member as text)) as statement;

-- name: role_revoke
-- The statement that ends a membership, its names quoted.
select format('revoke %I from %I', cast(:role as text), cast(:member as text)) as statement;

-- name: roles_may
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

-- name: set_known_at
-- The moment whose knowledge the core views show in this session; empty means now.
select set_config('lensan.known_at', :known_at, false);
