-- Mails that are no reports and did not go out. Grain: one row per fact and recipient.
select notice_key, kind, recipient, subject, state, last_error, changed_at,
       split_part(trim('<>' from message_id), '@', 1) as mail_key
from ops.notice
where state <> 'sent'
  and (cast(:mail_key as text) is null
       or split_part(trim('<>' from message_id), '@', 1) = :mail_key)
order by state not in ('failed', 'unknown'), changed_at desc, notice_key
