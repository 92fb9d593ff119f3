update ops.alarm set closed_at = :moment
where alarm_key like :prefix and closed_at is null and alarm_key <> all (cast(:still as text[]))
