update ops.notice
set state = 'sending', attempts = attempts + 1, changed_at = :moment
where notice_key = (
    select notice_key from ops.notice
    where notice_key = :notice_key and state = 'pending'
    for update skip locked)
returning recipient, message_id, attempts
