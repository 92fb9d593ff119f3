-- name: abandoned
-- A mail left in "sending" whose sender no longer holds its lock: nobody can know whether it went out.
update ops.mail
set state = 'unknown', last_error = 'the sender ended while sending', changed_at = :moment
where fact = :fact and state = 'sending'
  and pg_try_advisory_xact_lock(hashtextextended(message_id, 0))
returning recipient;

-- name: claim
-- Takes a pending mail for sending; two senders never take the same one.
update ops.mail
set state = 'sending', attempts = attempts + 1, changed_at = :moment
where (fact, recipient) = (
    select fact, recipient
    from ops.mail
    where fact = :fact and recipient = :recipient and state = 'pending'
    for update skip locked)
returning message_id, attempts;

-- name: confirm
-- A person found out that a mail of unknown outcome has arrived.
update ops.mail
set state = 'sent', changed_at = :moment, sent_at = cast(:moment as timestamptz)
where fact = :fact and recipient = :recipient and state = 'unknown'
returning recipient;

-- name: entries
-- Grain: one row per recipient.
select recipient, role, message_id, state, attempts
from ops.mail
where fact = :fact
order by case role when 'to' then 1 when 'cc' then 2 else 3 end, recipient;

-- name: hold
-- Held by the sender's session while it sends; the server frees it when that session ends.
select pg_advisory_lock(hashtextextended(:message_id, 0));

-- name: notices
-- Mails that are no reports. Grain: one row per fact and recipient.
select fact || '|' || recipient as notice_key, kind, recipient, subject, state, attempts, last_error,
       queued_at, sent_at
from ops.mail
where kind <> 'report' and (cast(:kind as text) is null or kind = :kind)
order by queued_at desc, notice_key;

-- name: queue
-- Another sender may queue the same at the same moment: whichever unique index notices it first.
insert into ops.mail (
    fact, recipient, kind, role, subject, report_kind, period, revision, message_id, state, queued_at,
    changed_at)
values (
    :fact, :recipient, :kind, :role, :subject, :report_kind, :period, :revision, :message_id, 'pending',
    :moment, :moment)
on conflict do nothing;

-- name: release
select pg_advisory_unlock(hashtextextended(:message_id, 0));

-- name: resend
update ops.mail
set state = 'pending', last_error = null, changed_at = :moment
where fact = :fact and recipient = :recipient and state in ('failed', 'unknown', 'sent')
returning recipient;

-- name: resend_notice
update ops.mail
set state = 'pending', last_error = null, changed_at = :moment
where kind <> 'report' and fact || '|' || recipient = :notice_key and state in ('failed', 'unknown')
returning recipient;

-- name: settle
-- Writes down how an attempt ended, also where its sender was meanwhile taken for dead.
update ops.mail
set state = :state, last_error = :error, changed_at = :moment,
    sent_at = case when :state = 'sent' then cast(:moment as timestamptz) end
where fact = :fact and recipient = :recipient
  and state in ('sending', 'unknown') and attempts = :attempts;
