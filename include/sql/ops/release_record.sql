insert into ops.release (report_kind, period, released_at, how, released_by)
values (:report_kind, :period, :moment, :how, :released_by)
on conflict (report_kind, period) do nothing
returning period
