insert into ops.check_result (run_id, check_name, severity, is_passed, checked_rows, failed_rows)
values (:run_id, :check_name, :severity, :is_passed, :checked_rows, :failed_rows)
