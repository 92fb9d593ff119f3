select recipient, role, state, attempts, last_error, message_id, queued_at, sent_at
from ops.delivery
where report_kind = :report_kind and period = :period and revision = :revision
order by case role when 'to' then 1 when 'cc' then 2 else 3 end, recipient
