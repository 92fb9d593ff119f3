-- Mails of a published report that are not sent. Grain: one row per recipient.
select delivery.revision, delivery.recipient, delivery.state, delivery.last_error
from ops.delivery
where report_kind = :report_kind and period = :period and state <> 'sent'
order by delivery.revision, delivery.recipient
