insert into ops.report_check (report_kind, period, checked_until)
values (:report_kind, :period, :checked_until)
on conflict (report_kind, period) do update set checked_until = excluded.checked_until
