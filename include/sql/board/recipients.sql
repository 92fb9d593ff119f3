-- Who would be sent a report now that has no row in its ledger yet. Grain: one row per recipient.
select recipient.address, recipient.role
from ops.recipient
left join ops.delivery
  on delivery.report_kind = recipient.report_kind and delivery.period = :period
 and delivery.revision = :revision and delivery.recipient = recipient.address
where recipient.report_kind = :report_kind and recipient.is_active and delivery.recipient is null
order by case recipient.role when 'to' then 1 when 'cc' then 2 else 3 end, recipient.address
