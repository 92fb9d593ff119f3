update ops.alarm set acknowledged_at = :moment, acknowledged_by = :by
where alarm_key = :alarm_key and acknowledged_at is null
returning alarm_key
