update ops.delivery
set state = 'pending', last_error = null, changed_at = :moment
where report_kind = :report_kind and period = :period and revision = :revision
  and recipient = :recipient and state in ('failed', 'unknown', 'sent')
returning recipient
