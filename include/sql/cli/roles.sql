-- name: role_exists
select exists(select 1 from pg_roles where rolname = :member) as known;

-- name: role_members
-- The roles and who is in them. Grain: one row per role and member.
select role.rolname as role, member.rolname as member
from pg_roles as role
left join pg_auth_members as membership on membership.roleid = role.oid
left join pg_roles as member on member.oid = membership.member
where role.rolname in ('lensan_etl', 'lensan_analyst', 'lensan_steward')
order by role.rolname, member.rolname;
