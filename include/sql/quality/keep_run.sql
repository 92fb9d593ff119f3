insert into ops.check_run (gate, source, report_kind, period, checked_at, known_until)
values (:gate, :source, :report_kind, :period, :checked_at, :known_until)
returning run_id
