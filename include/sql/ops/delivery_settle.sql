-- Writes down how an attempt ended, also where its sender was meanwhile taken for dead.
update ops.delivery
set state = :state, last_error = :error, changed_at = :moment,
    sent_at = case when :state = 'sent' then cast(:moment as timestamptz) end
where report_kind = :report_kind and period = :period and revision = :revision
  and recipient = :recipient and state in ('sending', 'unknown') and attempts = :attempts
