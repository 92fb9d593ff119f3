select notice_key, kind, recipient, subject, state, attempts, last_error, queued_at, sent_at
from ops.notice
where cast(:kind as text) is null or kind = :kind
order by queued_at desc, notice_key
