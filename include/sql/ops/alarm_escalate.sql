update ops.alarm set escalated_at = :moment where alarm_key = :alarm_key
