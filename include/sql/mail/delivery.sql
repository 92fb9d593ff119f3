-- name: count
select count(*) from ops.delivery where report_kind = :report_kind and period = :period;

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

-- name: states
-- Grain: one row per recipient.
select recipient, role, state, attempts, last_error, message_id, queued_at, sent_at
from ops.delivery
where report_kind = :report_kind and period = :period and revision = :revision
order by case role when 'to' then 1 when 'cc' then 2 else 3 end, recipient;
