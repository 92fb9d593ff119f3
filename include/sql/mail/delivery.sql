-- name: abandoned
-- A mail left in "sending" whose sender no longer holds its lock: nobody can know whether it went out.
update ops.delivery
set state = 'unknown', last_error = 'the sender ended while sending', changed_at = :moment
where report_kind = :report_kind and period = :period and revision = :revision
  and state = 'sending'
  and pg_try_advisory_xact_lock(hashtextextended(message_id, 0))
returning recipient;

-- name: claim
-- Takes one pending mail of a report for sending; two senders never take the same one.
update ops.delivery
set state = 'sending', attempts = attempts + 1, changed_at = :moment
where (report_kind, period, revision, recipient) = (
    select report_kind, period, revision, recipient
    from ops.delivery
    where report_kind = :report_kind and period = :period and revision = :revision
      and state = 'pending' and recipient <> all (cast(:already_tried as text[]))
    order by case role when 'to' then 1 when 'cc' then 2 else 3 end, recipient
    limit 1
    for update skip locked)
returning recipient, role, message_id, attempts;

-- name: confirm
-- A person found out that a mail of unknown outcome has arrived.
update ops.delivery
set state = 'sent', changed_at = :moment, sent_at = cast(:moment as timestamptz)
where report_kind = :report_kind and period = :period and revision = :revision
  and recipient = :recipient and state = 'unknown'
returning recipient;

-- name: count
select count(*) from ops.delivery where report_kind = :report_kind and period = :period;

-- name: delivery_recipients
select role, address, name
from ops.recipient
where report_kind = :report_kind and is_active
order by case role when 'to' then 1 when 'cc' then 2 else 3 end, address;

-- name: hold
-- Held by the sender's session while it sends; the server frees it when that session ends.
select pg_advisory_lock(hashtextextended(:message_id, 0));

-- name: open
-- Mails of a published report that are not sent; one refused at an address that is no recipient any more
-- is owed to nobody. Grain: one row per recipient.
select delivery.revision, delivery.recipient, delivery.state, delivery.last_error
from ops.delivery
where delivery.report_kind = :report_kind and delivery.period = :period
  and delivery.state <> 'sent'
  and (
      delivery.state <> 'failed'
      or exists (
          select 1 from ops.recipient
          where recipient.report_kind = delivery.report_kind
            and recipient.address = delivery.recipient and recipient.is_active
      )
  )
order by delivery.revision, delivery.recipient;

-- name: queue
-- Another sender may queue the same at the same moment: whichever unique index notices it first.
insert into ops.delivery (
    report_kind, period, revision, recipient, role, message_id, state, queued_at, changed_at)
values (:report_kind, :period, :revision, :recipient, :role, :message_id, 'pending', :moment, :moment)
on conflict do nothing;

-- name: recipient_add
insert into ops.recipient (report_kind, role, address, name)
values (:report_kind, :role, :address, :name)
on conflict (report_kind, address) do update
set role = excluded.role, name = excluded.name, is_active = true;

-- name: recipient_remove
update ops.recipient set is_active = false
where report_kind = :report_kind and address = :address
returning address;

-- name: recipients
select report_kind, role, address, name, is_active from ops.recipient order by report_kind, role, address;

-- name: release
select pg_advisory_unlock(hashtextextended(:message_id, 0));

-- name: resend
update ops.delivery
set state = 'pending', last_error = null, changed_at = :moment
where report_kind = :report_kind and period = :period and revision = :revision
  and recipient = :recipient and state in ('failed', 'unknown', 'sent')
returning recipient;

-- name: settle
-- Writes down how an attempt ended, also where its sender was meanwhile taken for dead.
update ops.delivery
set state = :state, last_error = :error, changed_at = :moment,
    sent_at = case when :state = 'sent' then cast(:moment as timestamptz) end
where report_kind = :report_kind and period = :period and revision = :revision
  and recipient = :recipient and state in ('sending', 'unknown') and attempts = :attempts;

-- name: states
select recipient, role, state, attempts, last_error, message_id, queued_at, sent_at
from ops.delivery
where report_kind = :report_kind and period = :period and revision = :revision
order by case role when 'to' then 1 when 'cc' then 2 else 3 end, recipient;
