update ops.notice
set state = 'pending', changed_at = :moment
where notice_key = :notice_key and state in ('failed', 'unknown')
returning notice_key
