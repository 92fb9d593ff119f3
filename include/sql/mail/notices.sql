-- name: abandoned
-- A mail left in "sending" whose sender no longer holds its lock: nobody can know whether it went out.
update ops.notice
set state = 'unknown', last_error = 'the sender ended while sending', changed_at = :moment
where notice_key = :notice_key and state = 'sending'
  and pg_try_advisory_xact_lock(hashtextextended(message_id, 0))
returning recipient;

-- name: claim
update ops.notice
set state = 'sending', attempts = attempts + 1, changed_at = :moment
where notice_key = (
    select notice_key from ops.notice
    where notice_key = :notice_key and state = 'pending'
    for update skip locked)
returning recipient, message_id, attempts;

-- name: notices
select notice_key, kind, recipient, subject, state, attempts, last_error, queued_at, sent_at
from ops.notice
where cast(:kind as text) is null or kind = :kind
order by queued_at desc, notice_key;

-- name: queue
-- Another sender may queue the same at the same moment: whichever unique index notices it first.
insert into ops.notice (
    notice_key, kind, recipient, subject, message_id, state, queued_at, changed_at)
values (:notice_key, :kind, :recipient, :subject, :message_id, 'pending', :moment, :moment)
on conflict do nothing;

-- name: resend
update ops.notice
set state = 'pending', changed_at = :moment
where notice_key = :notice_key and state in ('failed', 'unknown')
returning notice_key;

-- name: settle
update ops.notice
set state = :state, last_error = :error, changed_at = :moment,
    sent_at = case when :state = 'sent' then cast(:moment as timestamptz) end
where notice_key = :notice_key and state in ('sending', 'unknown') and attempts = :attempts;

-- name: state
select state from ops.notice where notice_key = :notice_key;
