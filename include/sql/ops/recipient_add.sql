insert into ops.recipient (report_kind, role, address, name)
values (:report_kind, :role, :address, :name)
on conflict (report_kind, address) do update
set role = excluded.role, name = excluded.name, is_active = true
