-- name: mail
-- Grain: one row, or none when the ledger has no such mail.
select report_kind, period, revision, recipient, role, state, last_error, changed_at, sent_at
from ops.delivery
where split_part(trim('<>' from message_id), '@', 1) = :mail_key;
