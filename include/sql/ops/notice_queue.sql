insert into ops.notice (
    notice_key, kind, recipient, subject, message_id, state, queued_at, changed_at)
values (:notice_key, :kind, :recipient, :subject, :message_id, 'pending', :moment, :moment)
on conflict (notice_key) do nothing
