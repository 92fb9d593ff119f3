-- The mails of a period's report, all revisions. Grain: one row per revision and recipient.
select delivery.revision, delivery.recipient, delivery.role, delivery.state, delivery.attempts,
       delivery.last_error, delivery.changed_at, delivery.sent_at,
       split_part(trim('<>' from delivery.message_id), '@', 1) as mail_key
from ops.delivery
where report_kind = :report_kind and period = :period
order by delivery.revision desc, case delivery.role when 'to' then 1 when 'cc' then 2 else 3 end,
         delivery.recipient
