-- name: active
-- Grain: one row per address.
select role, address
from ops.recipient
where report_kind = :report_kind and is_active
order by case role when 'to' then 1 when 'cc' then 2 else 3 end, address;

-- name: add
insert into ops.recipient (report_kind, role, address, name)
values (:report_kind, :role, :address, :name)
on conflict (report_kind, address) do update
set role = excluded.role, name = excluded.name, is_active = true;

-- name: listed
select report_kind, role, address, name, is_active from ops.recipient order by report_kind, role, address;

-- name: remove
update ops.recipient set is_active = false
where report_kind = :report_kind and address = :address
returning address;
