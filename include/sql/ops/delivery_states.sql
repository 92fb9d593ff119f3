select recipient, role, state, attempts, last_error, message_id, sent_at
from ops.delivery
where report_kind = :report_kind and period = :period and revision = :revision
order by recipient
