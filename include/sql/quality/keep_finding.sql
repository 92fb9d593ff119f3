insert into ops.check_finding (
    run_id, check_name, position, unit_code, indicator_code, field, found, expected, failed_rows)
values (
    :run_id, :check_name, :position, :unit_code, :indicator_code, :field, :found, :expected, :failed_rows)
