update ops.notice
set state = :state, last_error = :error, changed_at = :moment,
    sent_at = case when :state = 'sent' then cast(:moment as timestamptz) end
where notice_key = :notice_key and state in ('sending', 'unknown') and attempts = :attempts
