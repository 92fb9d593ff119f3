-- Another sender may queue the same at the same moment: whichever unique index notices it first.
insert into ops.notice (
    notice_key, kind, recipient, subject, message_id, state, queued_at, changed_at)
values (:notice_key, :kind, :recipient, :subject, :message_id, 'pending', :moment, :moment)
on conflict do nothing
